//! The options of `storage`.

use super::entry::{Entry, Group, aside, bare, derived, option, required};
use super::kind::Kind::{Flag, OneOf, Text, Time};
use super::kind::TLS_VERSIONS;

const STORAGE: &[Entry] = &[
    required(
        "encryption_key",
        Text,
        "seals the seeds of one-time codes at rest: at least 20 characters, to be kept",
    ),
    required("local.path", Text, "the SQLite file; its folder must exist"),
];

const OF_THE_FIRST: &str = "`storage.postgres.tls`, when no `tls` stands at this server";

const POSTGRES: &[Entry] = &[
    required("address", Text, "the server: `tcp://host:5432`, or `unix:///run/postgresql`"),
    required("database", Text, "the name of the database"),
    option("schema", Text, "public", "the schema in which Signet makes its tables"),
    required("username", Text, "the role, which must own the database"),
    bare("password", Text, "the password of the role"),
    option("timeout", Time, "5s", "how long to wait for a connection"),
    option("tls.skip_verify", Flag, "false", "leaves the server's certificate unchecked, which is unsafe"),
    derived("tls.minimum_version", OneOf(TLS_VERSIONS), "TLS1.2", "the least version of TLS"),
    derived("tls.maximum_version", OneOf(TLS_VERSIONS), "TLS1.3", "the highest version of TLS"),
    bare("tls.server_name", Text, "the name that the server's certificate must hold"),
    bare("tls.certificate_chain", Text, "the certificate, as PEM, that Signet shows to the server"),
    bare("tls.private_key", Text, "the private key of that certificate, as PEM"),
    required(
        "servers[].address",
        Text,
        "another server of the same database, tried when those before it do not answer",
    ),
    derived(
        "servers[].tls.skip_verify",
        Flag,
        OF_THE_FIRST,
        "leaves this server's certificate unchecked, which is unsafe",
    ),
    derived("servers[].tls.minimum_version", OneOf(TLS_VERSIONS), OF_THE_FIRST, "the least version of TLS"),
    derived("servers[].tls.maximum_version", OneOf(TLS_VERSIONS), OF_THE_FIRST, "the highest version of TLS"),
    derived(
        "servers[].tls.server_name",
        Text,
        OF_THE_FIRST,
        "the name that this server's certificate must hold",
    ),
    derived(
        "servers[].tls.certificate_chain",
        Text,
        OF_THE_FIRST,
        "the certificate, as PEM, that Signet shows to this server",
    ),
    derived("servers[].tls.private_key", Text, OF_THE_FIRST, "the private key of that certificate, as PEM"),
    aside("ssl.mode", OneOf(&["disable", "verify-ca", "require", "verify-full"])),
    aside("ssl.root_certificate", Text),
    aside("ssl.certificate", Text),
    aside("ssl.key", Text),
];

const MYSQL: &[Entry] = &[
    aside("address", Text),
    aside("database", Text),
    aside("username", Text),
    aside("password", Text),
    aside("timeout", Time),
    aside("tls.minimum_version", OneOf(TLS_VERSIONS)),
    aside("tls.maximum_version", OneOf(TLS_VERSIONS)),
    aside("tls.skip_verify", Flag),
    aside("tls.server_name", Text),
    aside("tls.private_key", Text),
    aside("tls.certificate_chain", Text),
];

pub(super) const GROUPS: &[Group] = &[
    Group { under: "storage", options: STORAGE },
    Group { under: "storage.postgres", options: POSTGRES },
    Group { under: "storage.mysql", options: MYSQL },
];

//! The options of `authentication_backend`, but for `ldap`.

use super::entry::{Entry, Group, aside, bare, option, required};
use super::kind::Kind::{Flag, OneOf, Text, TimeOr, Whole};

const BACKEND: &[Entry] = &[
    option("password_reset.disable", Flag, "false", "takes the way to a new password off the sign-in page"),
    bare("password_reset.custom_url", Text, "a page elsewhere where people reset their password"),
    option("password_change.disable", Flag, "false", "takes the way to another password off the pages"),
    option(
        "refresh_interval",
        TimeOr(&["always", "never", "disable"]),
        "5m",
        "how long what is known of a person counts",
    ),
];

const FILE: &[Entry] = &[
    required(
        "path",
        Text,
        "the users file, read again whenever it changes; docs/users-file.md says what is in it",
    ),
    option("watch", Flag, "false", "reads the users file again when it changes"),
    option("search.email", Flag, "false", "lets people sign in with their e-mail address"),
    option(
        "search.case_insensitive",
        Flag,
        "false",
        "lets people sign in without regard to upper and lower case",
    ),
    required(
        "extra_attributes.<name>.value_type",
        OneOf(&["boolean", "integer", "string"]),
        "what values an attribute beyond the standard ones has",
    ),
    option("extra_attributes.<name>.multi_valued", Flag, "false", "whether the attribute is a list"),
];

const PASSWORD: &[Entry] = &[
    aside("algorithm", OneOf(&["argon2", "sha2crypt", "pbkdf2", "bcrypt", "scrypt"])),
    aside("argon2.variant", OneOf(&["argon2id", "argon2i", "argon2d"])),
    aside("argon2.iterations", Whole(0, i64::MAX)),
    aside("argon2.memory", Whole(8, 4294967295)),
    aside("argon2.parallelism", Whole(1, 16777215)),
    aside("argon2.key_length", Whole(4, 2147483647)),
    aside("argon2.salt_length", Whole(1, 2147483647)),
    aside("sha2crypt.variant", OneOf(&["sha256", "sha512"])),
    aside("sha2crypt.iterations", Whole(1000, 999999999)),
    aside("sha2crypt.salt_length", Whole(1, 16)),
    aside("pbkdf2.variant", OneOf(&["sha1", "sha224", "sha256", "sha384", "sha512"])),
    aside("pbkdf2.iterations", Whole(100000, 2147483647)),
    aside("pbkdf2.salt_length", Whole(8, 2147483647)),
    aside("bcrypt.variant", OneOf(&["standard", "sha256"])),
    aside("bcrypt.cost", Whole(10, 31)),
    aside("scrypt.variant", OneOf(&["scrypt", "yescrypt"])),
    aside("scrypt.iterations", Whole(1, 58)),
    aside("scrypt.block_size", Whole(1, 36028797018963967)),
    aside("scrypt.parallelism", Whole(1, 1073741823)),
    aside("scrypt.key_length", Whole(1, 137438953440)),
    aside("scrypt.salt_length", Whole(8, 1024)),
    aside("iterations", Whole(0, i64::MAX)),
    aside("memory", Whole(0, i64::MAX)),
    aside("parallelism", Whole(0, i64::MAX)),
    aside("key_length", Whole(0, i64::MAX)),
    aside("salt_length", Whole(0, i64::MAX)),
];

pub(super) const GROUPS: &[Group] = &[
    Group { under: "authentication_backend", options: BACKEND },
    Group { under: "authentication_backend.file", options: FILE },
    Group { under: "authentication_backend.file.password", options: PASSWORD },
];

//! What belongs to no section, `log`, `telemetry` and `definitions`.

use super::entry::{Entry, Group, bare, derived, option, required};
use super::kind::Kind::{Flag, OneOf, Text, Texts, Time, Whole};

const ROOT: &[Entry] = &[
    option(
        "theme",
        OneOf(&["auto", "light", "dark", "grey", "oled"]),
        "light",
        "how the pages look; `auto` follows the browser, `grey` and `oled` are dark",
    ),
    bare(
        "certificates_directory",
        Text,
        "a folder of certificates (`.crt`, `.cer`, `.pem`) of authorities that Signet trusts too: for TLS to PostgreSQL and for what it fetches",
    ),
    option(
        "default_2fa_method",
        OneOf(&["totp", "webauthn", "mobile_push"]),
        "totp",
        "the second factor that is offered first",
    ),
    bare("default_redirection_url", Text, ""),
];

const LOG: &[Entry] = &[
    option(
        "level",
        OneOf(&["error", "warn", "info", "debug", "trace"]),
        "info",
        "how much is told; a line for each answered request comes at `debug`",
    ),
    option("format", OneOf(&["json", "text"]), "text", "`text` for people, `json` for programs"),
    derived(
        "file_path",
        Text,
        "standard output",
        "a file to append to, opened anew at SIGHUP; its folder must exist; `%d`, `{datetime}`, `{datetime:LAYOUT}` and `{unix}` stand for the time",
    ),
    option("keep_stdout", Flag, "false", "whether a log that goes to a file goes to standard output too"),
];

const METRICS: &[Entry] = &[
    option("enabled", Flag, "false", "serves figures for Prometheus"),
    option(
        "address",
        Text,
        "tcp://:9959/metrics",
        "where the figures are served: an address that strangers must not reach",
    ),
    option(
        "buffers.read",
        Whole(0, i64::MAX),
        "4096",
        "bytes that the head of a request may have; 32768 in any case",
    ),
    option("buffers.write", Whole(0, i64::MAX), "4096", "bytes that are gathered before they are sent"),
    option("timeouts.read", Time, "6s", "how long the head of a request for figures may take"),
    option("timeouts.write", Time, "6s", "how long an answer with figures may take"),
    option("timeouts.idle", Time, "30s", "how long a connection may wait for its next request"),
];

const DEFINITIONS: &[Entry] = &[
    bare(
        "network.<name>",
        Texts,
        "addresses and networks under a name, for `server.trusted_proxies` and rules of policies",
    ),
    required(
        "user_attributes.<name>.expression",
        Text,
        "an attribute of a person computed in CEL from others, for claims",
    ),
];

pub(super) const GROUPS: &[Group] = &[
    Group { under: "", options: ROOT },
    Group { under: "log", options: LOG },
    Group { under: "telemetry.metrics", options: METRICS },
    Group { under: "definitions", options: DEFINITIONS },
];

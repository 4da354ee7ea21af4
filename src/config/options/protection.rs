//! The options of `totp` and `regulation`.

use super::entry::{Entry, Group, option};
use super::kind::Kind::{Flag, Number, Numbers, OneOf, Text, TextsOf, Time, Whole};

const TOTP: &[Entry] = &[
    option("disable", Flag, "false", "turns one-time codes off; then nobody reaches two factors"),
    option("issuer", Text, "Signet", "the name that authenticator apps show"),
    option(
        "algorithm",
        OneOf(&["SHA1", "SHA256", "SHA512"]),
        "SHA1",
        "the hash of new enrolments (RFC 6238 §1.2)",
    ),
    option("digits", Number(&[6, 8]), "6", "how many digits the codes of new enrolments have"),
    option("period", Whole(0, i64::MAX), "30", "seconds of a step of new enrolments, at least 15"),
    option(
        "skew",
        Whole(0, i64::MAX),
        "1",
        "steps before and after the present one that are accepted too, at most 10 (RFC 6238 §5.2)",
    ),
    option("secret_size", Whole(20, i64::MAX), "32", "bytes of the seed of new enrolments"),
    option(
        "allowed_algorithms",
        TextsOf(&["SHA1", "SHA256", "SHA512"]),
        "['SHA1']",
        "the hashes that a person may choose from when enrolling",
    ),
    option("allowed_digits", Numbers, "[6]", "how many digits a person may choose when enrolling"),
    option(
        "allowed_periods",
        Numbers,
        "[30]",
        "the steps, in seconds, that a person may choose from when enrolling",
    ),
    option("disable_reuse_security_policy", Flag, "false", "accepts a code again"),
];

const REGULATION: &[Entry] = &[
    option(
        "modes",
        TextsOf(&["user", "ip"]),
        "['user']",
        "what failed sign-ins are counted by: the person, the network address, or both",
    ),
    option("max_retries", Whole(0, i64::MAX), "3", "failures that lead to a ban; 0: no limit"),
    option("find_time", Time, "2m", "the span in which failures are counted; not longer than `ban_time`"),
    option("ban_time", Time, "5m", "how long a ban lasts"),
];

pub(super) const GROUPS: &[Group] =
    &[Group { under: "totp", options: TOTP }, Group { under: "regulation", options: REGULATION }];

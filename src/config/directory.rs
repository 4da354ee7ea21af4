//! `authentication_backend`: where people are known from.

use std::collections::BTreeMap;
use std::path::Path;

use super::duration::{self, Span};
use super::section::Section;
use crate::secrets::make_digest::{Argon2Parameters, Argon2Variant, Pbkdf2Parameters, Pbkdf2Variant};
use crate::settings::{Directory, ExtraAttribute, ExtraAttributeType, PasswordHashing, RefreshInterval};

/// The attributes every person may have; expressions and claims refer to them.
pub(super) const STANDARD_ATTRIBUTES: &[&str] = &[
    "username",
    "display_name",
    "email",
    "emails",
    "emails_extra",
    "groups",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "gender",
    "birthdate",
    "website",
    "profile",
    "picture",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_rfc3966",
    "phone_extension",
    "address",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
    "updated_at",
];

pub(super) fn directory(root: &Section<'_>) -> Option<Directory> {
    let section = root.section("authentication_backend");
    match (section.has("file"), section.has("ldap")) {
        (false, false) => {
            section.error(
                "",
                "missing",
                "nothing says where people are known from",
                "add `file: {path: 'users_database.yml'}` under authentication_backend",
            );
            return None;
        }
        (true, true) => {
            section.error("ldap", "two_backends", "only one of file and ldap can be used", "keep one of them")
        }
        (false, true) => return None,
        (true, false) => {}
    }
    let file = section.section("file");
    let search = file.section("search");
    let found = file.required("path", "write the path of the users file")?;
    let path = Path::new(found.text);
    if !path.is_file() {
        let (says, mend) = if path.exists() {
            ("the path is no file", "write the path of the users file")
        } else {
            (
                "the users file does not exist",
                "create it, or correct the path; `signet demo` makes an example",
            )
        };
        found.error("no_users_file", says, mend);
    }
    Some(Directory {
        path: path.to_owned(),
        watch: file.flag("watch"),
        search_email: search.flag("email"),
        case_insensitive: search.flag("case_insensitive"),
        extra_attributes: extra_attributes(&file),
        password: password(&file.section("password")),
        refresh_interval: refresh_interval(&section),
        origin: found.origin(),
    })
}

fn refresh_interval(section: &Section<'_>) -> RefreshInterval {
    match section.text("refresh_interval").map(|found| found.text) {
        Some("always") => RefreshInterval::Always,
        Some("never" | "disable") => RefreshInterval::Never,
        Some(text) => match duration::parse(text) {
            Ok(span) if span > Span::of_seconds(0) => RefreshInterval::Every(span.seconds()),
            _ => RefreshInterval::Always,
        },
        None => RefreshInterval::Every(300),
    }
}

fn extra_attributes(file: &Section<'_>) -> BTreeMap<String, ExtraAttribute> {
    let mut attributes = BTreeMap::new();
    for (name, section) in file.named("extra_attributes") {
        if STANDARD_ATTRIBUTES.contains(&name) {
            section.error(
                "",
                "reserved_name",
                "every person has an attribute of this name already",
                "use another name",
            );
        }
        let Some(value_type) = section.required("value_type", "write string, integer or boolean") else {
            continue;
        };
        let value_type = match value_type.text {
            "integer" => ExtraAttributeType::Integer,
            "boolean" => ExtraAttributeType::Boolean,
            _ => ExtraAttributeType::String,
        };
        attributes.insert(
            name.to_owned(),
            ExtraAttribute { value_type, multi_valued: section.flag("multi_valued") },
        );
    }
    attributes
}

fn password(section: &Section<'_>) -> PasswordHashing {
    match section.text_or("algorithm", "argon2").as_str() {
        "pbkdf2" => PasswordHashing::Pbkdf2(pbkdf2(&section.section("pbkdf2"))),
        "argon2" => PasswordHashing::Argon2(argon2(&section.section("argon2"))),
        _ => {
            section.warn(
                "algorithm",
                "not_in_this_version",
                "new digests are made with argon2 or pbkdf2 only; every format is accepted at sign-in",
                "write argon2 or pbkdf2",
            );
            PasswordHashing::Argon2(Argon2Parameters::default())
        }
    }
}

fn argon2(section: &Section<'_>) -> Argon2Parameters {
    let default = Argon2Parameters::default();
    Argon2Parameters {
        variant: match section.text_or("variant", "argon2id").as_str() {
            "argon2i" => Argon2Variant::Argon2i,
            "argon2d" => Argon2Variant::Argon2d,
            _ => Argon2Variant::Argon2id,
        },
        iterations: section.whole("iterations", default.iterations),
        memory_kib: section.whole("memory", default.memory_kib),
        parallelism: section.whole("parallelism", default.parallelism),
        key_length: section.whole("key_length", default.key_length),
        salt_length: section.whole("salt_length", default.salt_length),
    }
}

fn pbkdf2(section: &Section<'_>) -> Pbkdf2Parameters {
    let default = Pbkdf2Parameters::default();
    Pbkdf2Parameters {
        variant: match section.text_or("variant", "sha512").as_str() {
            "sha1" => Pbkdf2Variant::Sha1,
            "sha224" => Pbkdf2Variant::Sha224,
            "sha256" => Pbkdf2Variant::Sha256,
            "sha384" => Pbkdf2Variant::Sha384,
            _ => Pbkdf2Variant::Sha512,
        },
        iterations: section.whole("iterations", default.iterations),
        salt_length: section.whole("salt_length", default.salt_length),
    }
}

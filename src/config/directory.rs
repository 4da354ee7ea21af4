//! `authentication_backend`: where people are known from.

use std::collections::BTreeMap;
use std::path::Path;

use url::Url;

use super::section::Section;
use super::session::link;
use crate::model::attributes::STANDARD;
use crate::settings::{Directory, ExtraAttribute, ExtraAttributeType};

pub(super) fn directory(root: &Section<'_>, extra_attributes: &ExtraAttributes) -> Option<Directory> {
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
        // That ldap cannot be used is told already.
        (false, true) => return None,
        (true, _) => {}
    }
    let file = section.section("file");
    let search = file.section("search");
    let found = file.required("path", "write the path of the users file")?;
    let path = Path::new(found.text);
    if !path.is_file() {
        let (says, mend) = if path.exists() {
            ("the path is no file".to_owned(), "write the path of the users file")
        } else {
            let tried = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            let mend = if path.is_absolute() {
                "create it, or correct the path; `signet demo` makes an example"
            } else {
                "create it, or write the whole path: one that does not begin with / counts from the folder that \
                 Signet is started in (WorkingDirectory of a systemd unit); `signet demo` makes an example"
            };
            (format!("the users file {} does not exist", tried.display()), mend)
        };
        found.error("no_users_file", says, mend);
        return None;
    }
    Some(Directory {
        path: path.to_owned(),
        search_email: search.flag("email"),
        case_insensitive: search.flag("case_insensitive"),
        extra_attributes: extra_attributes.clone(),
        origin: found.origin(),
    })
}

/// `password_reset.custom_url`, unless no password can be reset.
pub(super) fn password_reset_url(root: &Section<'_>) -> Option<Url> {
    let section = root.section("authentication_backend").section("password_reset");
    let url = link(&section.text("custom_url")?)?;
    Some(url).filter(|_| !section.flag("disable"))
}

/// The attributes beyond the standard ones, by name.
pub(super) type ExtraAttributes = BTreeMap<String, ExtraAttribute>;

pub(super) fn extra_attributes(root: &Section<'_>) -> ExtraAttributes {
    let mut attributes = BTreeMap::new();
    for (name, section) in root.section("authentication_backend").section("file").named("extra_attributes") {
        if STANDARD.contains(&name) {
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

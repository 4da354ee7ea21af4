//! What a filter may reach outside of its text: variables and files.

use std::io::ErrorKind;
use std::path::Path;

use super::super::files_read::FilesRead;
use super::environment::{Variables, is_secret};
use super::{BAD, LIMIT, MISSING};
use crate::yaml::MAX_BYTES;

/// What went wrong in a function: a fault that does not know its place yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) code: &'static str,
    pub(super) says: String,
    pub(super) mend: String,
}

impl Trouble {
    pub(super) fn bad(says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { code: BAD, says: says.into(), mend: mend.into() }
    }

    fn missing(says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { code: MISSING, says: says.into(), mend: mend.into() }
    }

    /// The text would become larger than a file may be.
    pub(super) fn too_large() -> Self {
        Self {
            code: LIMIT,
            says: format!("the filled in text would be larger than {MAX_BYTES} bytes"),
            mend: "make the template shorter: look for a range or a file that is larger than expected"
                .to_owned(),
        }
    }
}

/// Variables and files, and the text that may ask for them.
pub(super) struct Outside<'a> {
    pub(super) variables: &'a Variables<'a>,
    /// The text of the file: names that it shows may stand in messages, what came from elsewhere may be a secret.
    pub(super) source: &'a str,
    /// Where the files that are read are noted.
    pub(super) files_read: FilesRead,
}

impl Outside<'_> {
    /// The value of a variable.
    ///
    /// # Errors
    /// A variable that sets a secret by itself.
    pub(super) fn variable(&self, name: &str) -> Result<Option<&str>, Trouble> {
        if is_secret(name) {
            return Err(Trouble::bad(
                format!(
                    "the variable named {} holds a secret that sets its option by itself",
                    self.shown(name)
                ),
                "take the option out of the file; or give the variable a name that does not begin with AUTHELIA_ or \
                 SIGNET_",
            ));
        }
        // What stands for a dollar sign in `expandenv` is one here too.
        Ok(if name == "$" { Some("$") } else { self.variables.get(name) })
    }

    /// The value of a variable that must be set.
    ///
    /// # Errors
    /// As [`Self::variable`], and a variable that is not set.
    pub(super) fn present_variable(&self, name: &str) -> Result<&str, Trouble> {
        self.variable(name)?.ok_or_else(|| {
            Trouble::missing(
                format!("the variable named {} is not set", self.shown(name)),
                "set it where Signet is started, or use `env` with `default`",
            )
        })
    }

    /// The text of a file.
    ///
    /// # Errors
    /// A file that cannot be read, is too large, or is no text.
    pub(super) fn file(&self, path: &str) -> Result<String, Trouble> {
        let bytes = self.files_read.read(Path::new(path), MAX_BYTES).map_err(|error| {
            let (what, mend) = match error.kind() {
                ErrorKind::FileTooLarge => return Trouble::too_large(),
                ErrorKind::NotFound => {
                    ("does not exist", "check the path, and that the file is there before Signet starts")
                }
                ErrorKind::PermissionDenied => ("cannot be read", "let the user Signet runs as read it"),
                ErrorKind::IsADirectory => ("is a folder", "name a file in it"),
                _ => ("cannot be read", "check that the path names a file"),
            };
            Trouble::missing(format!("the file named {} {what}", self.shown(path)), mend)
        })?;
        String::from_utf8(bytes).map_err(|_| {
            Trouble::bad(
                format!("the file named {} is not UTF-8 text", self.shown(path)),
                "check that it is the right file, or save it as UTF-8",
            )
        })
    }

    /// `$NAME` and `${NAME}` filled in; a name that is not set becomes nothing.
    ///
    /// # Errors
    /// As [`Self::variable`], and `${` that is not closed.
    pub(super) fn expand(&self, text: &str) -> Result<String, Trouble> {
        let mut made = String::new();
        for part in super::expand_env::parts(text) {
            match part {
                super::expand_env::Part::Text(_, text) => made.push_str(text),
                super::expand_env::Part::Variable(_, name) => {
                    made.push_str(self.variable(name)?.unwrap_or_default());
                }
                super::expand_env::Part::Unclosed(_) => {
                    return Err(Trouble::bad("`${` is not closed", "write ${NAME}, or $$ for a dollar sign"));
                }
            }
            if made.len() > MAX_BYTES {
                return Err(Trouble::too_large());
            }
        }
        Ok(made)
    }

    /// A name or path in a message.
    fn shown(&self, name: &str) -> String {
        if !name.is_empty() && self.source.contains(name) { format!("'{name}'") } else { "here".to_owned() }
    }
}

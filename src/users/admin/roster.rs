//! The people as an administrator names them.

use std::sync::Arc;

use crate::model::user::User;
use crate::secrets::Sealer;
use crate::settings;
use crate::users::directory::{self, People};
use crate::users::name;
use crate::yaml::Problems;

/// The people of the users file, as it is now.
#[derive(Debug)]
pub struct Roster(Option<(People, Sealer)>);

/// Whether what a person once got still proves anything, as far as the users file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Stands,
    /// The person is disabled.
    Disabled,
    /// The users file names the person no longer.
    Gone,
    /// The person has another password by now.
    FormerPassword,
    /// The users file cannot be read.
    Unknown,
}

impl Standing {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Disabled => "worthless: the person is disabled",
            Self::Gone => "worthless: the person is not in the users file",
            Self::FormerPassword => "worthless: made with a former password",
            Self::Unknown => "unknown: the users file cannot be read",
        }
    }
}

impl Roster {
    /// Reads the users file, blocking. The sealer, with the key of `storage.encryption_key`, tells under what a name
    /// that nobody has is counted.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn read(settings: &settings::Directory, sealer: Sealer) -> Result<Self, Problems> {
        directory::read(settings).map(|people| Self(Some((people, sealer))))
    }

    /// Nobody: for when the file cannot be read. Names are then taken as they are typed.
    #[must_use]
    pub fn unreadable() -> Self {
        Self(None)
    }

    /// The canonical name of whoever a typed name means; what was typed when that is nobody.
    #[must_use]
    pub fn canonical(&self, typed: &str) -> String {
        let person = self.0.as_ref().and_then(|(people, _)| people.typed(typed));
        person.map_or_else(|| name::typed(typed), |person| person.user.username.clone())
    }

    /// What attempts with a typed name are counted under.
    pub(super) fn counted_as(&self, typed: &str) -> String {
        match &self.0 {
            Some((people, sealer)) => people.counted_as(typed, sealer),
            None => name::typed(typed),
        }
    }

    /// Whether a typed name or e-mail address means whoever attempts are counted under this name. An administrator may
    /// name people by their addresses whether or not they may sign in with them.
    pub(super) fn means(&self, typed: &str, counted: &str) -> bool {
        let address = name::fold(typed);
        self.counted_as(typed) == counted
            || self
                .find(counted)
                .is_some_and(|user| user.emails.iter().any(|email| name::fold(email) == address))
    }

    /// Whether the users file could be read.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// Whether what a person got with a credential still proves anything.
    #[must_use]
    pub fn standing(&self, username: &str, credential: &str) -> Standing {
        match self.find(username) {
            _ if !self.is_known() => Standing::Unknown,
            None => Standing::Gone,
            Some(user) if user.disabled => Standing::Disabled,
            Some(user) if user.credential != credential => Standing::FormerPassword,
            Some(_) => Standing::Stands,
        }
    }

    /// A person by canonical name.
    #[must_use]
    pub fn find(&self, username: &str) -> Option<&Arc<User>> {
        self.0.as_ref()?.0.named(username).map(|person| &person.user)
    }

    /// Everyone, in the order of the file.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.0.iter().flat_map(|(people, _)| people.users())
    }
}

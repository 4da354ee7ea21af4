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

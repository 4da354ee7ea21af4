//! The people of one reading of the users file, and how a typed name finds one of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::model::user::User;
use crate::secrets::mac::{sha256, sha256_base64url};
use crate::secrets::{Digest, Sealer};
use crate::users::name;

/// A person and the digest of the password.
pub(crate) struct Person {
    /// What everyone may know.
    pub(crate) user: Arc<User>,
    /// What proves the password.
    pub(crate) digest: Arc<Digest>,
}

/// What tells one password of a person from the next: a hash of the salted digest, so that nothing can be guessed
/// from it.
pub(super) fn credential(username: &str, digest: &str) -> String {
    sha256_base64url(format!("signet credential\n{username}\n{digest}").as_bytes())
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.user.username)
    }
}

/// Everyone the file names; never empty.
#[derive(Debug)]
pub(crate) struct People {
    first: Arc<Person>,
    all: Vec<Arc<Person>>,
    by_name: HashMap<String, Arc<Person>>,
    by_fold: HashMap<String, Arc<Person>>,
    by_email: HashMap<String, Arc<Person>>,
    case_insensitive: bool,
}

impl People {
    /// Sorts people whose names and e-mail addresses were found free of twins. `None` when there is nobody.
    pub(super) fn new(persons: Vec<Person>, search_email: bool, case_insensitive: bool) -> Option<Self> {
        let all: Vec<Arc<Person>> = persons.into_iter().map(Arc::new).collect();
        let index = |key: &dyn Fn(&str) -> String| -> HashMap<String, Arc<Person>> {
            all.iter().map(|person| (key(&person.user.username), Arc::clone(person))).collect()
        };
        let by_name = index(&str::to_owned);
        let by_fold = index(&name::fold);
        let by_email = if search_email {
            all.iter()
                .flat_map(|person| person.user.emails.iter().map(move |email| (email, person)))
                .map(|(email, person)| (name::fold(email), Arc::clone(person)))
                .collect()
        } else {
            HashMap::new()
        };
        Some(Self { first: Arc::clone(all.first()?), all, by_name, by_fold, by_email, case_insensitive })
    }

    /// The person with this canonical name.
    pub(crate) fn named(&self, username: &str) -> Option<&Arc<Person>> {
        self.by_name.get(username)
    }

    /// The person a typed name means.
    pub(crate) fn typed(&self, typed: &str) -> Option<&Arc<Person>> {
        let name = name::typed(typed);
        let lower: String;
        let name = if self.case_insensitive {
            lower = name.to_lowercase();
            lower.as_str()
        } else {
            name.as_str()
        };
        self.named(name).or_else(|| self.by_email.get(&name::fold(name)))
    }

    /// What attempts with a typed name are counted under: one text for every spelling and alias of a person. In the
    /// place of an unknown person's name stands what only the key can tell, since people type passwords there.
    pub(crate) fn counted_as(&self, typed: &str, sealer: &Sealer) -> String {
        let folded = name::fold(typed);
        self.by_fold.get(&folded).or_else(|| self.by_email.get(&folded)).map_or_else(
            || format!("unknown:{}", sealer.stand_in(&folded)),
            |person| person.user.username.clone(),
        )
    }

    /// The digest an unknown person's password is tried on, so that the refusal costs what it costs for the known:
    /// somebody's own, always the same for one name and every cost as frequent as among the known. What the
    /// trial says must be thrown away.
    pub(crate) fn decoy(&self, typed: &str) -> Arc<Digest> {
        let hash = sha256(name::fold(typed).as_bytes());
        let draw = hash.iter().take(8).fold(0_u64, |draw, byte| (draw << 8) | u64::from(*byte));
        let index =
            u64::try_from(self.all.len()).ok().and_then(|people| draw.checked_rem(people)).unwrap_or(0);
        let person = usize::try_from(index).ok().and_then(|index| self.all.get(index)).unwrap_or(&self.first);
        Arc::clone(&person.digest)
    }

    /// Everyone, in the order of the file.
    pub(crate) fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.all.iter().map(|person| &person.user)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

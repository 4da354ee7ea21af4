//! Signing in with a password.

use std::sync::Arc;

use secrecy::SecretString;

use super::password::{Busy, Comer};
use super::regulation::{Guess, Proof};
use super::{SignInProblem, Users, to_its_end};
use crate::model::event::{EventKind, Source};
use crate::model::user::User;

/// A name and a password that someone typed.
#[derive(Clone, Copy, Debug)]
pub struct SignInAttempt<'a> {
    /// The name as it was typed: a username or, where the configuration allows it, an e-mail address.
    pub username: &'a str,
    /// The password.
    pub password: &'a SecretString,
    /// Where it comes from.
    pub source: &'a Source,
    /// The hash of the cookie that marks the browser.
    pub browser: Option<&'a str>,
}

/// The same, owned: the attempt is finished even when the one who waits for it hangs up.
struct Owned {
    username: String,
    password: SecretString,
    source: Source,
    browser: Option<String>,
}

impl Users {
    /// Lets a person in who types the right password. Every refusal costs one verification and looks the same; the
    /// reason goes into the events and the log.
    ///
    /// # Errors
    /// Every [`SignInProblem`].
    pub async fn sign_in(&self, attempt: SignInAttempt<'_>) -> Result<Arc<User>, SignInProblem> {
        let users = self.clone();
        let owned = Owned {
            username: attempt.username.to_owned(),
            password: attempt.password.clone(),
            source: attempt.source.clone(),
            browser: attempt.browser.map(str::to_owned),
        };
        to_its_end(async move { users.try_password(owned).await }).await
    }

    async fn try_password(&self, attempt: Owned) -> Result<Arc<User>, SignInProblem> {
        let people = self.0.directory.fresh_people().await;
        let person = people.typed(&attempt.username);
        // Before the attempt is counted: who is turned away here has not guessed.
        let place = self.0.passwords.enter(Comer::Person, attempt.source.address)?;
        let guess = Guess {
            counted_as: people.counted_as(&attempt.username, &self.0.sealer),
            username: person.map(|person| person.user.username.clone()),
            source: attempt.source,
            browser: attempt.browser,
            knows_password: false,
        };
        let turn = self.begin(&guess).await?;
        let digest =
            person.map_or_else(|| people.decoy(&attempt.username), |person| Arc::clone(&person.digest));
        let fits = place.verify_password(digest, attempt.password).await?;
        let verdict = match person {
            _ if turn.is_banned() => Err("banned"),
            None => Err("unknown person"),
            Some(_) if !fits => Err("wrong password"),
            Some(person) if person.user.disabled => Err("disabled person"),
            Some(person) => Ok(Arc::clone(&person.user)),
        };
        match verdict {
            Err(reason) => {
                self.refuse(turn, &guess, EventKind::LoginFailure, reason).await?;
                Err(SignInProblem::Refused)
            }
            Ok(user) => {
                let proof = if self.has_totp(&user.username).await? { Proof::Partial } else { Proof::Whole };
                let event = guess.event(EventKind::LoginSuccess, self.0.clock.now());
                self.accept(turn, &guess, proof, &[event]).await?;
                Ok(user)
            }
        }
    }
}

impl From<Busy> for SignInProblem {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

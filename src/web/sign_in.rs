//! A typed username and password, wherever the form stands.

use super::session::Visit;
use super::state::Incoming;
use crate::model::authentication::{Authentication, Method};
use crate::protocol::parameters::Parameters;
use crate::secrets::random::random_token;
use crate::users::{SignInAttempt, SignInProblem};
use secrecy::SecretString;

/// What came of it.
pub(super) enum Outcome {
    /// The person is signed in and the session has a new id.
    SignedIn(Authentication),
    /// Whatever was wrong.
    Refused,
    /// Too many passwords wait to be checked.
    Busy,
    /// The store did not answer.
    Unavailable(String),
}

impl Incoming {
    /// Where a forgotten password is reset.
    pub(super) fn forgot(&self) -> Option<String> {
        self.provider.snapshot.settings.password_reset_url.as_ref().map(ToString::to_string)
    }
}

/// Judges the fields of a sign-in form and signs the person in.
pub(super) async fn sign_in(incoming: &Incoming, visit: &mut Visit, form: &Parameters) -> Outcome {
    let context = &incoming.context;
    let password = SecretString::from(form.get("password").unwrap_or_default().to_owned());
    let attempt = SignInAttempt {
        username: form.get("username").unwrap_or_default(),
        password: &password,
        source: &context.source(),
        browser: Some(visit.browser_hash()),
    };
    let user = match incoming.provider.users.sign_in(attempt).await {
        Ok(user) => user,
        Err(SignInProblem::Refused) => return Outcome::Refused,
        Err(SignInProblem::Busy) => return Outcome::Busy,
        Err(SignInProblem::Unavailable(error)) => return Outcome::Unavailable(error.to_string()),
    };
    // The same person keeps the name of the sign-in, so that signing out ends what was granted before.
    let same = visit
        .authentication()
        .filter(|present| present.username == user.username)
        .map(|present| present.session.clone());
    if same.is_none()
        && let Some(former) = visit.authentication().cloned()
    {
        if let Err(error) = incoming.provider.end_session(context, &former, None).await {
            return Outcome::Unavailable(error.detail.unwrap_or(error.description));
        }
        visit.forget(incoming);
    }
    let mut authentication = Authentication {
        session: same.unwrap_or_else(|| random_token(16)),
        username: user.username.clone(),
        auth_time: context.now,
        second_factor_time: None,
        methods: vec![Method::Password],
        address: context.address,
        credential: user.credential.clone(),
    };
    let remember = form.get("remember") == Some("true");
    let mut stored = visit.sign_in(incoming, authentication.clone(), Some(remember)).await;
    if let Ok(false) = stored {
        // The present session ended meanwhile: this sign-in is one of its own.
        authentication.session = random_token(16);
        stored = visit.sign_in(incoming, authentication.clone(), Some(remember)).await;
    }
    match stored {
        Ok(_) => Outcome::SignedIn(authentication),
        Err(error) => Outcome::Unavailable(error.to_string()),
    }
}

/// Raises the present sign-in to two factors: the session has a new id. One that ended meanwhile stays ended.
pub(super) async fn second_factor(incoming: &Incoming, visit: &mut Visit) -> Result<(), String> {
    let Some(mut authentication) = visit.authentication().cloned() else { return Ok(()) };
    if !authentication.methods.contains(&Method::OneTimeCode) {
        authentication.methods.push(Method::OneTimeCode);
    }
    authentication.second_factor_time = Some(incoming.context.now);
    visit.sign_in(incoming, authentication, None).await.map(drop).map_err(|error| error.to_string())
}

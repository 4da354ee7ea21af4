//! What a pending authorization needs next: a pure function of request, policy, sign-in, consent and time.

use crate::clock::{NumericDate, Seconds};
use crate::model::authentication::{Authentication, Level};
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::consent::ConsentMode;
use crate::model::policy::Requirement;
use crate::protocol::error::{ErrorCode, OAuthError};

/// How long after the password a device for one-time codes may be enrolled, in seconds: a session that lies open
/// must not be enough.
const ENROLMENT_WINDOW: Seconds = 300;

/// Why a person must type the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInReason {
    /// Nobody is signed in.
    SignedOut,
    /// The client wants the present person to prove it again (`prompt=login`, `max_age`).
    Again,
    /// The client expects somebody else (`id_token_hint`).
    OtherPerson,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Choose between the present and another account.
    SelectAccount,
    /// Type the password.
    SignIn(SignInReason),
    /// Type a one-time code.
    SecondFactor,
    /// Enrol a device for one-time codes first.
    Enrol,
    /// Be asked.
    Consent,
    /// Be asked about a device that waits elsewhere (RFC 8628 §3.3).
    ConfirmDevice,
    /// The client is told no.
    Deny(OAuthError),
    /// The client gets what it asked for, by this remembered consent if one was needed.
    Respond(Option<String>),
}

/// How much the configuration may decide about asking the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// `consent_mode` decides, and what the request itself forces.
    AsConfigured,
    /// It is asked each time: nothing proves that the app is the one it says it is (RFC 8252 §8.6).
    EachTime,
    /// It is asked each time, about a device (RFC 8628 §5.4).
    OfDevice,
}

impl Question {
    /// A public client is proven by nothing but an address of its own on the web: any app of the same machine can
    /// listen on a loopback port or take a scheme. So is every client that gets tokens in the answer itself, for which it
    /// never authenticates.
    pub(super) fn about(client: &Client, request: &AuthorizationRequest, of_device: bool) -> Self {
        let unproven = client.public || request.response_type.has_front_channel_token();
        if of_device {
            Self::OfDevice
        } else if unproven && !request.redirect_uri.starts_with("https://") {
            Self::EachTime
        } else {
            Self::AsConfigured
        }
    }
}

/// Everything that decides.
pub(super) struct Situation<'a> {
    pub request: &'a AuthorizationRequest,
    pub authentication: Option<&'a Authentication>,
    pub signed_in_here: bool,
    pub account_selected: bool,
    pub subject_matches: bool,
    pub requirement: Option<Requirement>,
    /// `None` when nobody can have one: one-time codes are off.
    pub has_second_factor: Option<bool>,
    pub consent_mode: ConsentMode,
    pub question: Question,
    pub remembered: Option<String>,
    pub consented: bool,
    pub now: NumericDate,
}

impl<'a> Situation<'a> {
    /// Nobody is signed in, or nobody who still may be.
    pub(super) fn anonymous(request: &'a AuthorizationRequest, now: NumericDate) -> Self {
        Self {
            request,
            authentication: None,
            signed_in_here: false,
            account_selected: false,
            subject_matches: true,
            requirement: None,
            has_second_factor: Some(false),
            consent_mode: ConsentMode::Explicit,
            question: Question::AsConfigured,
            remembered: None,
            consented: false,
            now,
        }
    }
}

/// The next step. `prompt=none` turns a step that needs a page into its own error
/// (OpenID Connect Core 1.0 §3.1.2.6).
pub(super) fn next_step(situation: &Situation<'_>) -> Step {
    let step = wanted(situation);
    if !situation.request.prompt.none() {
        return step;
    }
    let (code, description) = match &step {
        Step::SelectAccount => (
            ErrorCode::AccountSelectionRequired,
            "The person must choose an account, and prompt=none allows no page.",
        ),
        Step::SignIn(_) => {
            (ErrorCode::LoginRequired, "The person must sign in, and prompt=none allows no page.")
        }
        Step::SecondFactor | Step::Enrol => (
            ErrorCode::InteractionRequired,
            "The person must show a second factor, and prompt=none allows no page.",
        ),
        Step::Consent | Step::ConfirmDevice => {
            (ErrorCode::ConsentRequired, "The person must consent, and prompt=none allows no page.")
        }
        Step::Deny(_) | Step::Respond(_) => return step,
    };
    Step::Deny(OAuthError::new(code, description))
}

fn wanted(situation: &Situation<'_>) -> Step {
    let request = situation.request;
    let (Some(authentication), Some(requirement)) = (situation.authentication, situation.requirement) else {
        return Step::SignIn(SignInReason::SignedOut);
    };
    if request.prompt.select_account() && !situation.account_selected && !situation.signed_in_here {
        return Step::SelectAccount;
    }
    // `max_age=0` is `prompt=login` by another name.
    let age = situation.now - authentication.auth_time;
    let too_old = request.max_age.is_some_and(|max_age| max_age == 0 || age > max_age);
    if !situation.signed_in_here && (request.prompt.login() || too_old) {
        return Step::SignIn(SignInReason::Again);
    }
    if !situation.subject_matches {
        return if situation.signed_in_here {
            Step::Deny(OAuthError::new(
                ErrorCode::LoginRequired,
                "The person who signed in is not the one that the request names (id_token_hint, or sub of claims).",
            ))
        } else {
            Step::SignIn(SignInReason::OtherPerson)
        };
    }
    let demanded = match requirement {
        Requirement::Deny => {
            return Step::Deny(OAuthError::access_denied("The person may not use this client."));
        }
        Requirement::Level(level) => level,
    };
    let level = demanded.max(wished(situation).unwrap_or(Level::OneFactor));
    if authentication.level() < level {
        return match situation.has_second_factor {
            Some(true) => Step::SecondFactor,
            Some(false) if age > ENROLMENT_WINDOW => Step::SignIn(SignInReason::Again),
            Some(false) => Step::Enrol,
            // Turned off since the request was checked (OpenID Connect Core 1.0 §5.5.1.1).
            None if demanded < level => Step::Deny(OAuthError::new(
                ErrorCode::UnmetAuthenticationRequirements,
                "The client asks for two factors as acr, and one-time codes are turned off here.",
            )),
            None => Step::Deny(OAuthError::access_denied(
                "The client needs two factors, and one-time codes are turned off here.",
            )),
        };
    }
    if situation.question == Question::OfDevice {
        return Step::ConfirmDevice;
    }
    if situation.consented {
        return Step::Respond(None);
    }
    // These are asked again whatever is remembered or configured.
    let forced = request.prompt.consent()
        || request.prompt.login()
        || request.scope.contains_offline_access()
        || situation.question == Question::EachTime;
    match (situation.consent_mode, &situation.remembered) {
        (ConsentMode::Implicit, _) if !forced => Step::Respond(None),
        (ConsentMode::PreConfigured { .. }, Some(consent)) if !forced => Step::Respond(Some(consent.clone())),
        _ => Step::Consent,
    }
}

/// The level that the request asks for, unless it is a wish that cannot be met: then the answer says which level there is
/// (OpenID Connect Core 1.0 §3.1.2.1, §5.5.1.1).
fn wished(situation: &Situation<'_>) -> Option<Level> {
    let request = situation.request;
    let can_be_met = situation.has_second_factor.is_some() && !request.prompt.none();
    request
        .requested_level
        .filter(|_| can_be_met || request.claims.must_match_acr() && !is_acr_met(situation))
}

/// Whether one of the values that `acr` must have is reached already.
fn is_acr_met(situation: &Situation<'_>) -> bool {
    let reached = situation.authentication.map(Authentication::level);
    let mut wanted = situation.request.claims.wanted_acr().filter_map(Level::from_acr);
    wanted.any(|level| reached.is_some_and(|reached| level <= reached))
}

#[cfg(test)]
mod tests;

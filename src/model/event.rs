//! Everything worth remembering that happened.

use std::net::IpAddr;

use crate::clock::NumericDate;

/// What happened. The name is stored and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A password was right.
    LoginSuccess,
    /// A sign-in was refused.
    LoginFailure,
    /// A person was locked out for a while.
    LoginLocked,
    /// A ban was lifted before its time.
    LoginUnlocked,
    /// A one-time code was right.
    SecondFactorUsed,
    /// A one-time code was refused.
    SecondFactorFailure,
    /// A one-time code device was enrolled.
    FactorEnrolled,
    /// A one-time code device was removed.
    FactorRemoved,
    /// Somebody signed in: a browser got a session.
    SessionCreated,
    /// The id of a session became another: somebody signed in again or proved a second factor.
    SessionRotated,
    /// A session ended by sign-out.
    SessionEnded,
    /// A person allowed a client.
    ConsentGranted,
    /// A person denied a client.
    ConsentDenied,
    /// A person, or an administrator, withdrew what an application was allowed.
    ConsentRevoked,
    /// A device asked for a code (RFC 8628). In the log only: everyone may ask.
    DeviceRequested,
    /// A person allowed a device.
    DeviceApproved,
    /// A person, or the policy, denied a device.
    DeviceDenied,
    /// An authorization code was issued.
    CodeIssued,
    /// An authorization code was redeemed.
    CodeRedeemed,
    /// A spent authorization code came again; its grant was revoked.
    CodeReplayed,
    /// Tokens were issued.
    TokenIssued,
    /// A refresh token was spent for new tokens.
    TokenRefreshed,
    /// A spent refresh token came again; its grant was revoked.
    RefreshReused,
    /// A grant or token was revoked.
    TokenRevoked,
    /// An administrator ended sign-ins of a person.
    AdminSessionsEnded,
    /// An administrator put a backup into the database.
    AdminStorageRestored,
    /// What Authelia remembered was taken over: from its tables at the first start, or from its exports.
    AutheliaTakenOver,
    /// A client asked what a token is worth. In the log only: reading must not cost a write.
    TokenIntrospected,
    /// A client failed to authenticate. In the log only, and its refusal in the table of refusals: whoever guesses
    /// must not fill the table of events.
    ClientAuthenticationFailed,
    /// A changed configuration took effect, or was refused.
    ConfigurationReloaded,
    /// A reload brought other signing keys.
    KeyRotated,
}

/// Who made it happen. Names are in the event's person and client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The person at the browser, or whoever claims to be.
    Person,
    /// The client, or whoever claims to be.
    Client,
    /// Somebody at the command line, or who sent a signal.
    Administrator,
    /// Signet itself.
    Signet,
}

impl Actor {
    /// The stored and logged name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Client => "client",
            Self::Administrator => "administrator",
            Self::Signet => "signet",
        }
    }
}

/// Whether it went as whoever asked for it wished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Success,
    /// It was refused.
    Failure,
}

impl Outcome {
    /// The stored and logged name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

impl EventKind {
    /// The stored and logged name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoginSuccess => "login.success",
            Self::LoginFailure => "login.failure",
            Self::LoginLocked => "login.locked",
            Self::LoginUnlocked => "login.unlocked",
            Self::SecondFactorUsed => "factor.used",
            Self::SecondFactorFailure => "factor.failure",
            Self::FactorEnrolled => "factor.enrolled",
            Self::FactorRemoved => "factor.removed",
            Self::SessionCreated => "session.created",
            Self::SessionRotated => "session.rotated",
            Self::SessionEnded => "session.ended",
            Self::ConsentGranted => "consent.granted",
            Self::ConsentDenied => "consent.denied",
            Self::ConsentRevoked => "consent.revoked",
            Self::DeviceRequested => "device.requested",
            Self::DeviceApproved => "device.approved",
            Self::DeviceDenied => "device.denied",
            Self::CodeIssued => "code.issued",
            Self::CodeRedeemed => "code.redeemed",
            Self::CodeReplayed => "code.replayed",
            Self::TokenIssued => "token.issued",
            Self::TokenRefreshed => "token.refreshed",
            Self::RefreshReused => "token.reuse_detected",
            Self::TokenRevoked => "token.revoked",
            Self::AdminSessionsEnded => "admin.sessions_ended",
            Self::AdminStorageRestored => "admin.storage_restored",
            Self::AutheliaTakenOver => "authelia.taken_over",
            Self::TokenIntrospected => "token.introspected",
            Self::ClientAuthenticationFailed => "client.auth_failed",
            Self::ConfigurationReloaded => "config.reloaded",
            Self::KeyRotated => "key.rotated",
        }
    }

    /// Who usually makes it happen.
    fn actor(self) -> Actor {
        match self {
            Self::LoginSuccess
            | Self::LoginFailure
            | Self::SecondFactorUsed
            | Self::SecondFactorFailure
            | Self::FactorEnrolled
            | Self::SessionCreated
            | Self::SessionRotated
            | Self::SessionEnded
            | Self::ConsentGranted
            | Self::ConsentDenied
            | Self::ConsentRevoked
            | Self::DeviceApproved
            | Self::DeviceDenied
            | Self::CodeIssued => Actor::Person,
            Self::DeviceRequested
            | Self::CodeRedeemed
            | Self::CodeReplayed
            | Self::TokenIssued
            | Self::TokenRefreshed
            | Self::RefreshReused
            | Self::TokenRevoked
            | Self::TokenIntrospected
            | Self::ClientAuthenticationFailed => Actor::Client,
            Self::FactorRemoved
            | Self::LoginUnlocked
            | Self::AdminSessionsEnded
            | Self::AdminStorageRestored
            | Self::ConfigurationReloaded
            | Self::KeyRotated => Actor::Administrator,
            Self::LoginLocked | Self::AutheliaTakenOver => Actor::Signet,
        }
    }

    /// How it usually went.
    fn outcome(self) -> Outcome {
        match self {
            Self::LoginFailure
            | Self::LoginLocked
            | Self::SecondFactorFailure
            | Self::ConsentDenied
            | Self::DeviceDenied
            | Self::CodeReplayed
            | Self::RefreshReused
            | Self::ClientAuthenticationFailed => Outcome::Failure,
            Self::LoginSuccess
            | Self::SecondFactorUsed
            | Self::FactorEnrolled
            | Self::FactorRemoved
            | Self::SessionCreated
            | Self::SessionRotated
            | Self::SessionEnded
            | Self::ConsentGranted
            | Self::ConsentRevoked
            | Self::DeviceRequested
            | Self::DeviceApproved
            | Self::CodeIssued
            | Self::CodeRedeemed
            | Self::TokenIssued
            | Self::TokenRefreshed
            | Self::TokenRevoked
            | Self::TokenIntrospected
            | Self::LoginUnlocked
            | Self::AdminSessionsEnded
            | Self::AdminStorageRestored
            | Self::AutheliaTakenOver
            | Self::ConfigurationReloaded
            | Self::KeyRotated => Outcome::Success,
        }
    }
}

/// Where a request came from, for what is remembered of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The issuer it came to.
    pub issuer: Option<String>,
    /// The address of the person's or the client's program.
    pub address: IpAddr,
    /// Its id: ten characters.
    pub request_id: String,
    /// The program that sent it: the beginning of a SHA-256 of its `User-Agent`.
    pub user_agent: Option<String>,
}

impl Source {
    /// An event of this request.
    pub fn event(&self, kind: EventKind, at: NumericDate) -> Event {
        Event {
            issuer: self.issuer.clone(),
            address: Some(self.address),
            request_id: Some(self.request_id.clone()),
            user_agent: self.user_agent.clone(),
            ..Event::new(kind, at)
        }
    }
}

/// Something that happened, with who and where. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: NumericDate,
    /// Who made it happen.
    pub actor: Actor,
    /// How it went.
    pub outcome: Outcome,
    /// At which issuer.
    pub issuer: Option<String>,
    /// The person.
    pub username: Option<String>,
    /// The client.
    pub client_id: Option<String>,
    /// The address it came from.
    pub address: Option<IpAddr>,
    /// The grant it touches.
    pub grant: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
    /// The program that sent it: the beginning of a SHA-256 of its `User-Agent`.
    pub user_agent: Option<String>,
    /// What else to know, in words.
    pub detail: Option<String>,
}

impl Event {
    /// An event with nothing but its kind and time; set the rest.
    pub fn new(kind: EventKind, at: NumericDate) -> Self {
        Self {
            kind,
            at,
            actor: kind.actor(),
            outcome: kind.outcome(),
            issuer: None,
            username: None,
            client_id: None,
            address: None,
            grant: None,
            request_id: None,
            user_agent: None,
            detail: None,
        }
    }
}

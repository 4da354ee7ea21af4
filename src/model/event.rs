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
    /// A session ended by sign-out.
    SessionEnded,
    /// A person allowed a client.
    ConsentGranted,
    /// A person denied a client.
    ConsentDenied,
    /// An authorization code was issued.
    CodeIssued,
    /// A spent authorization code came again; its grant was revoked.
    CodeReplayed,
    /// Tokens were issued.
    TokenIssued,
    /// A spent refresh token came again; its grant was revoked.
    RefreshReused,
    /// A grant or token was revoked.
    TokenRevoked,
    /// An administrator ended sign-ins of a person.
    AdminSessionsEnded,
    /// An administrator put a backup into the database.
    AdminStorageRestored,
    /// A client failed to authenticate.
    ClientAuthenticationFailed,
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
            Self::SessionEnded => "session.ended",
            Self::ConsentGranted => "consent.granted",
            Self::ConsentDenied => "consent.denied",
            Self::CodeIssued => "code.issued",
            Self::CodeReplayed => "code.replayed",
            Self::TokenIssued => "token.issued",
            Self::RefreshReused => "token.reuse_detected",
            Self::TokenRevoked => "token.revoked",
            Self::AdminSessionsEnded => "admin.sessions_ended",
            Self::AdminStorageRestored => "admin.storage_restored",
            Self::ClientAuthenticationFailed => "client.auth_failed",
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
    /// What else to know, in words.
    pub detail: Option<String>,
}

impl Event {
    /// An event with nothing but its kind and time; set the rest.
    pub fn new(kind: EventKind, at: NumericDate) -> Self {
        Self {
            kind,
            at,
            issuer: None,
            username: None,
            client_id: None,
            address: None,
            grant: None,
            request_id: None,
            detail: None,
        }
    }
}

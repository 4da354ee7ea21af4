//! The device code (RFC 8628): what a device asked for, and how far its request came.

use std::net::IpAddr;

use super::authorization_request::AuthorizationRequest;
use super::issuer::Issuer;
use crate::clock::{NumericDate, Seconds};

/// How long a device waits between two questions at first, in seconds (RFC 8628 §3.2).
pub const POLL_INTERVAL: Seconds = 10;

/// By how much one that asks too often must wait longer, in seconds (RFC 8628 §3.5).
pub const SLOW_DOWN: Seconds = 5;

/// A device code as it is stored: never the code itself, nor the user code.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceCode {
    /// The id within the handle.
    pub id: String,
    /// SHA-256 of the secret within the handle, base64url.
    pub hash: String,
    /// The user code as a keyed hash.
    pub user_code: String,
    /// The issuer it was asked at.
    pub issuer: Issuer,
    /// What was asked for.
    pub request: AuthorizationRequest,
    /// The address the device asked from.
    pub address: IpAddr,
    /// How far it came.
    pub state: DeviceCodeState,
    /// How many seconds the device must wait between two questions.
    pub poll_interval: Seconds,
    /// When the device last asked.
    pub polled_at: Option<NumericDate>,
    /// When it ends.
    pub expires_at: NumericDate,
}

/// How far the request of a device came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceCodeState {
    /// Nobody answered yet.
    Pending,
    /// A person allowed it: this grant waits to be fetched.
    Approved {
        /// The grant.
        grant: String,
    },
    /// A person, or the policy, said no.
    Denied,
    /// The device fetched its tokens.
    Spent {
        /// The grant.
        grant: String,
    },
    /// It ended before its device fetched anything.
    Expired,
}

/// How far the request of a device came, as it is stored: the grant stands beside it, and what ended is told by the
/// time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceCodeStep {
    /// Nobody answered yet.
    Pending,
    /// A person allowed it.
    Approved,
    /// A person, or the policy, said no.
    Denied,
    /// The device fetched its tokens.
    Spent,
}

impl DeviceCodeStep {
    const ALL: [Self; 4] = [Self::Pending, Self::Approved, Self::Denied, Self::Spent];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Spent => "spent",
        }
    }

    /// The step of a stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == name)
    }
}

impl DeviceCodeState {
    /// What is stored of it; nothing of `Expired`, which is told by the time.
    pub fn step(&self) -> Option<DeviceCodeStep> {
        match self {
            Self::Pending => Some(DeviceCodeStep::Pending),
            Self::Approved { .. } => Some(DeviceCodeStep::Approved),
            Self::Denied => Some(DeviceCodeStep::Denied),
            Self::Spent { .. } => Some(DeviceCodeStep::Spent),
            Self::Expired => None,
        }
    }

    /// The state of a stored step and grant; `None` when they do not go together.
    pub fn stored(step: DeviceCodeStep, grant: Option<String>) -> Option<Self> {
        match (step, grant) {
            (DeviceCodeStep::Pending, None) => Some(Self::Pending),
            (DeviceCodeStep::Approved, Some(grant)) => Some(Self::Approved { grant }),
            (DeviceCodeStep::Denied, None) => Some(Self::Denied),
            (DeviceCodeStep::Spent, Some(grant)) => Some(Self::Spent { grant }),
            _ => None,
        }
    }

    /// The grant, once there is one.
    pub fn grant(&self) -> Option<&str> {
        match self {
            Self::Approved { grant } | Self::Spent { grant } => Some(grant),
            Self::Pending | Self::Denied | Self::Expired => None,
        }
    }

    /// Whether it may become `next`: pending → approved, denied or expired; approved → spent or expired.
    pub fn may_become(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Pending, Self::Approved { .. } | Self::Denied | Self::Expired)
            | (Self::Approved { .. }, Self::Expired) => true,
            (Self::Approved { grant }, Self::Spent { grant: spent }) => grant == spent,
            _ => false,
        }
    }
}

impl DeviceCode {
    /// How far it came by `now`.
    pub fn state_at(&self, now: NumericDate) -> DeviceCodeState {
        if now >= self.expires_at && self.state.may_become(&DeviceCodeState::Expired) {
            DeviceCodeState::Expired
        } else {
            self.state.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states() -> [DeviceCodeState; 5] {
        let grant = || "g".to_owned();
        [
            DeviceCodeState::Pending,
            DeviceCodeState::Approved { grant: grant() },
            DeviceCodeState::Denied,
            DeviceCodeState::Spent { grant: grant() },
            DeviceCodeState::Expired,
        ]
    }

    #[test]
    fn a_state_moves_forward_only() {
        use DeviceCodeStep::{Approved, Denied, Pending, Spent};
        let legal: Vec<_> = states()
            .iter()
            .flat_map(|from| {
                let next = states().into_iter().filter(|next| from.may_become(next));
                next.map(|next| (from.step(), next.step())).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(
            legal,
            [
                (Some(Pending), Some(Approved)),
                (Some(Pending), Some(Denied)),
                (Some(Pending), None),
                (Some(Approved), Some(Spent)),
                (Some(Approved), None),
            ]
        );
        let other = DeviceCodeState::Spent { grant: "another".to_owned() };
        assert!(!DeviceCodeState::Approved { grant: "g".to_owned() }.may_become(&other));
    }

    #[test]
    fn a_stored_state_is_read_with_its_grant_or_not_at_all() {
        for state in states() {
            let grant = state.grant().map(str::to_owned);
            let read = state.step().and_then(|step| DeviceCodeState::stored(step, grant));
            assert_eq!(read, (state != DeviceCodeState::Expired).then_some(state));
        }
        assert_eq!(DeviceCodeState::stored(DeviceCodeStep::Approved, None), None);
        assert_eq!(DeviceCodeState::stored(DeviceCodeStep::Denied, Some("g".to_owned())), None);
    }

    #[test]
    fn a_step_is_read_by_the_name_it_is_stored_under() {
        for step in DeviceCodeStep::ALL {
            assert_eq!(DeviceCodeStep::parse(step.as_str()), Some(step));
        }
        assert_eq!(DeviceCodeStep::parse("expired"), None);
    }
}

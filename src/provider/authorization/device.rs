//! What a device without a browser asks for (RFC 8628): judged, and answered by a person in another browser.

use std::sync::Arc;

use super::super::Provider;
use super::super::context::Context;
use super::Visitor;
use super::checks::{Source, default_mode};
use super::claims::agreed;
use super::consent::consent_now;
use super::flow::{Conclusion, Destination, Flow, FlowProblem};
use super::next_step::Step;
use super::registration;
use super::target::Target;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::client::Client;
use crate::model::consent::Consent;
use crate::model::device_code::{DeviceCode, DeviceCodeState};
use crate::model::event::EventKind;
use crate::model::grant::Grant;
use crate::model::interaction::{INTERACTION_LIFESPAN, Interaction};
use crate::model::network::subscriber;
use crate::observe;
use crate::protocol::error::OAuthError;
use crate::protocol::parameters::Parameters;
use crate::secrets::random::random_token;
use crate::secrets::user_code::UserCode;
use crate::storage::{Answer, ApproveDevice, Attempt, AttemptKeys, AttemptLimits};

/// Wrong user codes that a browser, and an address, may type in an hour (RFC 8628 §5.1). Nothing is banned beyond it.
/// Where everyone has one address, addresses are not counted.
const GUESSES: AttemptLimits = AttemptLimits {
    max_retries: 5,
    find_seconds: 3600,
    ban_seconds: 3600,
    person_max: 30,
    person_find_seconds: 3600,
    // A browser has its five, and anybody has as many browsers as they like.
    person_max_of_network: 0,
};

/// What a device was answered, as its person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAnswer {
    /// The client's name.
    pub client_name: String,
    /// The outcome.
    pub outcome: DeviceOutcome,
}

/// How a device's request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceOutcome {
    /// It was allowed.
    Allowed,
    /// The person said no.
    Denied,
    /// The person may not use the client.
    Forbidden,
}

/// Why a typed user code leads nowhere.
#[derive(Debug)]
pub enum DeviceProblem {
    /// It is unknown, used or ended: these are one.
    Unknown,
    /// Too many wrong ones came from this browser or this address.
    TooManyGuesses,
    /// The store did not answer.
    Unavailable(OAuthError),
}

impl From<crate::storage::StorageError> for DeviceProblem {
    fn from(error: crate::storage::StorageError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Provider {
    /// What a device asks for, as the authorization endpoint would judge it (RFC 8628 §3.1).
    pub(in crate::provider) async fn device_request(
        &self,
        context: &Context,
        client: &Arc<Client>,
        parameters: &Parameters,
    ) -> Result<AuthorizationRequest, OAuthError> {
        registration::device(client)?;
        // A request object is one of the authorization endpoint (RFC 9101 §4).
        if parameters.get("request").is_some() || parameters.get("request_uri").is_some() {
            return Err(OAuthError::invalid_request("A device sends its request as plain parameters."));
        }
        let target = Target {
            redirect_uri: String::new(),
            redirect_uri_sent: false,
            response_mode: default_mode(client, false),
            state: None,
            client: Arc::clone(client),
        };
        self.check(context, &target, parameters, Source::Device).await
    }

    /// Finds the device of a typed user code and begins the authorization in which its person answers; gives its id.
    /// A code is counted before it is judged: guesses side by side do not pass the limit (RFC 8628 §5.1).
    ///
    /// # Errors
    /// When it leads nowhere.
    pub async fn open_device(
        &self,
        context: &Context,
        visitor: Visitor<'_>,
        typed: &str,
    ) -> Result<String, DeviceProblem> {
        let browser = visitor.browser.ok_or(DeviceProblem::Unknown)?;
        let keys = AttemptKeys {
            person_network: &format!("user_code_browser|{browser}"),
            person: &format!("user_code_address|{}", subscriber(context.address)),
            ip: Some(&context.address.to_canonical().to_string()),
            known_browser: false,
        };
        let per_address = if self.snapshot.settings.server.shared_address { 0 } else { GUESSES.person_max };
        let limits = AttemptLimits { person_max: per_address, ..GUESSES };
        let attempt = match self.storage.begin_attempt(keys, limits, context.now).await? {
            Attempt::Allowed(id) => id,
            Attempt::Banned { .. } => return Err(DeviceProblem::TooManyGuesses),
        };
        let code = match UserCode::parse(typed) {
            Some(code) => {
                let hash = code.hash(&self.handles, context.issuer.as_str());
                self.storage.pending_device_code(&hash, &context.issuer, context.now).await?
            }
            None => None,
        };
        let known = |code: &DeviceCode| self.snapshot.client(&code.request.client_id).is_some();
        // One that leads nowhere goes on counting.
        let code = code.filter(known).ok_or(DeviceProblem::Unknown)?;
        self.storage.withdraw_attempt(&attempt).await?;
        let interaction = Interaction {
            id: random_token(16),
            issuer: context.issuer.clone(),
            request: code.request,
            pushed_request: None,
            device_code: Some(code.id),
            browser: Some(browser.to_owned()),
            signed_in: None,
            account_selected: None,
            created_at: context.now,
            expires_at: code.expires_at.min(context.now + INTERACTION_LIFESPAN),
            answered_at: None,
        };
        self.storage.insert_interaction(&interaction).await?;
        Ok(interaction.id)
    }

    /// The user code of a device, for the person to compare.
    pub fn user_code(&self, device: &DeviceCode) -> UserCode {
        self.handles.user_code(&device.id)
    }

    /// The person's answer to the page about a device: `allowed` with the single claims that they added, or not at all.
    /// `None` when it was answered meanwhile, or when the flow needs another step first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn confirm_device(
        &self,
        context: &Context,
        flow: &Flow,
        visitor: Visitor<'_>,
        allowed: Option<&[String]>,
    ) -> Result<Option<Conclusion>, FlowProblem> {
        let (Step::ConfirmDevice, Some(authentication), Destination::Device(device)) =
            (&flow.step, visitor.authentication, &flow.destination)
        else {
            return Ok(None);
        };
        let Some(chosen) = allowed else {
            let error = OAuthError::access_denied("The person denied the request.");
            return self.refuse(context, flow, visitor, error, None).await;
        };
        let request = &flow.interaction.request;
        let asked_claims = self.claims_beyond_scopes(&flow.client, request);
        let consent = Consent {
            claims: agreed(&asked_claims, chosen),
            asked_claims,
            ..consent_now(context, request, authentication)
        };
        let claims = self.granted_claims(&flow.client, request, Some(&consent), None).await?;
        let grant = self
            .grant(context, &flow.client, request, authentication, Some(consent.id.clone()))
            .await
            .map_err(FlowProblem::Unavailable)?;
        let grant = Grant { claims, ..grant };
        let mut approved = context.event(EventKind::DeviceApproved);
        approved.detail = self.policy_reason(&flow.client, authentication, context.address).await;
        let mut events = [context.event(EventKind::ConsentGranted), approved];
        for event in &mut events {
            event.username = Some(grant.username.clone());
            event.client_id = Some(grant.client_id.clone());
            event.grant = Some(grant.id.clone());
        }
        let answer = self
            .storage
            .approve_device(ApproveDevice {
                interaction: &flow.interaction.id,
                browser: visitor.browser.unwrap_or_default(),
                device_code: &device.id,
                grant: &grant,
                consent: &consent,
                events: &events,
                now: context.now,
            })
            .await?;
        match answer {
            Answer::Committed => {
                events.iter().for_each(observe::event);
                Ok(Some(Conclusion::Device(flow.device_answer(DeviceOutcome::Allowed))))
            }
            Answer::AlreadyAnswered => Ok(None),
            Answer::SignedOut => Err(FlowProblem::SignedOut),
        }
    }

    /// Ends the request of a device with an error.
    pub(super) async fn refuse_device(
        &self,
        context: &Context,
        flow: &Flow,
        device: &DeviceCode,
        visitor: Visitor<'_>,
        error: OAuthError,
    ) -> Result<Option<Conclusion>, FlowProblem> {
        let mut event = context.event(EventKind::DeviceDenied);
        event.client_id = Some(flow.client.client_id.clone());
        event.username = visitor.authentication.map(|authentication| authentication.username.clone());
        event.detail = Some(match &error.detail {
            Some(detail) => format!("{} {detail}", error.description),
            None => error.description.clone(),
        });
        let browser = visitor.browser.unwrap_or_default();
        let events = std::slice::from_ref(&event);
        let id = &flow.interaction.id;
        match self.storage.deny_device(id, browser, &device.id, events, context.now).await? {
            Answer::Committed => {
                observe::event(&event);
                let outcome = match flow.step {
                    Step::Deny(_) => DeviceOutcome::Forbidden,
                    _ => DeviceOutcome::Denied,
                };
                Ok(Some(Conclusion::Device(flow.device_answer(outcome))))
            }
            // A refusal needs nobody who is signed in.
            Answer::AlreadyAnswered | Answer::SignedOut => Ok(None),
        }
    }

    /// The device of a pending authorization, if it still waits.
    pub(super) async fn waiting_device(
        &self,
        context: &Context,
        id: &str,
    ) -> Result<DeviceCode, FlowProblem> {
        let device = self.storage.device_code_of_flow(id).await?.ok_or(FlowProblem::Unknown)?;
        match device.state_at(context.now) {
            DeviceCodeState::Pending => Ok(device),
            _ => Err(FlowProblem::Answered),
        }
    }

    /// What the pages of an answered authorization say: of a device, how it was answered.
    pub(super) async fn answered(
        &self,
        context: &Context,
        interaction: &Interaction,
    ) -> Result<FlowProblem, FlowProblem> {
        let Some(id) = &interaction.device_code else { return Ok(FlowProblem::Answered) };
        let client = self.snapshot.client(&interaction.request.client_id);
        let device = self.storage.device_code_of_flow(id).await?;
        let (Some(client), Some(device)) = (client, device) else { return Ok(FlowProblem::Answered) };
        let outcome = match device.state_at(context.now) {
            DeviceCodeState::Approved { .. } | DeviceCodeState::Spent { .. } => DeviceOutcome::Allowed,
            DeviceCodeState::Denied => DeviceOutcome::Denied,
            DeviceCodeState::Pending | DeviceCodeState::Expired => return Ok(FlowProblem::Answered),
        };
        let client_name = client.client_name.clone();
        Ok(FlowProblem::DeviceAnswered(DeviceAnswer { client_name, outcome }))
    }
}

impl Flow {
    fn device_answer(&self, outcome: DeviceOutcome) -> DeviceAnswer {
        DeviceAnswer { client_name: self.client.client_name.clone(), outcome }
    }
}

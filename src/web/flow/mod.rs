//! The pages of a pending authorization. Each does its one thing and comes back to `/flow/ID`, which looks what
//! is next: no page knows another, and a refreshed page cannot skip a step.

pub(super) mod consent;
pub(super) mod enrol;
pub(super) mod form;
pub(super) mod second_factor;
pub(super) mod select_account;
pub(super) mod sign_in;

use axum::Extension;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use super::authorization_response::{redirect, send};
use super::error::Refusal;
use super::pages::ClientIdentity;
use super::pages::error::Fault;
use super::session::Visit;
use super::state::Incoming;
use crate::provider::authorization::{AuthorizationResponse, Flow, FlowProblem, Step};

/// The path of a pending authorization.
pub(super) fn path(id: &str) -> String {
    format!("/flow/{id}")
}

/// Shows the page that is next, or answers the relying party.
pub(super) async fn get(
    Extension(incoming): Extension<Incoming>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let open = match OpenFlow::of(incoming, &headers, &id).await {
        Ok(open) => open,
        Err(response) => return *response,
    };
    let page = match &open.flow.step {
        Step::SelectAccount => "select-account",
        Step::SignIn(_) => "sign-in",
        Step::SecondFactor => "second-factor",
        Step::Enrol => "enrol",
        Step::Consent => "consent",
        Step::Deny(_) | Step::Respond(_) => {
            let finished =
                open.incoming.provider.finish(&open.incoming.context, &open.flow, open.visit.visitor()).await;
            return open.conclude(finished);
        }
    };
    let location = open.incoming.path(&format!("/flow/{id}/{page}"));
    open.answer(redirect(&location))
}

/// A pending authorization, opened by the browser that owns it.
struct OpenFlow {
    incoming: Incoming,
    visit: Visit,
    flow: Flow,
}

impl OpenFlow {
    /// Opens it, or says why not.
    async fn of(incoming: Incoming, headers: &HeaderMap, id: &str) -> Result<Self, Box<Response>> {
        let visit = match Visit::of(&incoming, headers).await {
            Ok(visit) => visit,
            Err(error) => return Err(Box::new(incoming.unavailable(error))),
        };
        match incoming.provider.flow(&incoming.context, id, visit.visitor()).await {
            Ok(flow) => Ok(Self { incoming, visit, flow }),
            Err(problem) => Err(Box::new(refuse(&incoming, problem))),
        }
    }

    /// Who asks.
    fn client(&self) -> ClientIdentity {
        ClientIdentity {
            name: self.flow.client.client_name.clone(),
            host: self.flow.client.host().map(str::to_owned),
        }
    }

    /// Sends an answer with the cookies that changed.
    fn answer(self, response: Response) -> Response {
        self.visit.answer(&self.incoming, response)
    }

    /// Back to where the next step is looked up.
    fn next(self) -> Response {
        let location = self.incoming.path(&path(&self.flow.interaction.id));
        self.answer(redirect(&location))
    }

    /// The answer to the relying party; when somebody else gave it meanwhile, the page that says so.
    fn conclude(self, finished: Result<Option<AuthorizationResponse>, FlowProblem>) -> Response {
        let response = match finished {
            Ok(Some(answer)) => send(&self.incoming, answer),
            Ok(None) => self.incoming.fault(Fault::Answered),
            Err(problem) => refuse(&self.incoming, problem),
        };
        self.answer(response)
    }

    /// The person turned back.
    async fn cancel(self) -> Response {
        let cancelled =
            self.incoming.provider.cancel(&self.incoming.context, &self.flow, self.visit.visitor()).await;
        self.conclude(cancelled)
    }
}

fn refuse(incoming: &Incoming, problem: FlowProblem) -> Response {
    match problem {
        FlowProblem::Unknown | FlowProblem::Answered => incoming.fault(Fault::Answered),
        FlowProblem::OtherBrowser => incoming.fault(Fault::OtherBrowser),
        FlowProblem::Page(problem) => incoming.page_problem(problem),
        FlowProblem::Unavailable(error) => {
            incoming.refuse(Refusal { detail: error.detail, ..Refusal::of(Fault::Busy) })
        }
    }
}

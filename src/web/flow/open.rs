//! A pending authorization, opened by the browser that owns it.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::super::authorization_response::{redirect, send};
use super::super::csrf::Binding;
use super::super::error::{Early, Refusal};
use super::super::pages::ClientIdentity;
use super::super::pages::error::Fault;
use super::super::session::Visit;
use super::super::state::Incoming;
use super::device::device_answered;
use super::{form, path};
use crate::protocol::parameters::Parameters;
use crate::provider::authorization::{Conclusion, DeviceOutcome, Flow, FlowProblem, Step};
use crate::users::SignInProblem;

/// One page of a flow.
pub(super) struct FlowPage {
    /// The end of its path.
    pub stem: &'static str,
    /// The fields of its form, beside token and action; `*` at the end stands for any rest.
    pub fields: &'static [&'static str],
    /// Whether it is this page's turn.
    pub is_next: fn(&Step) -> bool,
    /// Whether its form is one person's: it does not outlive a change of the sign-in.
    pub personal: bool,
    /// What becomes of a form that comes when it is no longer the page's turn.
    pub late: Late,
}

/// What becomes of a form that comes late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// The person is led to where the flow stands: what the form asked for has been done in another tab.
    GoOn,
    /// It is refused: a proof counts once.
    Refuse,
}

/// A request to a page of a flow.
pub(in crate::web) struct Asked {
    incoming: Incoming,
    headers: HeaderMap,
    id: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let Extension(incoming): Extension<Incoming> =
            Extension::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        match Path::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self { incoming, headers: parts.headers.clone(), id }),
            // Not UTF-8: no flow has such an id.
            Err(_) => Err(incoming.fault(Fault::Answered)),
        }
    }
}

impl Asked {
    /// Opens the flow for the browser that owns it, or says why not.
    pub(super) async fn open(&self) -> Result<OpenFlow, Early> {
        let incoming = self.incoming.clone();
        let visit = match Visit::of(&incoming, &self.headers).await {
            Ok(visit) => visit,
            Err(error) => return Err(incoming.unavailable(error).into()),
        };
        match incoming.provider.flow(&incoming.context, &self.id, visit.visitor()).await {
            Ok(flow) => Ok(OpenFlow { incoming, visit, flow }),
            Err(problem) => {
                // A browser that claimed it before this failed must keep its name.
                let response = refuse(&incoming, problem);
                Err(visit.answer(&incoming, response).into())
            }
        }
    }

    /// Opens the flow to show a page; when it is not the page's turn, goes where it is.
    pub(super) async fn show(&self, page: &FlowPage) -> Result<OpenFlow, Early> {
        let open = self.open().await?;
        if (page.is_next)(&open.flow.step) { Ok(open) } else { Err(open.next().into()) }
    }

    /// Opens the flow to take a page's form; one that is forged, cancelled or out of turn is answered here.
    pub(super) async fn submit(
        &self,
        page: &FlowPage,
        body: &Bytes,
    ) -> Result<(OpenFlow, Parameters), Early> {
        let open = self.open().await?;
        let again = self.incoming.path(&path(&self.id));
        let name = open.form_name(page);
        let binding = open.binding(page, &name);
        let read = form::read(&open.incoming, &self.headers, body, binding, page.fields, again.clone());
        let form = match read {
            Ok(form) => form,
            Err(early) => return Err(open.answer(early.into_response()).into()),
        };
        if form.get("action") == Some("cancel") {
            return Err(open.cancel().await.into());
        }
        if (page.is_next)(&open.flow.step) {
            return Ok((open, form));
        }
        Err(match page.late {
            Late::GoOn => open.next().into(),
            Late::Refuse => {
                let refusal = Refusal { retry_url: Some(again), ..Refusal::of(Fault::StepTaken) };
                let response = open.incoming.refuse(refusal);
                open.answer(response).into()
            }
        })
    }
}

/// A pending authorization and the browser that owns it.
pub(super) struct OpenFlow {
    pub incoming: Incoming,
    pub visit: Visit,
    pub flow: Flow,
}

impl OpenFlow {
    /// The token of a page's form.
    pub fn csrf(&self, page: &FlowPage) -> String {
        self.binding(page, &self.form_name(page)).token(&self.incoming.provider.handles)
    }

    fn form_name(&self, page: &FlowPage) -> String {
        format!("{} {}", page.stem, self.flow.interaction.id)
    }

    fn binding<'a>(&'a self, page: &FlowPage, name: &'a str) -> Binding<'a> {
        if page.personal { self.visit.personal_binding(name) } else { self.visit.binding(name) }
    }

    /// Who asks.
    pub fn client(&self) -> ClientIdentity {
        ClientIdentity { name: self.flow.client.client_name.clone(), host: self.flow.host() }
    }

    /// Sends an answer with the cookies that changed.
    pub fn answer(self, response: Response) -> Response {
        self.visit.answer(&self.incoming, response)
    }

    /// Back to where the next step is looked up.
    pub fn next(self) -> Response {
        let location = self.incoming.path(&path(&self.flow.interaction.id));
        self.answer(redirect(&location))
    }

    /// The step needs no page: the relying party is answered.
    pub async fn finish(self) -> Response {
        let provider = &self.incoming.provider;
        let finished = provider.finish(&self.incoming.context, &self.flow, self.visit.visitor()).await;
        self.conclude(finished).await
    }

    /// The answer to the relying party; when somebody else gave it meanwhile, the page that says so.
    pub async fn conclude(self, finished: Result<Option<Conclusion>, FlowProblem>) -> Response {
        let response = match finished {
            Ok(Some(Conclusion::Client(answer))) => send(&self.incoming, answer),
            // The policy said no: what the flow's address shows afterwards does not tell that.
            Ok(Some(Conclusion::Device(answer))) if answer.outcome == DeviceOutcome::Forbidden => {
                device_answered(&self.incoming, answer)
            }
            Ok(Some(Conclusion::Device(_))) => return self.next(),
            Ok(None) => self.incoming.fault(Fault::Answered),
            Err(FlowProblem::SignedOut) => return self.next(),
            Err(problem) => refuse(&self.incoming, problem),
        };
        self.answer(response)
    }

    /// The page of a flow that cannot go on.
    pub fn refuse(self, problem: FlowProblem) -> Response {
        let response = refuse(&self.incoming, problem);
        self.answer(response)
    }

    /// The page of a proof that could not be judged.
    pub fn unproven(self, problem: SignInProblem) -> Response {
        let response = match problem {
            SignInProblem::Refused => self.incoming.fault(Fault::Internal),
            SignInProblem::Busy => self.incoming.fault(Fault::Busy),
            SignInProblem::Unavailable(error) => self.incoming.unavailable(error),
        };
        self.answer(response)
    }

    /// The person is someone else: the present sign-in ends, and the flow goes on with another.
    pub async fn switch_person(mut self) -> Response {
        if let Some(former) = self.visit.authentication().cloned()
            && let Err(error) =
                self.incoming.provider.end_session(&self.incoming.context, &former, None).await
        {
            let response = self.incoming.failed(&error);
            return self.answer(response);
        }
        self.visit.sign_out(&self.incoming);
        self.next()
    }

    /// The person turned back.
    async fn cancel(self) -> Response {
        let provider = &self.incoming.provider;
        let cancelled = provider.cancel(&self.incoming.context, &self.flow, self.visit.visitor()).await;
        self.conclude(cancelled).await
    }
}

fn refuse(incoming: &Incoming, problem: FlowProblem) -> Response {
    match problem {
        FlowProblem::Unknown | FlowProblem::Answered | FlowProblem::SignedOut => {
            incoming.fault(Fault::Answered)
        }
        FlowProblem::DeviceAnswered(answer) => device_answered(incoming, answer),
        FlowProblem::OtherBrowser => incoming.fault(Fault::OtherBrowser),
        FlowProblem::Page(problem) => incoming.page_problem(problem),
        FlowProblem::Unavailable(error) => incoming.failed(&error),
    }
}

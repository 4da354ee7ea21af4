//! `/flow/ID/enrol`: a person who has no one-time code sets one up.

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::ExposeSecret;

use super::super::error::{Early, Refusal, flow_page, with_status};
use super::super::pages::enrol::{Choice, Enrol};
use super::super::pages::error::Fault;
use super::super::refusal::Reason;
use super::super::sign_in;
use super::{Asked, FlowPage, Late, OpenFlow};
use crate::model::authentication::Authentication;
use crate::model::second_factor::{TotpAlgorithm, TotpParameters};
use crate::protocol::parameters::Parameters;
use crate::provider::authorization::Step;
use crate::settings::TotpSettings;
use crate::users::SignInProblem;

/// The page.
pub(super) const PAGE: FlowPage = FlowPage {
    stem: "enrol",
    fields: &["code", "algorithm", "digits", "period"],
    is_next: |step| *step == Step::Enrol,
    personal: false,
    late: Late::Refuse,
};

pub(in crate::web) async fn show(asked: Asked) -> Result<Response, Early> {
    Ok(page(asked.show(&PAGE).await?, false).await)
}

pub(in crate::web) async fn submit(asked: Asked, body: Bytes) -> Result<Response, Early> {
    let (mut open, form) = asked.submit(&PAGE, &body).await?;
    let Some(present) = open.visit.authentication().cloned() else { return Ok(open.next()) };
    if form.get("action") == Some("choose") {
        return Ok(choose(open, &present, &form).await);
    }
    let context = &open.incoming.context;
    let code = form.get("code").unwrap_or_default();
    let confirmed = open
        .incoming
        .provider
        .users
        .confirm_enrolment(
            &present.session,
            &present.username,
            code,
            &context.source(),
            Some(open.visit.browser_hash()),
        )
        .await;
    Ok(match confirmed {
        Ok(()) => match sign_in::second_factor(&open.incoming, &mut open.visit).await {
            Ok(()) => open.next(),
            Err(detail) => {
                let response = open.incoming.unavailable(detail);
                open.answer(response)
            }
        },
        Err(SignInProblem::Refused) => Reason::unproven(Some(&present.username)).on(page(open, true).await),
        Err(problem) => open.unproven(problem),
    })
}

/// The person's app takes other codes: a new seed with what they chose, if it is offered.
async fn choose(open: OpenFlow, present: &Authentication, form: &Parameters) -> Response {
    let users = &open.incoming.provider.users;
    let chosen = match chosen(&open.incoming.provider.snapshot.settings.totp, form) {
        Some(chosen) => users.choose_enrolment(&present.session, &present.username, chosen).await,
        None => Ok(false),
    };
    let response = match chosen {
        Ok(true) => return open.next(),
        Ok(false) => open.incoming.refuse(Refusal {
            detail: Some("the form has a choice that the page does not offer".to_owned()),
            ..Refusal::of(Fault::InvalidRequest)
        }),
        Err(error) => open.incoming.unavailable(error),
    };
    open.answer(response)
}

/// What the form says; what it does not ask is as the configuration has it.
fn chosen(settings: &TotpSettings, form: &Parameters) -> Option<TotpParameters> {
    let TotpParameters { algorithm, digits, period } = settings.parameters();
    Some(TotpParameters {
        algorithm: form.get("algorithm").map_or(Some(algorithm), TotpAlgorithm::parse)?,
        digits: form.get("digits").map_or(Some(digits), |digits| digits.parse().ok())?,
        period: form.get("period").map_or(Some(period), |period| period.parse().ok())?,
    })
}

fn choice(settings: &TotpSettings, present: TotpParameters) -> Option<Choice> {
    settings.offers_choice().then(|| Choice {
        algorithms: settings.allowed_algorithms.iter().map(|each| each.as_str()).collect(),
        digits: settings.allowed_digits.clone(),
        periods: settings.allowed_periods.clone(),
        algorithm: present.algorithm.as_str(),
        digit_count: present.digits,
        period: present.period,
        chosen: present != settings.parameters(),
    })
}

async fn page(open: OpenFlow, refused: bool) -> Response {
    let Some(present) = open.visit.authentication() else { return open.next() };
    let enrolment = open.incoming.provider.users.enrolment(&present.session, &present.username).await;
    let view = match enrolment {
        Ok(Some(view)) => view,
        // Enrolled meanwhile in another tab.
        Ok(None) => return open.next(),
        Err(error) => {
            let response = open.incoming.unavailable(error);
            return open.answer(response);
        }
    };
    let response = flow_page(&Enrol {
        page: open.incoming.page(),
        csrf: open.csrf(&PAGE),
        client: Some(open.client()),
        secret: view.secret.expose_secret().to_owned(),
        otpauth_uri: view.uri,
        digits: view.parameters.digits,
        choice: choice(&open.incoming.provider.snapshot.settings.totp, view.parameters),
        refused,
    });
    open.answer(if refused { with_status(response, StatusCode::BAD_REQUEST) } else { response })
}

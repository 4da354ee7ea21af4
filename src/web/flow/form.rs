//! A posted form: from our own page, with its token, and with no field that the page does not have.

use axum::body::Bytes;
use axum::http::HeaderMap;

use super::super::csrf::{self, Binding};
use super::super::error::{Early, Refusal};
use super::super::pages::error::Fault;
use super::super::parameters;
use super::super::state::Incoming;
use crate::protocol::parameters::Parameters;

/// The longest password that is looked at, in bytes; a longer one is wrong all the same.
pub(in crate::web) const MAX_FIELD: usize = 4096;

/// Whether a field of a page, by its name or with `*` by how its names begin, bears a name.
fn is(field: &str, name: &str) -> bool {
    match field.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => field == name,
    }
}

/// Reads a form that a page of ours posted.
pub(in crate::web) fn read(
    incoming: &Incoming,
    headers: &HeaderMap,
    body: &Bytes,
    binding: Binding<'_>,
    fields: &[&str],
    again: String,
) -> Result<Parameters, Early> {
    let forged = |detail: &str| {
        Early::from(incoming.refuse(Refusal {
            detail: Some(detail.to_owned()),
            retry_url: Some(again.clone()),
            ..Refusal::of(Fault::FormTooOld)
        }))
    };
    if !csrf::is_same_origin(headers, incoming.issuer()) {
        return Err(forged("the form came from another site"));
    }
    if !parameters::is_form(headers) {
        return Err(forged("the body is no form"));
    }
    let form = Parameters::parse(body).map_err(|error| incoming.failed(&error.into()))?;
    if !binding.matches(&incoming.provider.handles, form.get("csrf")) {
        return Err(forged("the form's token is missing or another's"));
    }
    let known = |name: &str| name == "csrf" || name == "action" || fields.iter().any(|field| is(field, name));
    let sound = form.repeated().is_none()
        && form.pairs().all(|(name, value)| known(name) && value.len() <= MAX_FIELD);
    if sound {
        Ok(form)
    } else {
        Err(Early::from(incoming.refuse(Refusal {
            detail: Some("the form has a field that the page does not have".to_owned()),
            ..Refusal::of(Fault::InvalidRequest)
        })))
    }
}

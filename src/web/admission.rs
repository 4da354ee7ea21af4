//! The way in: request id, issuer by Host, client address, base path; security headers on the way out.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use tracing::Instrument as _;

use super::error::{Refusal, refuse};
use super::pages::PageContext;
use super::pages::error::Fault;
use super::refusal::{Arrival, Reason, endpoint};
use super::router::Answerer;
use super::state::{Incoming, WebState};
use super::{headers, limits};
use crate::clock::Stopwatch;
use crate::model::issuer::Issuer;
use crate::model::refusal::{self, REQUEST_ID_LENGTH, REQUEST_ID_LETTERS};
use crate::observe;
use crate::provider::Provider;
use crate::provider::context::Context;
use crate::secrets::random::random_text;

/// The longest `User-Agent` that is looked at, in bytes.
const MAX_USER_AGENT: usize = 512;

/// The longest `Host` that is told, in characters.
const MAX_HOST: usize = 200;

/// What answered a request that no row of the router's table fits.
const NOBODY: &str = "none";

/// Lets a request in, or answers it here; every line of the log that is written meanwhile carries its id.
pub(super) async fn admit(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let stopwatch = Stopwatch::start();
    let method = request.method().clone();
    let request_id = random_text(REQUEST_ID_LENGTH, REQUEST_ID_LETTERS);
    let span = tracing::info_span!("request", request_id);
    let response = let_in(state, request_id, request, next).instrument(span).await;
    let answerer = response.extensions().get().map_or(NOBODY, |Answerer(path)| path);
    observe::answered(answerer, method.as_str(), response.status().as_u16(), stopwatch.elapsed());
    response
}

async fn let_in(state: WebState, request_id: String, mut request: Request, next: Next) -> Response {
    let provider = state.provider.load_full();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let address = client_address(
        peer.unwrap_or(IpAddr::from([0, 0, 0, 0])),
        request.headers(),
        &provider.snapshot.settings.server.trusted_proxies,
    );
    let unreadable = limits::judge(&request, provider.snapshot.settings.server.header_bytes);
    let method = request.method().clone();
    let named = issuer_index(&provider, &request)
        .and_then(|index| Some((index, provider.snapshot.settings.sessions.get(index)?.issuer.clone())));
    let index = named.as_ref().map(|(index, _)| *index);
    let incoming = named.map(|(index, issuer)| {
        strip_base_path(&mut request, issuer.base_path());
        let context = Context {
            issuer,
            address,
            request_id: request_id.clone(),
            user_agent: user_agent(request.headers()),
            now: provider.clock.now(),
        };
        Incoming::new(provider.clone(), context, state.sessions.clone(), request.method().clone(), index)
    });
    let on_any_host =
        incoming.is_none() && unreadable.is_none() && answers_on_any_host(&provider, &mut request);
    let path = request.uri().path().to_owned();
    let mut response = if let Some(unreadable) = unreadable {
        let page = incoming
            .as_ref()
            .map_or_else(|| PageContext::new("", provider.snapshot.settings.theme, ""), Incoming::page);
        unreadable.answer(&path, page, &request_id)
    } else if incoming.is_none() && !on_any_host {
        wrong_host(&provider, &request, &request_id)
    } else {
        request.extensions_mut().insert(provider.clone());
        if let Some(incoming) = incoming {
            request.extensions_mut().insert(incoming);
        }
        next.run(request).await
    };
    let issuer = index.and_then(|index| Some(&provider.snapshot.settings.sessions.get(index)?.issuer));
    let status = response.status();
    tracing::debug!(endpoint = endpoint(&method, &path), status = status.as_u16(), %address, "answered");
    // What looks after the process asks again and again, and is told in words of its own.
    if !path.starts_with("/api/health")
        && let Some(reason) = Reason::told_by(&mut response)
    {
        let issuer = issuer.map(|issuer| issuer.as_str().to_owned());
        let arrival = Arrival { request_id: &request_id, address, issuer, now: provider.clock.now() };
        let refusal = reason.kept(arrival, endpoint(&method, &path), status);
        tell(&refusal);
        state.refusals.put(refusal);
    }
    finish(response, &request_id, issuer.is_some_and(Issuer::is_https))
}

/// The line of a refusal.
fn tell(refusal: &refusal::Refusal) {
    tracing::info!(
        error = refusal.error,
        reason = refusal.reason,
        client = refusal.client_id,
        username = refusal.username,
        endpoint = refusal.endpoint,
        status = refusal.status,
        issuer = refusal.issuer,
        address = %refusal.address,
        "request refused"
    );
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.as_bytes();
    let text = text.get(..MAX_USER_AGENT).unwrap_or(text);
    Some(String::from_utf8_lossy(text).into_owned())
}

fn finish(mut response: Response, request_id: &str, https: bool) -> Response {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    headers::secure(&mut response, https);
    response
}

/// Health is asked by address; the style sheet belongs to the page that says the Host is wrong.
fn answers_on_any_host(provider: &Provider, request: &mut Request) -> bool {
    for session in &provider.snapshot.settings.sessions {
        strip_base_path(request, session.issuer.base_path());
    }
    let path = request.uri().path();
    path == "/api/health" || path.starts_with("/api/health/") || path.starts_with("/static/")
}

/// The issuer that the request's Host names: X-Forwarded-Host is never read.
fn issuer_index(provider: &Provider, request: &Request) -> Option<usize> {
    let hosts = request.headers().get_all(header::HOST);
    let mut hosts = hosts.iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok()?,
        (None, _) => request.uri().authority()?.as_str(),
        (Some(_), Some(_)) => return None,
    };
    let sessions = &provider.snapshot.settings.sessions;
    let found = |host: &str| {
        sessions.iter().position(|session| session.issuer.authority().eq_ignore_ascii_case(host))
    };
    // A browser leaves a default port out; other programs may write it.
    found(host).or_else(|| {
        let bare = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80"))?;
        let index = found(bare)?;
        let https = sessions.get(index)?.issuer.is_https();
        (https == host.ends_with(":443")).then_some(index)
    })
}

/// Routes know no base path: it is taken off before they are matched. Well-known documents may be asked for with
/// the base path at their end as well (RFC 8414 §3.1), and after two slashes, by programs that were told the issuer with
/// a slash at its end.
fn strip_base_path(request: &mut Request, base: &str) {
    strip_base(request, base);
    let one_slash = request.uri().path_and_query().and_then(|uri| uri.as_str().strip_prefix('/'));
    if let Some(uri) = one_slash.filter(|uri| uri.starts_with("/.well-known/"))
        && let Ok(uri) = uri.parse()
    {
        *request.uri_mut() = uri;
    }
}

fn strip_base(request: &mut Request, base: &str) {
    if base.is_empty() {
        return;
    }
    let path = request.uri().path();
    if let Some(well_known) = path.strip_suffix(base)
        && well_known.starts_with("/.well-known/")
        && let Ok(uri) = well_known.parse()
    {
        *request.uri_mut() = uri;
        return;
    }
    let Some(rest) = request.uri().path_and_query().and_then(|uri| uri.as_str().strip_prefix(base)) else {
        return;
    };
    let stripped = match rest.chars().next() {
        Some('/') => rest.parse::<Uri>().ok(),
        None | Some('?') => format!("/{rest}").parse().ok(),
        Some(_) => None,
    };
    if let Some(uri) = stripped {
        *request.uri_mut() = uri;
    }
}

/// The address a request came from: of its connection, or, behind trusted proxies, the first address from the
/// right of `X-Forwarded-For` that is not one of them.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let trusts = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let peer = peer.to_canonical();
    if !trusts(&peer) {
        return peer;
    }
    // Byte by byte from the right: what a stranger wrote in front must not hide what a proxy wrote behind it.
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let mut nearest = peer;
    for hop in lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')) {
        let address = std::str::from_utf8(hop.trim_ascii()).ok().and_then(|hop| hop.parse::<IpAddr>().ok());
        let Some(address) = address else { return nearest };
        nearest = address.to_canonical();
        if !trusts(&nearest) {
            return nearest;
        }
    }
    nearest
}

fn wrong_host(provider: &Provider, request: &Request, request_id: &str) -> Response {
    let issuers = provider.snapshot.settings.sessions.iter().map(|session| session.issuer.to_string());
    let mut refusal = Refusal::of(Fault::WrongHost);
    refusal.issuers = issuers.collect();
    let hosts = request.headers().get_all(header::HOST).iter();
    let hosts: Vec<String> =
        hosts.map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned()).collect();
    let named: String = hosts.join(", ").chars().take(MAX_HOST).collect();
    refusal.detail = Some(format!("{}: '{named}'", Fault::WrongHost.reason()));
    refuse(PageContext::new("", provider.snapshot.settings.theme, ""), request_id, refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let forwarded: Vec<&[u8]> = forwarded.iter().map(|line| line.as_bytes()).collect();
        address_of(peer, &forwarded, trusted)
    }

    fn address_of(peer: &str, forwarded: &[&[u8]], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn nobody_is_believed_who_is_not_trusted() {
        assert_eq!(address("192.0.2.7", &["203.0.113.9"], &[]), "192.0.2.7");
        assert_eq!(address("127.0.0.1", &["203.0.113.9"], &["10.0.0.0/8"]), "127.0.0.1");
    }

    #[test]
    fn the_first_stranger_from_the_right_is_the_client() {
        let proxies = ["10.0.0.0/8", "127.0.0.1/32"];
        assert_eq!(address("10.0.0.1", &["1.1.1.1, 203.0.113.9, 10.0.0.2"], &proxies), "203.0.113.9");
        assert_eq!(address("10.0.0.1", &["1.1.1.1", "203.0.113.9"], &proxies), "203.0.113.9");
        assert_eq!(address("::ffff:10.0.0.1", &["203.0.113.9"], &proxies), "203.0.113.9");
        assert_eq!(address("10.0.0.1", &["nonsense"], &proxies), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &["203.0.113.9, nonsense, 10.0.0.3"], &proxies), "10.0.0.3");
        assert_eq!(address("10.0.0.1", &[], &proxies), "10.0.0.1");
    }

    #[test]
    fn what_a_stranger_writes_in_front_hides_nothing_that_a_proxy_writes_behind_it() {
        let proxies = ["10.0.0.0/8"];
        for hidden in [&b"\xff"[..], b"1.1.1.1\xc3", "ä, größe".as_bytes(), b"\t", b"", b"\xff\xfe,\xff"] {
            let appended = [hidden, b", 203.0.113.9"].concat();
            assert_eq!(address_of("10.0.0.1", &[&appended], &proxies), "203.0.113.9", "{hidden:?}");
            assert_eq!(
                address_of("10.0.0.1", &[hidden, b"203.0.113.9"], &proxies),
                "203.0.113.9",
                "{hidden:?}"
            );
            let passed_on = [hidden, b", 203.0.113.9, 10.0.0.2"].concat();
            assert_eq!(address_of("10.0.0.1", &[&passed_on], &proxies), "203.0.113.9", "{hidden:?}");
        }
        assert_eq!(address_of("10.0.0.1", &[b"203.0.113.9, \xff"], &proxies), "10.0.0.1");
    }
}

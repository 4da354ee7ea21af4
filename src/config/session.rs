//! `session`: each cookie is one issuer.

use std::net::IpAddr;

use url::Url;

use super::duration::{self, Span};
use super::section::{Found, Section, shown, what_and_mend};
use crate::clock::Seconds;
use crate::model::issuer::{Issuer, IssuerProblem};
use crate::settings::{IssuerSettings, Server};

const DEFAULT_NAME: &str = "signet_session";
const BROWSER_NAME: &str = "signet_browser";
const EXPIRATION: Span = Span::of_seconds(3600);
const INACTIVITY: Span = Span::of_seconds(300);
const REMEMBER_ME: Span = Span::of_seconds(30 * 86_400);

pub(super) fn sessions(root: &Section<'_>, base_path: &str) -> Vec<IssuerSettings> {
    let section = root.section("session");
    let cookies = section.list("cookies");
    if section.lacks_items("cookies") {
        section.error(
            "cookies",
            "missing",
            "at least one cookie is needed: each is an issuer",
            "add an entry with `domain` and `authelia_url`, for example https://auth.example.com",
        );
    }
    same_site(&section);
    let mut sessions: Vec<IssuerSettings> = Vec::new();
    for cookie in &cookies {
        let Some(session) = one(cookie, &section, base_path) else { continue };
        for other in &sessions {
            if overlap(&session.domain, &other.domain) {
                cookie.error(
                    "domain",
                    "duplicate_domain",
                    format!(
                        "the domain overlaps with '{}', so both would share cookies",
                        shown(&other.domain)
                    ),
                    "use domains of which none lies within another",
                );
            } else if session.issuer.authority() == other.issuer.authority() {
                cookie.error(
                    "authelia_url",
                    "duplicate_issuer",
                    "another cookie has an authelia_url with the same host",
                    "give each cookie a host of its own",
                );
            }
        }
        sessions.push(session);
    }
    sessions
}

fn one(cookie: &Section<'_>, section: &Section<'_>, base_path: &str) -> Option<IssuerSettings> {
    same_site(cookie);
    let domain =
        cookie.required("domain", "write the domain that the apps and Signet share, for example example.com");
    let url = cookie.required(
        "authelia_url",
        "write the address people reach Signet at, for example https://auth.example.com",
    );
    let issuer = url.as_ref().and_then(|url| issuer(url, base_path));
    if let Some(domain) = &domain {
        if domain.text.starts_with("*.") || domain.text.starts_with('.') {
            let says = "the domain must not begin with a dot or a wildcard";
            domain.error("bad_domain", says, "write for example example.com");
        } else if domain.text.contains(['/', ':'])
            && !domain.text.starts_with('[')
            && domain.text.parse::<std::net::IpAddr>().is_err()
        {
            let says = "the domain is more than a host: it has a scheme, a port or a path";
            domain.error("bad_domain", says, "write the host alone, for example example.com");
        } else if let Some(issuer) = &issuer {
            check_domain(domain, issuer, cookie);
        }
    }
    let name = cookie.text("name").or_else(|| section.text("name"));
    if let Some(name) = &name {
        check_name(name);
    }
    let (domain, url, issuer) = (domain?, url?, issuer?);
    let word = name.map_or(DEFAULT_NAME, |name| name.text);
    let prefix = if issuer.is_https() { "__Host-" } else { "" };
    let either = |key| cookie.time_if(key).or_else(|| section.time_if(key));
    Some(IssuerSettings {
        cookie_name: format!("{prefix}{word}"),
        browser_cookie_name: format!("{prefix}{BROWSER_NAME}"),
        domain: domain.text.to_owned(),
        expiration: either("expiration").unwrap_or(EXPIRATION).seconds(),
        inactivity: either("inactivity").unwrap_or(INACTIVITY).seconds(),
        remember_me: remember_me(cookie, section),
        default_redirection_url: default_redirection_url(cookie, &issuer),
        origin: url.origin(),
        issuer,
    })
}

fn check_name(name: &Found<'_>) {
    if !name.text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) {
        name.error(
            "bad_value",
            "the name has a character that cookie names may not have",
            "use letters, digits, _ - .",
        );
    } else if name.text == BROWSER_NAME {
        name.error(
            "bad_value",
            "the cookie that marks the browser has this name, and the two would replace each other",
            format!("choose another, or take the option out for {DEFAULT_NAME}"),
        );
    }
}

fn default_redirection_url(cookie: &Section<'_>, issuer: &Issuer) -> Option<Url> {
    let found = cookie.text("default_redirection_url")?;
    let url = link(&found)?;
    let own = Url::parse(issuer.as_str()).ok()?;
    let same_path = url.path().trim_end_matches('/') == own.path().trim_end_matches('/');
    if url.origin() == own.origin() && same_path {
        found.error(
            "bad_url",
            "the URL is that of Signet itself, so people would go round in circles",
            "write where people want to be, for example https://www.example.com",
        );
        return None;
    }
    if issuer.is_https() && url.scheme() == "http" {
        found.error(
            "bad_url",
            "people would leave an https page for one that others can read and change",
            "begin it with https://",
        );
        return None;
    }
    Some(url)
}

/// An address that a page links to: absolute, of the web, without a password.
pub(super) fn link(found: &Found<'_>) -> Option<Url> {
    let url =
        Url::parse(found.text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(url) = url else {
        found.error(
            "bad_url",
            "the value is no address of the web",
            "write it whole, for example https://www.example.com",
        );
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        found.error(
            "bad_url",
            "everyone who sees the page would read the name and password in the URL",
            "take them out",
        );
        return None;
    }
    Some(url)
}

fn same_site(section: &Section<'_>) {
    let Some(found) = section.text("same_site") else { return };
    match found.text {
        "strict" => found.error(
            "bad_value",
            "with 'strict' the cookie is missing when an app sends people here, so everyone signs in each time",
            "write lax, or take the option out",
        ),
        "none" => found.warn(
            "not_in_this_version",
            "cookies are sent with SameSite=Lax, which is stricter",
            "write lax, or take the option out",
        ),
        _ => {}
    }
}

fn issuer(url: &Found<'_>, base_path: &str) -> Option<Issuer> {
    match Issuer::parse(url.text) {
        Ok(issuer) => {
            if !base_path.is_empty() && issuer.base_path() != base_path {
                url.error(
                    "bad_issuer",
                    format!("the URL must have the path of server.address, {base_path}"),
                    format!("end it with {base_path}, or take the path out of server.address"),
                );
            }
            Some(issuer)
        }
        Err(problem) => {
            let (says, _) = what_and_mend(problem);
            let mend = match problem {
                IssuerProblem::PlainHttp | IssuerProblem::Scheme => {
                    "begin it with https://, and speak TLS with server.tls or with a proxy in front of Signet"
                }
                IssuerProblem::NotAbsolute | IssuerProblem::Extra => {
                    "write for example https://auth.example.com"
                }
            };
            let code = if problem == IssuerProblem::PlainHttp { "http_issuer" } else { "bad_issuer" };
            url.error(code, format!("the URL cannot be an issuer: {says}"), mend);
            None
        }
    }
}

fn check_domain(domain: &Found<'_>, issuer: &Issuer, cookie: &Section<'_>) {
    let name = domain.text;
    let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if issuer.is_https() && !name.contains('.') && !is_address {
        domain.error("bad_domain", "the domain must contain a dot", "write for example example.com");
    }
    let host = host(issuer);
    let within = host == name || host.trim_matches(['[', ']']) == name || host.ends_with(&format!(".{name}"));
    if !within {
        cookie.error(
            "authelia_url",
            "bad_issuer",
            format!("the host of the URL does not lie within the domain '{}'", shown(name)),
            "correct the URL or the domain",
        );
    }
}

/// The host of an issuer, without its port.
fn host(issuer: &Issuer) -> &str {
    let authority = issuer.authority();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn overlap(a: &str, b: &str) -> bool {
    a == b || a.ends_with(&format!(".{b}")) || b.ends_with(&format!(".{a}"))
}

fn remember_me(cookie: &Section<'_>, section: &Section<'_>) -> Option<Seconds> {
    let zero = Span::of_seconds(0);
    let span = [cookie, section]
        .into_iter()
        .filter_map(|from| from.text("remember_me"))
        .filter_map(|found| duration::parse(found.text).ok())
        .find(|span| *span != zero)
        .unwrap_or(REMEMBER_ME);
    (span > zero).then(|| span.seconds())
}

/// Tells the listener's TLS which hosts people come to.
pub(super) fn name_hosts(root: &Section<'_>, sessions: &[IssuerSettings], server: &mut Server) {
    let Some(tls) = &mut server.tls else { return };
    let (https, http): (Vec<&Issuer>, Vec<&Issuer>) =
        sessions.iter().map(|session| &session.issuer).partition(|issuer| issuer.is_https());
    tls.hosts = https.into_iter().map(|issuer| host(issuer).to_owned()).collect();
    tls.hosts.dedup();
    for issuer in http {
        root.section("server").warn(
            "tls",
            "http_issuer",
            format!("the listener speaks TLS, but the issuer {issuer} begins with http://: nobody reaches it there"),
            "begin the issuer with https://, or take server.tls out",
        );
    }
}

/// Without a trusted proxy everyone behind it has its address; without a proxy nobody is behind one. Where all have one
/// address, a stranger could use up the failures that a client, or that everybody who types a user code, may have:
/// neither is limited by it.
pub(super) fn judge_proxy(root: &Section<'_>, sessions: &[IssuerSettings], server: &mut Server) {
    let proxied = server.tls.is_none() && sessions.iter().any(|session| session.issuer.is_https());
    if proxied && server.trusted_proxies.is_empty() {
        server.shared_address = true;
        server.rate_limits = std::mem::take(&mut server.rate_limits).of_people();
        root.section("server").warn(
            "trusted_proxies",
            "no_trusted_proxy",
            "the issuer is https, server.tls is not set and no proxy is trusted, so everyone seems to come from the proxy's address: \
             regulation and networks in policies count them as one, and the limits of server.endpoints.rate_limits are off at \
             the provider's endpoints, and that of wrong user codes from one address, where one stranger could shut out everybody",
            "name the addresses or networks of the proxy in server.trusted_proxies, or set server.tls",
        );
    }
}

//! What is asked of the provider.

use crate::Outcome;
use crate::browser::{self, Browser, CODE_VERIFIER};
use crate::http::{Connection, get, post};
use crate::load::CONNECTIONS;
use crate::openssl::Signature;
use crate::site::{REDIRECT_URI, Site};

const TOKEN: &str = "/api/oidc/token";
/// What the person signs in for.
const SCOPE: &str = "openid profile email";

/// One thing that is done again and again over one connection.
pub trait Step: Send {
    /// Does it once.
    fn run(&mut self, connection: &mut Connection) -> Outcome<()>;
}

/// A step for each connection.
pub struct Workload {
    /// Its line in the report.
    pub name: &'static str,
    /// The signature it waits for.
    pub signature: Option<Signature>,
    /// Its steps.
    pub steps: Vec<Box<dyn Step>>,
}

/// The hello server's.
pub fn hello(address: &str) -> Vec<Box<dyn Step>> {
    each(|| Ok(always(get(address, "/", &[]), 200))).unwrap_or_default()
}

/// Prepares every workload whose name has `wanted` in it: signs in, gets the tokens it needs, and lets the provider
/// see each client's secret once.
pub fn all(site: &Site, wanted: &str) -> Outcome<Vec<Workload>> {
    let host = site.address.as_str();
    let connection = &mut Connection::open(host)?;
    let mut workloads = Vec::new();
    let mut add = |name, signature, steps: &mut dyn FnMut() -> Outcome<Vec<Box<dyn Step>>>| -> Outcome<()> {
        if name_fits(name, wanted) {
            workloads.push(Workload { name, signature, steps: steps()? });
        }
        Ok(())
    };
    let same = |request: Vec<u8>, status: u16| each(|| Ok(always(request.clone(), status)));

    add("discovery", None, &mut || same(get(host, "/.well-known/openid-configuration", &[]), 200))?;
    add("jwks", None, &mut || same(get(host, "/jwks.json", &[]), 200))?;
    for (name, client_id, signature) in [
        ("token client_credentials, opaque", "service", None),
        ("token client_credentials, ES256", "service-es256", Some(Signature::Es256)),
        ("token client_credentials, RS256", "service-rs256", Some(Signature::Rs256)),
    ] {
        add(name, signature, &mut || {
            connection.expect(&client_credentials(host, client_id), 200)?;
            same(client_credentials(host, client_id), 200)
        })?;
    }
    add("introspection", None, &mut || {
        each(|| {
            let token =
                connection.expect(&client_credentials(host, "service"), 200)?.member("access_token")?;
            let request = post(
                host,
                "/api/oidc/introspection",
                &[("Authorization", &Site::basic("api"))],
                &[("token", &token)],
            );
            let answer = connection.expect(&request, 200)?;
            if !String::from_utf8_lossy(&answer.body).contains("\"active\":true") {
                return Err("the token is not active".into());
            }
            Ok(always(request, 200))
        })
    })?;
    let mut browser = Browser::default();
    add("userinfo", None, &mut || {
        each(|| {
            let code = browser.authorize(site, connection, SCOPE)?;
            let token = connection.expect(&redeem(host, &code), 200)?.member("access_token")?;
            let header = format!("Bearer {token}");
            Ok(always(get(host, "/api/oidc/userinfo", &[("Authorization", &header)]), 200))
        })
    })?;
    add("pushed authorization request", None, &mut || {
        let asked = browser::request(SCOPE);
        let form: Vec<(&str, &str)> = asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = "/api/oidc/pushed-authorization-request";
        let request = post(host, path, &[("Authorization", &Site::basic("web"))], &form);
        connection.expect(&request, 201)?;
        same(request, 201)
    })?;
    add("refresh, ID token RS256", Some(Signature::Rs256), &mut || {
        each(|| {
            let code = browser.authorize(site, connection, &format!("{SCOPE} offline_access"))?;
            let refresh_token = connection.expect(&redeem(host, &code), 200)?.member("refresh_token")?;
            Ok(Box::new(Refresh { host: host.to_owned(), refresh_token }))
        })
    })?;
    add("code flow, ID token RS256", Some(Signature::Rs256), &mut || {
        browser.authorize(site, connection, SCOPE)?;
        let cookie = browser.cookie();
        each(|| {
            let authorize = get(host, &browser::authorization_path(SCOPE), &[("Cookie", &cookie)]);
            Ok(Box::new(CodeFlow { host: host.to_owned(), authorize }))
        })
    })?;
    Ok(workloads)
}

/// Whether a part is asked for.
pub fn name_fits(name: &str, wanted: &str) -> bool {
    name.to_lowercase().contains(&wanted.to_lowercase())
}

fn each(mut step: impl FnMut() -> Outcome<Box<dyn Step>>) -> Outcome<Vec<Box<dyn Step>>> {
    (0..CONNECTIONS).map(|_| step()).collect()
}

fn always(request: Vec<u8>, status: u16) -> Box<dyn Step> {
    Box::new(Always { request, status })
}

/// A token request of a client that stands for itself.
pub fn client_credentials(host: &str, client_id: &str) -> Vec<u8> {
    let form =
        [("grant_type", "client_credentials"), ("scope", "read"), ("audience", "https://api.example.com")];
    post(host, TOKEN, &[("Authorization", &Site::basic(client_id))], &form)
}

fn redeem(host: &str, code: &str) -> Vec<u8> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", CODE_VERIFIER),
    ];
    post(host, TOKEN, &[("Authorization", &Site::basic("web"))], &form)
}

/// The same request each time.
struct Always {
    request: Vec<u8>,
    status: u16,
}

impl Step for Always {
    fn run(&mut self, connection: &mut Connection) -> Outcome<()> {
        connection.expect(&self.request, self.status).map(drop)
    }
}

/// A family of refresh tokens, each used once.
struct Refresh {
    host: String,
    refresh_token: String,
}

impl Step for Refresh {
    fn run(&mut self, connection: &mut Connection) -> Outcome<()> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", &self.refresh_token)];
        let request = post(&self.host, TOKEN, &[("Authorization", &Site::basic("web"))], &form);
        self.refresh_token = connection.expect(&request, 200)?.member("refresh_token")?;
        Ok(())
    }
}

/// An authorization request of a browser that is signed in, and the redemption of its code.
struct CodeFlow {
    host: String,
    authorize: Vec<u8>,
}

impl Step for CodeFlow {
    fn run(&mut self, connection: &mut Connection) -> Outcome<()> {
        let code = browser::code(&connection.expect(&self.authorize, 303)?)?;
        connection.expect(&redeem(&self.host, &code), 200)?.member("id_token").map(drop)
    }
}

//! An authorization request as a relying party writes it.

/// The proof key of every request (RFC 7636 Appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The state of every request.
pub const STATE: &str = "state-of-the-request";
/// The nonce of every request.
pub const NONCE: &str = "nonce-of-the-request";

/// The parameters of a request; a right one unless a test changes it.
#[derive(Clone, Debug)]
pub struct Ask(Vec<(String, String)>);

/// The first redirect URI of each client in `base.yml`.
pub fn redirect_uri(client_id: &str) -> &'static str {
    match client_id {
        "web-2fa" => "https://rp.example.com/2fa",
        "spa" => "https://rp.example.com/spa",
        "post" => "https://rp.example.com/post",
        "jwt" => "https://rp.example.com/jwt",
        _ => "https://rp.example.com/callback",
    }
}

impl Ask {
    /// For `openid`, with state, nonce and proof key.
    pub fn of(client_id: &str) -> Self {
        [VERIFIER, STATE, NONCE].into_iter().for_each(super::secrets::issued);
        let pairs = [
            ("client_id", client_id),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri(client_id)),
            ("scope", "openid"),
            ("state", STATE),
            ("nonce", NONCE),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// Without any parameter.
    pub fn empty() -> Self {
        Self(Vec::new())
    }

    /// Changes a parameter, or adds it.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(present, _)| present == name) {
            Some((_, present)) => *present = value.to_owned(),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Adds a parameter, be it there or not.
    pub fn add(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(present, _)| present != name);
        self
    }

    pub fn without_pkce(self) -> Self {
        self.without("code_challenge").without("code_challenge_method")
    }

    pub fn scope(self, scope: &str) -> Self {
        self.set("scope", scope)
    }

    pub fn prompt(self, prompt: &str) -> Self {
        self.set("prompt", prompt)
    }

    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// As a form body or a query.
    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// As the path of a GET.
    pub fn path(&self) -> String {
        format!("/api/oidc/authorization?{}", self.encoded())
    }
}

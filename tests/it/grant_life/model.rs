//! What must be true of grants, in as few words as it can be said.

use serde_json::Value;

/// Lifespans of `base.yml`, which are the defaults, in seconds.
const CODE: i64 = 60;
const ACCESS_TOKEN: i64 = 3600;
const REFRESH_TOKEN: i64 = 5400;

/// One person, and what grew from each of their consents.
pub struct Model {
    pub enabled: bool,
    pub families: Vec<Family>,
}

impl Default for Model {
    fn default() -> Self {
        Self { enabled: true, families: Vec::new() }
    }
}

/// A code and all that came of it.
pub struct Family {
    pub code: String,
    pub revoked: bool,
    pub access: Vec<Token>,
    pub refresh: Vec<Token>,
    offline: bool,
    code_used: bool,
    code_ends: i64,
}

/// A token.
pub struct Token {
    pub text: String,
    pub ends: i64,
    pub used: bool,
}

impl Family {
    pub fn new(code: String, offline: bool, now: i64) -> Self {
        Self {
            code,
            revoked: false,
            access: Vec::new(),
            refresh: Vec::new(),
            offline,
            code_used: false,
            code_ends: now + CODE,
        }
    }

    /// Tokens were issued.
    pub fn got(&mut self, body: &Value, now: i64) {
        let token = |name: &str, life: i64| {
            let text = body.get(name).and_then(Value::as_str)?.to_owned();
            Some(Token { text, ends: now + life, used: false })
        };
        self.access.extend(token("access_token", ACCESS_TOKEN));
        self.refresh.extend(token("refresh_token", REFRESH_TOKEN));
        assert_eq!(self.refresh.is_empty(), !self.offline, "refresh tokens are for offline_access");
    }

    /// The owner came without the right proof: the code is spent.
    pub fn fail_proof(&mut self) {
        self.code_used = true;
    }

    /// What is not for later ends with the sign-in.
    pub fn signed_out(&mut self) {
        self.revoked |= !self.offline;
    }
}

impl Model {
    pub fn pick(&self, number: usize) -> Option<usize> {
        number.checked_rem(self.families.len())
    }

    pub fn pick_access(&self, family: usize, token: usize) -> Option<(usize, usize)> {
        let family = self.pick(family)?;
        Some((family, token.checked_rem(self.families[family].access.len())?))
    }

    pub fn pick_refresh(&self, family: usize, token: usize) -> Option<(usize, usize)> {
        let family = self.pick(family)?;
        Some((family, token.checked_rem(self.families[family].refresh.len())?))
    }

    /// A code gives tokens once, in time, to a person who stands; a second time ends everything.
    pub fn redeem(&mut self, family: usize, now: i64) -> bool {
        let enabled = self.enabled;
        let family = &mut self.families[family];
        if !family.code_used && now >= family.code_ends {
            return false;
        }
        if family.revoked || !enabled || family.code_used {
            family.revoked = true;
            return false;
        }
        family.code_used = true;
        true
    }

    /// So does a refresh token.
    pub fn refresh(&mut self, family: usize, token: usize, now: i64) -> bool {
        let enabled = self.enabled;
        let family = &mut self.families[family];
        let (used, ends) = (family.refresh[token].used, family.refresh[token].ends);
        if !used && now >= ends {
            return false;
        }
        if family.revoked || !enabled || used {
            family.revoked = true;
            return false;
        }
        family.refresh[token].used = true;
        true
    }

    pub fn access_stands(&self, family: &Family, token: &Token, now: i64) -> bool {
        self.enabled && !family.revoked && now < token.ends
    }

    pub fn refresh_stands(&self, family: &Family, token: &Token, now: i64) -> bool {
        self.enabled && !family.revoked && !token.used && now < token.ends
    }
}

//! What crypt(3) of Linux writes: SHA-crypt (`$5$`, `$6$`) and yescrypt (`$y$`).

use sha_crypt::{PasswordVerifier, ShaCrypt};
use yescrypt::{Mode, Params, Yescrypt};

use super::DigestProblem;
use super::fields::Of;

pub(super) const YESCRYPT: &str = "yescrypt";

const MOST_ROUNDS: u32 = 5_000_000;
/// 4 GiB in bytes.
const MOST_MEMORY: u64 = 4 << 30;

#[derive(Clone)]
pub(super) struct ShaCryptDigest {
    name: &'static str,
    text: String,
}

impl ShaCryptDigest {
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, DigestProblem> {
        // The last character carries fewer bits than the others.
        let (of, length, last) =
            if name == "5" { (Of("sha256-crypt"), 43, 16) } else { (Of("sha512-crypt"), 86, 4) };
        let rest = match text.strip_prefix("rounds=") {
            None => text,
            Some(rest) => {
                let (rounds, rest) = rest.split_once('$').ok_or(of.malformed("number of parts"))?;
                let rounds = of.number("number of rounds", rounds)?;
                if rounds > MOST_ROUNDS {
                    return Err(of.too_expensive("rounds", "5000000"));
                }
                if rounds < sha_crypt::Params::ROUNDS_MIN {
                    return Err(of.malformed("number of rounds: the least is 1000"));
                }
                rest
            }
        };
        let [salt, hash] = of.split(rest)?;
        if !(1..=16).contains(&salt.len()) || salt.bytes().any(|byte| value(byte).is_none()) {
            return Err(of.malformed("salt"));
        }
        let fits = hash.bytes().next_back().and_then(value).is_some_and(|bits| bits < last);
        if hash.len() != length || !fits || hash.bytes().any(|byte| value(byte).is_none()) {
            return Err(of.malformed("hash"));
        }
        Ok(Self { name: of.0, text: format!("${name}${text}") })
    }

    #[cfg(test)]
    pub(super) fn print(&self) -> String {
        self.text.clone()
    }

    pub(super) fn verify(&self, secret: &[u8]) -> bool {
        ShaCrypt::default().verify_password(secret, self.text.as_str()).is_ok()
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }
}

#[derive(Clone)]
pub(super) struct YescryptDigest {
    text: String,
}

impl YescryptDigest {
    pub(super) fn parse(text: &str) -> Result<Self, DigestProblem> {
        let of = Of(YESCRYPT);
        let [parameters, salt, hash] = of.split(text)?;
        let params: Params = parameters.parse().map_err(|_| of.malformed("list of parameters"))?;
        let (n, r, p) = (params.n(), u64::from(params.r()), u64::from(params.p()));
        let memory = n.checked_mul(r).and_then(|blocks| blocks.checked_mul(128));
        if p == 0 || memory.is_none_or(|memory| memory > MOST_MEMORY) || p > 64 {
            return Err(of.too_expensive("memory or parallelism", "4 GiB and 64"));
        }
        // crypt(3) writes no other flavour, and a higher `t` only makes it slower.
        if Params::new(Mode::default(), n, params.r(), params.p()).ok() != Some(params) {
            return Err(of.malformed("flavour: only what crypt(3) writes is known"));
        }
        if salt.len() > 86 || salt.bytes().any(|byte| value(byte).is_none()) {
            return Err(of.malformed("salt"));
        }
        let fits = hash.bytes().next_back().and_then(value).is_some_and(|bits| bits < 16);
        if hash.len() != 43 || !fits || hash.bytes().any(|byte| value(byte).is_none()) {
            return Err(of.malformed("hash"));
        }
        Ok(Self { text: format!("$y${text}") })
    }

    #[cfg(test)]
    pub(super) fn print(&self) -> String {
        self.text.clone()
    }

    pub(super) fn verify(&self, secret: &[u8]) -> bool {
        Yescrypt::default().verify_password(secret, self.text.as_str()).is_ok()
    }
}

/// The value of a character in the base64 of crypt(3).
const fn value(byte: u8) -> Option<u8> {
    match byte {
        b'.'..=b'9' => Some(byte - b'.'),
        b'A'..=b'Z' => Some(byte - b'A' + 12),
        b'a'..=b'z' => Some(byte - b'a' + 38),
        _ => None,
    }
}

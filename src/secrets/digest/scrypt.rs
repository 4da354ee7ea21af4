//! `$scrypt$ln=16,r=8,p=1$salt$hash` (RFC 7914), computed by OpenSSL.

use openssl::pkcs5;
use zeroize::Zeroizing;

use super::DigestProblem;
use super::fields::Of;
use crate::secrets::compare::equal;

pub(super) const NAME: &str = "scrypt";

/// 4 GiB in bytes.
const MOST_MEMORY: u64 = 4 << 30;
/// Bytes of memory times parallelism: some 20 seconds of one processor.
const MOST_WORK: u64 = 8 << 30;

#[derive(Clone)]
pub(super) struct ScryptDigest {
    n: u64,
    r: u64,
    p: u64,
    salt: Vec<u8>,
    key: Vec<u8>,
}

impl ScryptDigest {
    pub(super) fn parse(text: &str) -> Result<Self, DigestProblem> {
        let of = Of(NAME);
        let [parameters, salt, key] = of.split(text)?;
        let [ln, r, p] = of.parameters(parameters, ["ln", "r", "p"])?;
        let ln = of.number("cost (ln)", ln)?;
        let r = u64::from(of.number("block size (r)", r)?);
        let p = u64::from(of.number("parallelism (p)", p)?);
        if ln == 0 || r == 0 || p == 0 {
            return Err(of.malformed("list of parameters"));
        }
        let memory = 1_u64.checked_shl(ln).and_then(|n| n.checked_mul(r)?.checked_mul(128));
        let Some(memory) = memory.filter(|memory| *memory <= MOST_MEMORY && ln < 32) else {
            return Err(of.too_expensive("memory (128 × r × 2^ln)", "4 GiB"));
        };
        if memory.checked_mul(p).is_none_or(|work| work > MOST_WORK) {
            return Err(of.too_expensive("memory times parallelism (p)", "8 GiB"));
        }
        Ok(Self { n: 1 << ln, r, p, salt: of.salt(salt)?, key: of.key(key)? })
    }

    #[cfg(test)]
    pub(super) fn print(&self) -> String {
        use super::fields::to_base64;
        let (ln, r, p) = (self.n.trailing_zeros(), self.r, self.p);
        format!("${NAME}$ln={ln},r={r},p={p}${}${}", to_base64(&self.salt), to_base64(&self.key))
    }

    pub(super) fn verify(&self, secret: &[u8]) -> bool {
        let mut key = Zeroizing::new(vec![0; self.key.len()]);
        // What OpenSSL allocates: the large table, the blocks and two blocks to work with.
        let memory = 128 * self.r * (self.n + self.p + 4) + 4096;
        pkcs5::scrypt(secret, &self.salt, self.n, self.r, self.p, memory, &mut key).is_ok()
            && equal(&key, &self.key)
    }
}

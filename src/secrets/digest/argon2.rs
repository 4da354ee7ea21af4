//! `$argon2id$v=19$m=65536,t=3,p=4$salt$hash` (RFC 9106, PHC string format).

use ::argon2::{Algorithm, Argon2, MIN_SALT_LEN, Params, Version};
use zeroize::Zeroizing;

use super::DigestProblem;
use super::fields::Of;
use crate::secrets::compare::equal;

/// 4 GiB in KiB.
const MOST_MEMORY: u32 = 4 * 1024 * 1024;
/// KiB of memory times passes: some 20 seconds of one processor.
const MOST_WORK: u64 = 16 * 1024 * 1024;

#[derive(Clone)]
pub(super) struct Argon2Digest {
    algorithm: Algorithm,
    params: Params,
    salt: Vec<u8>,
    key: Vec<u8>,
}

impl Argon2Digest {
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, DigestProblem> {
        let algorithm = Algorithm::new(name).map_err(|_| DigestProblem::Unknown)?;
        let of = Of(algorithm.as_str());
        let [version, parameters, salt, key] = of.split(text)?;
        if version != "v=19" {
            return Err(of.malformed("version: only v=19 is known"));
        }
        let [memory, passes, lanes] = of.parameters(parameters, ["m", "t", "p"])?;
        let memory = of.number("memory (m)", memory)?;
        let passes = of.number("number of passes (t)", passes)?;
        let lanes = of.number("parallelism (p)", lanes)?;
        if memory > MOST_MEMORY {
            return Err(of.too_expensive("memory (m)", "4194304 KiB"));
        }
        if u64::from(memory) * u64::from(passes) > MOST_WORK {
            return Err(of.too_expensive("memory times passes (m × t)", "16777216 KiB"));
        }
        // The crate multiplies this by 8 in 32 bits.
        if lanes > 0xFF_FFFF {
            return Err(of.malformed("parallelism (p)"));
        }
        let (salt, key) = (of.salt(salt)?, of.key(key)?);
        if salt.len() < MIN_SALT_LEN {
            return Err(of.malformed("length of salt"));
        }
        let params = Params::new(memory, passes, lanes, Some(key.len()))
            .map_err(|_| of.malformed("combination of memory, passes and parallelism"))?;
        Ok(Self { algorithm, params, salt, key })
    }

    /// Authelia's default cost, with a result that no hash has: of another length than what is computed.
    pub(super) fn dummy() -> Self {
        let params = Params::new(65_536, 3, 4, Some(32)).unwrap_or_default();
        Self { algorithm: Algorithm::Argon2id, params, salt: b"signet dummy salt".to_vec(), key: Vec::new() }
    }

    #[cfg(test)]
    pub(super) fn print(&self) -> String {
        use super::fields::to_base64;
        let (name, params) = (self.algorithm.as_str(), &self.params);
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        format!("${name}$v=19$m={m},t={t},p={p}${}${}", to_base64(&self.salt), to_base64(&self.key))
    }

    pub(super) fn verify(&self, secret: &[u8]) -> bool {
        let length = self.params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut key = Zeroizing::new(vec![0; length]);
        let hasher = Argon2::new(self.algorithm, Version::V0x13, self.params.clone());
        hasher.hash_password_into(secret, &self.salt, &mut key).is_ok() && equal(&key, &self.key)
    }

    pub(super) const fn name(&self) -> &'static str {
        self.algorithm.as_str()
    }
}

//! What signatures cost OpenSSL itself, in the same run.

use std::process::Command;

use crate::Outcome;

/// A signature that a workload waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// RSA with 2048 bits.
    Rs256,
    /// ECDSA on P-256.
    Es256,
}

/// Processor time per signature, in microseconds.
#[derive(Clone, Copy)]
pub struct Speed {
    rs256: f64,
    es256: f64,
}

impl Speed {
    /// Of one algorithm.
    pub fn of(&self, signature: Signature) -> f64 {
        match signature {
            Signature::Rs256 => self.rs256,
            Signature::Es256 => self.es256,
        }
    }

    /// The better of two runs: others use the machine too.
    pub fn faster(self, other: Self) -> Self {
        Self { rs256: self.rs256.min(other.rs256), es256: self.es256.min(other.es256) }
    }
}

/// Runs `openssl speed` for one second per operation.
pub fn speed() -> Outcome<Speed> {
    let done = Command::new("openssl")
        .args(["speed", "-seconds", "1", "-mr", "rsa2048", "ecdsap256"])
        .output()
        .map_err(|error| format!("openssl does not run: {error}"))?;
    let said = String::from_utf8(done.stdout)?;
    let signing = |kind: &str, bits: &str| -> Outcome<f64> {
        let line = said.lines().filter(|line| line.starts_with(kind)).find_map(|line| {
            let mut fields = line.split(':').skip(2);
            fields.next().filter(|found| *found == bits)?;
            fields.next()?.parse::<f64>().ok()
        });
        let said = line.ok_or("openssl speed says nothing of its signatures")?;
        // Newer versions say how many a second, older ones how many seconds one takes.
        Ok(1e6 * if said > 1.0 { said.recip() } else { said })
    };
    Ok(Speed { rs256: signing("+F2:", "2048")?, es256: signing("+F4:", "256")? })
}

//! What signatures cost with the signer that Signet keeps for the life of a key: josekit's, called by nothing else. They
//! are counted against processor time, as the server's requests are: whatever else the machine does, one of the two is a
//! part of the other.

use std::time::Duration;

use josekit::jws::{ES256, JwsSigner, RS256};
use signet::jose::{Curve, generate_ecdsa_pem, generate_rsa_pem};

use crate::Outcome;
use crate::openssl::Signature;
use crate::process::thread_time;

/// How long each is measured, in processor time.
const WINDOW: Duration = Duration::from_millis(1000);
/// Signatures between two looks at the clock.
const BATCH: u32 = 16;
/// About as long as what is signed for an access token.
const MESSAGE: [u8; 600] = [b'a'; 600];

/// Signatures per second of one processor.
#[derive(Clone, Copy)]
pub struct Kept {
    rs256: f64,
    es256: f64,
}

impl Kept {
    /// Of one algorithm.
    pub fn of(&self, signature: Signature) -> f64 {
        match signature {
            Signature::Rs256 => self.rs256,
            Signature::Es256 => self.es256,
        }
    }

    /// The better of two runs: others use the machine too.
    pub fn faster(self, other: Self) -> Self {
        Self { rs256: self.rs256.max(other.rs256), es256: self.es256.max(other.es256) }
    }
}

/// Signs for a second of processor time with each algorithm.
pub fn speed() -> Outcome<Kept> {
    let rsa = RS256.signer_from_pem(generate_rsa_pem(2048)?.private.as_bytes())?;
    let ec = ES256.signer_from_pem(generate_ecdsa_pem(Curve::P256)?.private.as_bytes())?;
    Ok(Kept { rs256: rate(&rsa)?, es256: rate(&ec)? })
}

fn rate(signer: &dyn JwsSigner) -> Outcome<f64> {
    let begun = thread_time()?;
    let mut signed = 0_u32;
    loop {
        // The kernel counts in hundredths of a second: it is asked only now and then.
        for _ in 0..BATCH {
            signer.sign(&MESSAGE)?;
        }
        signed += BATCH;
        let spent = thread_time()?.saturating_sub(begun);
        if spent >= WINDOW {
            return Ok(f64::from(signed) / spent.as_secs_f64());
        }
    }
}

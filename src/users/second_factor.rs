//! One-time codes of the people: enrolment and use.

use zeroize::Zeroizing;

use super::regulation::{Guess, Proof, Turn};
use super::totp::{CodeJudgement, EnrolmentView, Seed};
use super::{SignInProblem, Unavailable, Users, to_its_end};
use crate::clock::Seconds;
use crate::model::event::{EventKind, Source};
use crate::model::second_factor::{Totp, TotpParameters};
use crate::observe;
use crate::secrets::random::random_vec;
use crate::storage::Enrolment;

/// How long a shown seed may wait for its first code, in seconds.
const ENROLMENT_LIFESPAN: Seconds = 600;

/// Why a right code is refused.
const USED: &str = "used code";

fn parameters(enrolment: &Enrolment) -> TotpParameters {
    let Enrolment { algorithm, digits, period, .. } = *enrolment;
    TotpParameters { algorithm, digits, period }
}

/// What came of a code, and the reason when it was refused.
type Verdict = Result<(), &'static str>;

impl Users {
    /// Whether the person has a one-time code device. Nobody has while `totp.disable` is on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_totp(&self, username: &str) -> Result<bool, Unavailable> {
        Ok(!self.0.totp.disabled && self.0.storage.totp(username).await?.is_some())
    }

    /// How many digits the person's codes have, for the field that takes one; `None` without a device.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn totp_digits(&self, username: &str) -> Result<Option<u8>, Unavailable> {
        Ok(self.0.storage.totp(username).await?.map(|device| device.digits))
    }

    /// Accepts a one-time code, each step once ever (RFC 6238 §5.2). Guesses are counted like passwords.
    ///
    /// # Errors
    /// Every [`SignInProblem`].
    pub async fn accept_code(
        &self,
        username: &str,
        code: &str,
        source: &Source,
        browser: Option<&str>,
    ) -> Result<(), SignInProblem> {
        let users = self.clone();
        let guess = Guess::of_person(username, source.clone(), browser);
        let code = Zeroizing::new(code.to_owned());
        to_its_end(async move { users.try_code(guess, &code).await }).await
    }

    async fn try_code(&self, guess: Guess, code: &str) -> Result<(), SignInProblem> {
        let turn = self.begin(&guess).await?;
        let username = guess.counted_as.as_str();
        let now = self.0.clock.now();
        let device = self.0.storage.totp(username).await?;
        let verdict = match &device {
            _ if turn.is_banned() => Err("banned"),
            _ if self.is_barred(username).await => Err("disabled person"),
            None => Err("no device"),
            Some(_) if self.0.totp.disabled => Err("one-time codes are off"),
            Some(device) => match self.judge(device, code)? {
                CodeJudgement::Wrong => Err("wrong code"),
                CodeJudgement::Used => Err(USED),
                CodeJudgement::Right(step) => {
                    let used = guess.event(EventKind::SecondFactorUsed, now);
                    let events = std::slice::from_ref(&used);
                    if self.0.storage.accept_step(username, step, events, now).await? {
                        observe::event(&used);
                        Ok(())
                    } else {
                        Err(USED)
                    }
                }
            },
        };
        self.tell(turn, &guess, verdict).await
    }

    /// Begins an enrolment, or shows the one this session has begun and not confirmed. `None` when the person has a
    /// device already or `totp.disable` is on.
    ///
    /// # Errors
    /// When the database does not answer or the seed cannot be sealed.
    pub async fn enrolment(
        &self,
        session: &str,
        username: &str,
    ) -> Result<Option<EnrolmentView>, Unavailable> {
        let settings = &self.0.totp;
        let now = self.0.clock.now();
        if settings.disabled || self.0.storage.totp(username).await?.is_some() {
            return Ok(None);
        }
        if let Some(pending) = self.0.storage.enrolment(session, username, now).await?
            && settings.allows(parameters(&pending))
        {
            return Ok(Some(self.seed_of(&pending)?.view(&settings.issuer, username)));
        }
        let begun = self.begin_enrolment(session, username, settings.parameters()).await?;
        // Two tabs may have begun at once: only what is stored can be confirmed.
        let stored = self.0.storage.enrolment(session, username, now).await?.unwrap_or(begun);
        Ok(Some(self.seed_of(&stored)?.view(&settings.issuer, username)))
    }

    /// Begins an enrolment with parameters that the person chose; the one that the session had begun ends. `false`, and
    /// nothing happens, when they are not allowed, the person has a device, or `totp.disable` is on.
    ///
    /// # Errors
    /// When the database does not answer or the seed cannot be sealed.
    pub async fn choose_enrolment(
        &self,
        session: &str,
        username: &str,
        chosen: TotpParameters,
    ) -> Result<bool, Unavailable> {
        let settings = &self.0.totp;
        if settings.disabled || !settings.allows(chosen) || self.0.storage.totp(username).await?.is_some() {
            return Ok(false);
        }
        self.begin_enrolment(session, username, chosen).await?;
        Ok(true)
    }

    async fn begin_enrolment(
        &self,
        session: &str,
        username: &str,
        parameters: TotpParameters,
    ) -> Result<Enrolment, Unavailable> {
        let TotpParameters { algorithm, digits, period } = parameters;
        let now = self.0.clock.now();
        let bytes = Zeroizing::new(random_vec(self.0.totp.secret_size));
        let seed = Seed::new(bytes, algorithm, digits, period);
        let enrolment = Enrolment {
            session: session.to_owned(),
            username: username.to_owned(),
            sealed_seed: seed.seal(&self.0.sealer, username)?,
            algorithm,
            digits,
            period,
            created_at: now,
            expires_at: now.saturating_add(ENROLMENT_LIFESPAN),
        };
        self.0.storage.begin_enrolment(&enrolment).await?;
        Ok(enrolment)
    }

    /// Makes the pending enrolment of this session the person's device, when the code fits its seed. The step of
    /// that code counts as used. Guesses are counted like passwords.
    ///
    /// # Errors
    /// Every [`SignInProblem`].
    pub async fn confirm_enrolment(
        &self,
        session: &str,
        username: &str,
        code: &str,
        source: &Source,
        browser: Option<&str>,
    ) -> Result<(), SignInProblem> {
        let users = self.clone();
        let guess = Guess::of_person(username, source.clone(), browser);
        let session = session.to_owned();
        let code = Zeroizing::new(code.to_owned());
        to_its_end(async move { users.try_enrolment(&session, guess, &code).await }).await
    }

    async fn try_enrolment(&self, session: &str, guess: Guess, code: &str) -> Result<(), SignInProblem> {
        let turn = self.begin(&guess).await?;
        let username = guess.counted_as.as_str();
        let now = self.0.clock.now();
        let verdict = match self.0.storage.enrolment(session, username, now).await? {
            _ if turn.is_banned() => Err("banned"),
            _ if self.is_barred(username).await => Err("disabled person"),
            None => self.unenrolled(username, code).await?,
            Some(_) if self.0.totp.disabled => Err("one-time codes are off"),
            Some(enrolment) => match self.seed_of(&enrolment)?.judge(code, now, self.0.totp.skew, -1) {
                CodeJudgement::Wrong | CodeJudgement::Used => Err("wrong code at enrolment"),
                CodeJudgement::Right(step) => {
                    let enrolled = guess.event(EventKind::FactorEnrolled, now);
                    let events = std::slice::from_ref(&enrolled);
                    if self.0.storage.confirm_enrolment(session, username, step, events, now).await? {
                        observe::event(&enrolled);
                        Ok(())
                    } else {
                        self.unenrolled(username, code).await?
                    }
                }
            },
        };
        self.tell(turn, &guess, verdict).await
    }

    /// Why a code confirms nothing. The one that made the device, sent again, is no guess.
    async fn unenrolled(&self, username: &str, code: &str) -> Result<Verdict, Unavailable> {
        let device = self.0.storage.totp(username).await?;
        let judgement = device.map(|device| self.judge(&device, code)).transpose()?;
        Ok(Err(if judgement == Some(CodeJudgement::Used) { USED } else { "no pending enrolment" }))
    }

    /// What a code is worth to a device now.
    fn judge(&self, device: &Totp, code: &str) -> Result<CodeJudgement, Unavailable> {
        let Totp { username, sealed_seed, algorithm, digits, period, last_step, .. } = device;
        let seed = Seed::open(&self.0.sealer, username, sealed_seed, *algorithm, *digits, *period)?;
        Ok(seed.judge(code, self.0.clock.now(), self.0.totp.skew, *last_step))
    }

    /// Tells what came of a code. A right one that was used before is refused, and counts as no guess: whoever
    /// presses the button twice is not locked out.
    async fn tell(&self, turn: Turn, guess: &Guess, verdict: Verdict) -> Result<(), SignInProblem> {
        match verdict {
            Ok(()) => Ok(self.accept(turn, guess, Proof::Whole, &[]).await?),
            Err(reason) => {
                let turn = if reason == USED { self.withdraw(turn).await? } else { turn };
                self.refuse(turn, guess, EventKind::SecondFactorFailure, reason).await?;
                Err(SignInProblem::Refused)
            }
        }
    }

    fn seed_of(&self, enrolment: &Enrolment) -> Result<Seed, Unavailable> {
        Ok(Seed::open(
            &self.0.sealer,
            &enrolment.username,
            &enrolment.sealed_seed,
            enrolment.algorithm,
            enrolment.digits,
            enrolment.period,
        )?)
    }

    /// Whether the directory no longer lets the person in.
    async fn is_barred(&self, username: &str) -> bool {
        let people = self.0.directory.fresh_people().await;
        people.named(username).is_none_or(|person| person.user.disabled)
    }
}

//! What another provider remembered and Signet remembers from now on: subject identifiers, one-time code devices and
//! consents, written in one transaction or not at all.

use super::database::{Transaction, Value, values};
use super::row::Row;
use super::{Storage, StorageError, consents, events};
use crate::clock::NumericDate;
use crate::model::consent::Consent;
use crate::model::event::Event;
use crate::model::second_factor::{Totp, TotpAlgorithm};

/// Rows of one INSERT: fewer ways to the database, and far fewer values than either allows in a statement.
const TOGETHER: usize = 64;

/// Who a person is to the clients of a sector (OpenID Connect Core 1.0 §8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The sector; empty for public subjects.
    pub sector: String,
    /// The person.
    pub username: String,
    /// `sub`.
    pub subject: String,
}

/// A one-time code device with what else is stored of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InheritedDevice {
    /// The device, its seed sealed for its person.
    pub device: Totp,
    /// When a code of it was last accepted, or when it was enrolled.
    pub last_used_at: NumericDate,
}

/// What is written.
#[derive(Clone, Debug, Default)]
pub struct Inheritance {
    /// Subject identifiers that nobody has yet.
    pub subjects: Vec<Subject>,
    /// Devices of people who have none yet.
    pub devices: Vec<InheritedDevice>,
    /// Consents that answer later requests.
    pub consents: Vec<Consent>,
    /// What is told of it.
    pub events: Vec<Event>,
}

/// What Signet remembers already, as far as it may stand against an inheritance.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    /// Every subject identifier.
    pub subjects: Vec<Subject>,
    /// Every one-time code device.
    pub devices: Vec<Totp>,
}

impl Storage {
    /// Writes what `judge` makes of what is remembered; with `keep` off nothing stays of it.
    ///
    /// # Errors
    /// Those of `judge`, and when the database does not store it; then nothing is written.
    pub async fn inherit<E: From<StorageError>>(
        &self,
        keep: bool,
        now: NumericDate,
        judge: impl FnOnce(&Remembered) -> Result<Inheritance, E>,
    ) -> Result<(), E> {
        let mut transaction = self.database.patient("signet import").await?;
        let done = match remembered(&mut transaction).await.map_err(E::from).and_then(|known| judge(&known)) {
            Ok(inheritance) => write(&mut transaction, &inheritance, now).await.map_err(E::from),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) if keep => Ok(transaction.commit().await?),
            done => {
                transaction.roll_back().await;
                done
            }
        }
    }
}

/// What is remembered; on PostgreSQL nobody adds to it before the transaction ends.
pub(super) async fn remembered(transaction: &mut Transaction) -> Result<Remembered, StorageError> {
    if transaction.is_concurrent() {
        let lock = "LOCK TABLE signet_subjects, signet_totp IN SHARE ROW EXCLUSIVE MODE";
        transaction.execute(lock, values![]).await?;
    }
    let subject = |row: &Row| {
        Ok(Subject {
            sector: row.get("sector")?,
            username: row.get("username")?,
            subject: row.get("subject")?,
        })
    };
    let subjects =
        transaction.fetch_all("SELECT sector, username, subject FROM signet_subjects", values![]).await?;
    let devices = transaction
        .fetch_all(
            "SELECT username, sealed_seed, algorithm, digits, period, created_at, last_step FROM signet_totp",
            values![],
        )
        .await?;
    Ok(Remembered {
        subjects: subjects.iter().map(subject).collect::<Result<_, StorageError>>()?,
        devices: devices.iter().map(super::second_factors::totp_of_row).collect::<Result<_, _>>()?,
    })
}

/// Writes all of it. A row that stands in the way ends the transaction.
pub(super) async fn write(
    transaction: &mut Transaction,
    inheritance: &Inheritance,
    now: NumericDate,
) -> Result<(), StorageError> {
    for some in inheritance.subjects.chunks(TOGETHER) {
        let row = |each: &Subject| values![&each.sector, &each.username, &each.subject, now];
        let head = "INSERT INTO signet_subjects (sector, username, subject, created_at)";
        transaction.insert_rows(head, some.iter().map(row).collect(), "").await?;
    }
    for some in inheritance.devices.chunks(TOGETHER) {
        let head = "INSERT INTO signet_totp (username, sealed_seed, algorithm, digits, period, created_at, last_step, \
                    last_used_at)";
        transaction.insert_rows(head, some.iter().map(row_of_device).collect(), "").await?;
    }
    for some in inheritance.consents.chunks(TOGETHER) {
        let insertions = some.iter().map(consents::insertion).collect::<Result<_, _>>()?;
        transaction.execute_all(insertions).await?;
    }
    events::append(transaction, &inheritance.events).await
}

fn row_of_device(inherited: &InheritedDevice) -> Vec<Value> {
    let Totp { username, sealed_seed, algorithm, digits, period, created_at, last_step } = &inherited.device;
    let algorithm: TotpAlgorithm = *algorithm;
    values![
        username,
        sealed_seed,
        algorithm.as_str(),
        i64::from(*digits),
        i64::from(*period),
        *created_at,
        *last_step,
        inherited.last_used_at,
    ]
}

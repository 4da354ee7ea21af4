//! A row of either database.

use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::types::Json;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use super::error::StorageError;
use crate::model::issuer::Issuer;
use crate::protocol::scope::Scope;

/// A row of either database; columns are read by name.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self::Sqlite(row)
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self::Postgres(row)
    }
}

impl Row {
    /// A text, an integer, a boolean, or an `Option` of them.
    pub(super) fn get<T>(&self, column: &str) -> Result<T, StorageError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A value stored as JSON.
    pub(super) fn json<T: DeserializeOwned + 'static>(&self, column: &str) -> Result<T, StorageError> {
        Ok(self.get::<Json<T>>(column)?.0)
    }

    /// A value stored as JSON, or NULL.
    pub(super) fn optional_json<T: DeserializeOwned + 'static>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StorageError> {
        Ok(self.get::<Option<Json<T>>>(column)?.map(|json| json.0))
    }

    /// What a text stands for.
    pub(super) fn parsed<T>(&self, column: &str, parse: fn(&str) -> Option<T>) -> Result<T, StorageError> {
        parse(&self.get::<String>(column)?).ok_or_else(|| StorageError::unreadable(column))
    }

    /// An issuer.
    pub(super) fn issuer(&self, column: &str) -> Result<Issuer, StorageError> {
        self.parsed(column, |text| Issuer::parse(text).ok())
    }

    /// A scope.
    pub(super) fn scope(&self, column: &str) -> Result<Scope, StorageError> {
        self.parsed(column, |text| Scope::parse(text).ok())
    }
}

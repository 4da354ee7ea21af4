//! Which tables of Signet a database has, with their columns: what a backup holds is read from there, so that no table
//! can be forgotten.

use std::collections::BTreeMap;

use super::StorageError;
use super::database::{Transaction, values};
use super::row::Row;

/// Tables that are made anew instead of restored.
const NOT_KEPT: &[&str] = &["signet_migrations", "signet_write_probe"];

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Boolean,
    Json,
}

impl Kind {
    fn of(declared: &str) -> Option<Self> {
        Some(match declared.to_ascii_uppercase().as_str() {
            "TEXT" => Self::Text,
            "BIGINT" => Self::Integer,
            "BOOLEAN" => Self::Boolean,
            "JSONB" => Self::Json,
            _ => return None,
        })
    }
}

/// A table that a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    /// In the order of their making.
    pub(super) columns: Vec<(String, Kind)>,
}

impl Table {
    /// The name as SQL writes it. It comes from the catalog.
    pub(super) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// What reads every row.
    pub(super) fn selection(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        format!("SELECT {} FROM {}", columns.join(", "), self.quoted())
    }
}

/// A name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

const SQLITE_TABLES: &str =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'signet~_%' ESCAPE '~'";
const POSTGRES_TABLES: &str = "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables \
     WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name LIKE 'signet~_%' ESCAPE '~'";
const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS name, c.type AS kind FROM sqlite_master m \
     JOIN pragma_table_info(m.name) c \
     WHERE m.type = 'table' AND m.name LIKE 'signet~_%' ESCAPE '~' ORDER BY m.name, c.cid";
const POSTGRES_COLUMNS: &str = "SELECT CAST(table_name AS TEXT) AS table_name, CAST(column_name AS TEXT) AS name, \
     CAST(data_type AS TEXT) AS kind FROM information_schema.columns \
     WHERE table_schema = current_schema() AND table_name LIKE 'signet~_%' ESCAPE '~' \
     ORDER BY table_name, ordinal_position";

/// The names of all of Signet's tables, those that no backup holds included.
pub(super) async fn all_tables(transaction: &mut Transaction) -> Result<Vec<String>, StorageError> {
    let sql = if transaction.is_concurrent() { POSTGRES_TABLES } else { SQLITE_TABLES };
    let rows = transaction.fetch_all(sql, values![]).await?;
    let mut names = rows.iter().map(|row| row.get("name")).collect::<Result<Vec<String>, _>>()?;
    names.sort();
    Ok(names)
}

/// The tables that a backup holds, by name.
pub(super) async fn kept_tables(transaction: &mut Transaction) -> Result<Vec<Table>, StorageError> {
    let sql = if transaction.is_concurrent() { POSTGRES_COLUMNS } else { SQLITE_COLUMNS };
    let mut tables: BTreeMap<String, Vec<(String, Kind)>> = BTreeMap::new();
    for row in transaction.fetch_all(sql, values![]).await? {
        let (table, column, kind) = column(&row)?;
        if NOT_KEPT.contains(&table.as_str()) {
            continue;
        }
        let kind = Kind::of(&kind).ok_or_else(|| {
            StorageError::Schema(format!("column {column} of {table} is a {kind}, which no backup can hold"))
        })?;
        tables.entry(table).or_default().push((column, kind));
    }
    Ok(tables.into_iter().map(|(name, columns)| Table { name, columns }).collect())
}

fn column(row: &Row) -> Result<(String, String, String), StorageError> {
    Ok((row.get("table_name")?, row.get("name")?, row.get("kind")?))
}

//! Everything remembered: all the SQL, for SQLite and PostgreSQL.

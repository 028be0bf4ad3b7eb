//! Which unique rule a statement broke, told the same way on both databases.

use diesel::result::{DatabaseErrorKind, Error};

/// Whether `error` says that the unique index over `table (columns…)` named `index` was violated.
///
/// PostgreSQL names the index; SQLite lists the columns (`users.email_key`), and the index only for expressions.
pub fn is_unique(error: &Error, index: &str, table: &str, columns: &[&str]) -> bool {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else {
        return false;
    };
    if info.constraint_name() == Some(index) {
        return true;
    }
    let listed: Vec<String> = columns
        .iter()
        .map(|column| format!("{table}.{column}"))
        .collect();
    info.message().ends_with(&listed.join(", "))
}

//! Which database, told by its address.

use std::path::{Path, PathBuf};

/// Where the rows live.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL server, by its address, which may hold a password.
    Postgres(String),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(url) => f
                .debug_tuple("Postgres")
                .field(&super::reading::masked(url))
                .finish(),
        }
    }
}

/// Reads `DATABASE_URL`. An unknown scheme is refused: taken for a file name it would open an empty database
/// beside the real one.
pub(super) fn parse(text: &str, data_dir: &Path) -> Result<Database, String> {
    if text.chars().any(char::is_control) || text.trim() != text {
        return Err("must not hold control characters or outer spaces".to_owned());
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(Database::Postgres(text.to_owned()));
    }
    match text.strip_prefix("sqlite:") {
        Some(rest) => sqlite(rest, data_dir),
        None => Err("must start with postgres://, postgresql:// or sqlite:".to_owned()),
    }
}

/// `sqlite:name.db`, `sqlite:///folder/name.db`; without a name the file in the data folder.
fn sqlite(rest: &str, data_dir: &Path) -> Result<Database, String> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() {
        return Ok(Database::Sqlite(data_dir.join("tenantry.db")));
    }
    if path.contains(":memory:") || path.contains('?') {
        return Err("must name a plain file after sqlite: (no :memory:, no options)".to_owned());
    }
    let path = PathBuf::from(path);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if path.is_dir() || !(folder.is_dir() || folder == data_dir) {
        return Err("must name a file in a folder that exists".to_owned());
    }
    Ok(Database::Sqlite(path))
}

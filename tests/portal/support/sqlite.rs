//! SQLite for tests: migrated once per process, kept in memory as the bytes of a file, and written out per test.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;

/// One test's own SQLite file, in a folder that goes with it.
pub struct Database {
    folder: TempDir,
    url: String,
}

impl Database {
    /// A fresh copy of the migrated template.
    pub fn fresh(migrate: fn(&str)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portal.sqlite");
        std::fs::write(&file, template(migrate)).unwrap();
        Self {
            url: url(&file),
            folder,
        }
    }

    /// `sqlite:` and the path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file itself.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("portal.sqlite")
    }
}

fn url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

/// A template is known by what migrates it. Bytes rather than a file: a static folder would outlive the process.
fn template(migrate: fn(&str)) -> Arc<[u8]> {
    type Filled = (fn(&str), Arc<[u8]>);
    static TEMPLATES: Mutex<Vec<Filled>> = Mutex::new(Vec::new());
    let mut templates = TEMPLATES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, bytes)) = templates
        .iter()
        .find(|(known, _)| std::ptr::fn_addr_eq(*known, migrate))
    {
        return Arc::clone(bytes);
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.sqlite");
    migrate(&url(&file));
    let wal = folder.path().join("template.sqlite-wal");
    let left_in_wal = std::fs::metadata(&wal).map_or(0, |wal| wal.len());
    assert_eq!(
        left_in_wal, 0,
        "the migration must close its connection, or its last rows are not in the file"
    );
    let bytes: Arc<[u8]> = std::fs::read(&file).unwrap().into();
    templates.push((migrate, Arc::clone(&bytes)));
    bytes
}

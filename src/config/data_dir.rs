//! The data folder: looked at before anything is changed, made when all else is well.

use std::path::Path;

/// Whether the folder can be used or made; changes nothing.
pub(super) fn check(folder: &Path) -> Result<(), String> {
    use rustix::fs::{Access, access};
    let there = folder
        .ancestors()
        .find(|part| part.exists() || part.as_os_str().is_empty());
    let there = there
        .filter(|part| !part.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if !there.is_dir() {
        return Err(format!(
            "cannot be used: {} is not a folder",
            there.display()
        ));
    }
    access(there, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| {
        let verb = if there == folder {
            "written to"
        } else {
            "made"
        };
        format!("cannot be {verb}: {error}")
    })
}

/// Makes the folder, for this user alone, and proves that files can be written in it.
pub(super) fn make(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let probe = folder.join(format!(".writable-{}", std::process::id()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

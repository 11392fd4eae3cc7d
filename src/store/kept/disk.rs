//! Files that nobody else can read, changed as a whole.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::bus::StoreError;
use crate::text::display_safe;

/// Another program holds a lock for moments; one that holds it for so long hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// What failed, with the file, why, and what to do.
pub(super) fn failed(path: &Path, what: &str, why: &dyn std::fmt::Display, next: &str) -> StoreError {
    let text = format!("'{}' cannot be {what}: {why}; {next}", path.display());
    StoreError::Failed(display_safe(&text).into_owned())
}

const WRITABLE: &str = "look at who owns it, whether it may be written, and whether the disk is full";

/// As [`failed`], of writing.
pub(super) fn unwritable(path: &Path, why: &dyn std::fmt::Display) -> StoreError {
    failed(path, "written", why, WRITABLE)
}

/// Makes a folder, and those above it, for its owner alone. Those that are there stay as they are.
pub(super) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| failed(folder, "made", &error, WRITABLE))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The lock of a folder that is there: who holds it may change what is in it. It ends with what is returned.
pub(super) fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(".lock");
    let file = private()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| unwritable(&path, &error))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                let next = "another tidings holds it: end that one, then try again";
                return Err(failed(&path, "locked", &"no end of waiting", next));
            }
            Err(TryLockError::Error(error)) => return Err(failed(&path, "locked", &error, WRITABLE)),
        }
    }
}

/// Puts `text` in place of what the file holds, all of it or nothing; where it `lasts`, also when the power goes. That
/// takes its time.
pub(super) fn replace(path: &Path, text: &[u8], lasts: bool) -> Result<(), StoreError> {
    // What a link leads to is replaced, not the link.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let new = path.with_file_name(format!(".{}.new", uuid::Uuid::new_v4().simple()));
    let write = || -> io::Result<()> {
        let mut file = private().create_new(true).write(true).open(&new)?;
        file.write_all(text)?;
        if lasts {
            file.sync_all()?;
        }
        fs::rename(&new, path)
    };
    write().map_err(|error| {
        // It may not be there; nothing is lost with it.
        let _ = fs::remove_file(&new);
        unwritable(path, &error)
    })
}

/// Opens a file to add to its end.
pub(super) fn open_to_add(path: &Path) -> io::Result<File> {
    let file = private().create(true).append(true).read(true).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // One of an earlier life, or copied from elsewhere.
        let mut permissions = file.metadata()?.permissions();
        if permissions.mode() & 0o077 != 0 {
            permissions.set_mode(0o600);
            file.set_permissions(permissions)?;
        }
    }
    Ok(file)
}

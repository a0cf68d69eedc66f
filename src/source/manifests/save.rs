//! Writing a file so that a reader sees the old text or the new one, never a part.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

use super::{
    EditError,
    input::{Digest, Stamp},
};

/// Puts a text in a file's place: of one that still has the text `before`, or of none when there was none.
///
/// # Errors
/// [`EditError::Changed`] when it is otherwise by now, [`EditError::Io`].
pub fn put(path: &Path, new: &str, before: Option<&str>) -> Result<(), EditError> {
    let Some(before) = before else {
        let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(EditError::Changed(path.to_path_buf()));
            }
            Err(error) => return Err(EditError::Io(path.to_path_buf(), error)),
        };
        return file.write_all(new.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
            let _ = fs::remove_file(path);
            EditError::Io(path.to_path_buf(), error)
        });
    };
    save(path, new.as_bytes(), Digest::of(before.as_bytes())).map(drop)
}

/// Replaces a file's content if it still is `expected`. Symbolic links are followed, permissions are kept.
///
/// The new text is written beside the file, flushed to disk and renamed over it.
pub(super) fn save(path: &Path, new: &[u8], expected: Digest) -> Result<Stamp, EditError> {
    let failed = |error| EditError::Io(path.to_path_buf(), error);
    let target = path.canonicalize().map_err(failed)?;
    let meta = fs::metadata(&target).map_err(failed)?;
    if meta.permissions().readonly() {
        return Err(failed(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only")));
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".cutover-{}", std::process::id()));
    let beside = folder.join(name);
    let result = write_beside(&beside, new, &meta).map_err(failed).and_then(|()| {
        // As late as can be: what came in between shall not be lost.
        match fs::read(&target) {
            Ok(bytes) if Digest::of(&bytes) == expected => fs::rename(&beside, &target).map_err(failed),
            Ok(_) => Err(EditError::Changed(path.to_path_buf())),
            Err(error) => Err(failed(error)),
        }
    });
    if let Err(error) = result {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    // The rename is done; a folder that can not be flushed does not undo it.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(Stamp::of(&fs::metadata(&target).map_err(failed)?))
}

fn write_beside(beside: &Path, new: &[u8], meta: &fs::Metadata) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(beside)?;
    file.write_all(new)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // Only root may give a file away; for all others owner and group are right already, or can not be.
        let _ = std::os::unix::fs::fchown(&file, Some(meta.uid()), Some(meta.gid()));
    }
    file.set_permissions(meta.permissions())?;
    file.sync_all()
}

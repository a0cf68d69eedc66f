//! Files and folders that only this user may read: what was typed, what was logged, what was changed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

/// Makes a folder and those above it, mode 0700. One that is there keeps the mode that it has.
///
/// # Errors
/// Those of making it.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file to append to it; it is made, mode 0600, with its folder when it is not there.
///
/// # Errors
/// Those of making or opening it.
pub fn append(file: &Path) -> io::Result<File> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_folder(folder)?;
    }
    options().append(true).create(true).open(file)
}

/// Makes a file, mode 0600, with its folder when that is not there. One that is there stays as it is.
///
/// # Errors
/// Those of making and writing it; of a file that could not be written whole nothing is left.
pub fn create(file: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_folder(folder)?;
    }
    let mut new = options().write(true).create_new(true).open(file)?;
    let written = new.write_all(text).and_then(|()| new.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(file);
    }
    written
}

/// Puts a text in the place of a file, mode 0600: whoever reads meanwhile sees the old or the new, never a part.
///
/// # Errors
/// Those of writing beside it and renaming; then the old file is as it was.
pub fn replace(file: &Path, text: &[u8]) -> io::Result<()> {
    let name = file.file_name().ok_or_else(|| io::Error::other("a file without a name"))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}~", std::process::id()));
    let beside = file.with_file_name(beside);
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        create_folder(folder)?;
    }
    let written = options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&beside)
        .and_then(|mut new| new.write_all(text).and_then(|()| new.sync_all()))
        .and_then(|()| fs::rename(&beside, file));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn options() -> OpenOptions {
    #[allow(unused_mut, reason = "only Unix has modes")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_for_this_user_only() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a/b/log");
        append(&file).unwrap().write_all(b"one\n").unwrap();
        append(&file).unwrap().write_all(b"two\n").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "one\ntwo\n");
        replace(&file, b"three\n").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "three\n");
        assert_eq!((mode(&file), mode(&home.path().join("a"))), (0o600, 0o700));
        let left: Vec<_> = fs::read_dir(home.path().join("a/b")).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_is_created_is_never_written_over() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a/evidence.csv");
        create(&file, b"one").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(create(&file, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        let link = home.path().join("link");
        std::os::unix::fs::symlink(home.path().join("nowhere"), &link).unwrap();
        assert!(create(&link, b"x").is_err(), "nor through a link");
    }

    #[test]
    fn a_file_that_can_not_be_replaced_stays_and_leaves_nothing_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("taken");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("inside"), "x").unwrap();
        assert!(replace(&folder, b"text").is_err(), "a folder is in its place");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}

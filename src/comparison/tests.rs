use std::fs;

use super::{Acceptance, AcceptedFile, AcceptedFileError};

fn acceptance(id: &str) -> Acceptance {
    Acceptance { id: id.to_owned(), reason: "known".to_owned(), date: "2026-11-24".to_owned() }
}

#[test]
fn what_is_accepted_stands_beside_what_was() {
    for name in ["accepted.toml", "accepted.yaml"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        for id in ["a-1", "b-2"] {
            let file = AcceptedFile::read(&path).unwrap();
            let mut accepted = file.accepted().clone();
            accepted.put(acceptance(id));
            file.replace(&accepted).unwrap();
        }
        let ids: Vec<_> =
            AcceptedFile::read(&path).unwrap().accepted().iter().map(|one| one.id.clone()).collect();
        assert_eq!(ids, ["a-1", "b-2"], "{name}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}

#[test]
fn what_somebody_else_wrote_meanwhile_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accepted.toml");
    let none = AcceptedFile::read(&path).unwrap();
    let theirs = "# theirs\n";
    fs::write(&path, theirs).unwrap();
    let some = AcceptedFile::read(&path).unwrap();
    fs::write(&path, "# theirs, again\n").unwrap();
    for (file, why) in [(none, "it was made meanwhile"), (some, "it was changed meanwhile")] {
        let mut accepted = file.accepted().clone();
        accepted.put(acceptance("a-1"));
        let error = file.replace(&accepted).unwrap_err();
        assert!(matches!(error, AcceptedFileError::Changed(_)), "{why}: {error}");
        assert!(error.to_string().ends_with("was changed meanwhile: look again"), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "# theirs, again\n");
}

#[test]
fn what_can_not_be_read_is_told_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accepted.toml");
    fs::write(&path, "accepted = 3").unwrap();
    let error = AcceptedFile::read(&path).unwrap_err();
    assert!(matches!(error, AcceptedFileError::Invalid(..)), "{error}");
    assert!(error.to_string().contains("accepted.toml: "), "{error}");
    let error = AcceptedFile::read(folder.path()).unwrap_err();
    assert!(matches!(error, AcceptedFileError::Unread(..)), "{error}");
}

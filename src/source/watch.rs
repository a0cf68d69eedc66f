//! Tells when files may have changed: events of the system, and a clock where the file system sends none.
//!
//! It says only that something may have changed; [`super::Manifests::refresh`] finds out what.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, ModifyKind},
};

/// Events closer than this are one: an editor's save is several.
const QUIET: Duration = Duration::from_millis(50);
/// However busy the folder, a change is told after this.
const LATEST: Duration = Duration::from_millis(500);
/// A file that somebody is still writing is waited for, so that no half of it is read; but not for ever.
const WRITING: Duration = Duration::from_secs(3);
/// How often files are looked at where no events come.
const POLL: Duration = Duration::from_secs(1);

/// File systems on which changes made elsewhere send no events.
const SILENT: [&str; 9] = ["nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "vboxsf", "fuse", "fuseblk"];

/// What an event says of a file.
#[derive(Debug)]
enum Signal {
    /// Bytes were written, and whoever wrote them may not be done.
    Writing(PathBuf),
    /// The writer closed it.
    Closed(PathBuf),
    /// Anything else that matters.
    Other,
}

/// Watches as long as it lives.
#[derive(Debug)]
pub struct Watcher {
    /// Dropped first, which closes the channel and ends the thread.
    _events: Option<RecommendedWatcher>,
    _end: Sender<Signal>,
    polls: bool,
}

impl Watcher {
    /// Whether files are also looked at once a second, because events may not come.
    pub fn polls(&self) -> bool {
        self.polls
    }
}

/// Calls `changed` soon after something in `roots` may have changed, from a thread of its own.
///
/// A folder is watched with all below it; of a file, its folder, because editors replace files. Where the system
/// gives no events, `changed` is called once a second.
///
/// # Errors
/// The thread can not be started.
pub fn watch(roots: &[PathBuf], changed: impl FnMut() + Send + 'static) -> std::io::Result<Watcher> {
    let (events_tx, events_rx) = channel();
    let end = events_tx.clone();
    let events = listen(roots, events_tx).ok();
    let polls = events.is_none() || roots.iter().any(|root| is_silent(root));
    thread::Builder::new().name("watch".to_owned()).spawn(move || run(&events_rx, polls, changed))?;
    Ok(Watcher { _events: events, _end: end, polls })
}

fn listen(roots: &[PathBuf], events_tx: Sender<Signal>) -> notify::Result<RecommendedWatcher> {
    let names: Vec<PathBuf> = roots.iter().filter(|root| !root.is_dir()).cloned().collect();
    let folders: Vec<PathBuf> = roots.iter().filter(|root| root.is_dir()).cloned().collect();
    let concerns = move |path: &Path| {
        folders.iter().any(|folder| path.starts_with(folder))
            || names.iter().any(|name| name.file_name() == path.file_name())
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // The receiver is gone only when the watcher is.
        let send = |signal| drop(events_tx.send(signal));
        match event {
            Ok(event) if event.paths.is_empty() && is_change(event.kind) => send(Signal::Other),
            Ok(event) if is_change(event.kind) => {
                for path in event.paths.into_iter().filter(|path| concerns(path)) {
                    send(signal(event.kind, path));
                }
            }
            Ok(_) => {}
            // Events were lost: look at everything.
            Err(_) => send(Signal::Other),
        }
    })?;
    for root in roots {
        if root.is_dir() {
            watcher.watch(root, RecursiveMode::Recursive)?;
        } else {
            let folder = root.parent().filter(|folder| !folder.as_os_str().is_empty());
            watcher.watch(folder.unwrap_or(Path::new(".")), RecursiveMode::NonRecursive)?;
        }
    }
    Ok(watcher)
}

/// Reading a file is an event too; it must not lead to reading it again.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}

/// Only Linux tells when a writer closes a file.
fn signal(kind: EventKind, path: PathBuf) -> Signal {
    match kind {
        EventKind::Modify(ModifyKind::Data(_)) if cfg!(target_os = "linux") => Signal::Writing(path),
        EventKind::Access(_) | EventKind::Remove(_) => Signal::Closed(path),
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Other => Signal::Other,
    }
}

/// Until the watcher is dropped.
fn run(events: &Receiver<Signal>, polls: bool, mut changed: impl FnMut()) {
    loop {
        let first = if polls {
            match events.recv_timeout(POLL) {
                Ok(signal) => signal,
                Err(RecvTimeoutError::Timeout) => {
                    changed();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match events.recv() {
                Ok(signal) => signal,
                Err(_) => return,
            }
        };
        settle(events, first);
        changed();
    }
}

/// Waits until the events of one save are over: quiet, and no file half written.
fn settle(events: &Receiver<Signal>, first: Signal) {
    let begun = Instant::now();
    let mut open = HashSet::new();
    let mut next = Ok(first);
    loop {
        match next {
            Ok(Signal::Writing(path)) => drop(open.insert(path)),
            Ok(Signal::Closed(path)) => drop(open.remove(&path)),
            Err(RecvTimeoutError::Timeout) if open.is_empty() => return,
            Ok(Signal::Other) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let limit = if open.is_empty() { LATEST } else { WRITING };
        if begun.elapsed() >= limit {
            return;
        }
        next = events.recv_timeout(QUIET);
    }
}

/// Whether a path lies on a file system that sends no events for what others change. Known only on Linux.
fn is_silent(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    file_system(&mounts, &path).is_some_and(|kind| SILENT.contains(&kind) || kind.starts_with("fuse."))
}

/// The type of the file system that holds a path, from the text of `/proc/self/mountinfo`.
fn file_system<'m>(mounts: &'m str, path: &Path) -> Option<&'m str> {
    let mounts = mounts.lines().filter_map(|line| {
        let (mount, source) = line.split_once(" - ")?;
        let point = mount.split(' ').nth(4)?.replace("\\040", " ");
        Some((point, source.split(' ').next()?))
    });
    let mounts = mounts.filter(|(point, _)| path.starts_with(point));
    // Of two on one point the later hides the earlier.
    mounts.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_system_of_a_path_is_that_of_its_nearest_mount() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n\
                      40 22 0:40 / /mnt/my\\040share rw shared:1 - nfs4 host:/x rw\n\
                      41 22 0:41 / /mnt rw - tmpfs tmpfs rw\n";
        let cases = [
            ("/home/me", Some("ext4"), "the root holds what nothing else does"),
            ("/mnt/my share/a.yaml", Some("nfs4"), "the longest point, with its space"),
            ("/mnt/mything", Some("tmpfs"), "names count whole"),
        ];
        for (path, kind, why) in cases {
            assert_eq!(file_system(mounts, Path::new(path)), kind, "{why}");
        }
    }

    #[test]
    fn saving_a_file_is_told_and_reading_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, "a: 1\n").unwrap();
        let (told_tx, told) = channel();
        let watcher = watch(&[folder.path().to_path_buf()], move || told_tx.send(()).unwrap()).unwrap();
        if watcher.polls() {
            return;
        }
        std::fs::read(&file).unwrap();
        assert!(told.recv_timeout(Duration::from_millis(300)).is_err(), "reading changes nothing");
        let beside = folder.path().join(".a.swp");
        std::fs::write(&beside, "a: 2\n").unwrap();
        std::fs::rename(&beside, &file).unwrap();
        told.recv_timeout(Duration::from_secs(5)).expect("an editor's replacement is told");
        drop(watcher);
        let end = told.recv_timeout(Duration::from_secs(5));
        assert_eq!(end, Err(RecvTimeoutError::Disconnected), "the thread ends with the watcher");
    }

    #[test]
    fn a_file_that_is_being_written_is_told_when_its_writer_is_done() {
        if !cfg!(target_os = "linux") {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (told_tx, told) = channel();
        let watcher = watch(&[folder.path().to_path_buf()], move || told_tx.send(()).unwrap()).unwrap();
        if watcher.polls() {
            return;
        }
        let mut file = std::fs::File::create(folder.path().join("a.yaml")).unwrap();
        std::io::Write::write_all(&mut file, b"half: ").unwrap();
        assert!(told.recv_timeout(Duration::from_millis(800)).is_err(), "half of it is nothing to read");
        std::io::Write::write_all(&mut file, b"1\n").unwrap();
        drop(file);
        told.recv_timeout(Duration::from_secs(5)).expect("the whole of it is");
    }

    #[test]
    fn a_single_file_is_watched_through_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, "a: 1\n").unwrap();
        let (told_tx, told) = channel();
        let watcher = watch(std::slice::from_ref(&file), move || told_tx.send(()).unwrap()).unwrap();
        if watcher.polls() {
            return;
        }
        std::fs::write(folder.path().join("other.txt"), "x").unwrap();
        assert!(told.recv_timeout(Duration::from_millis(300)).is_err(), "another file is not ours");
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, "a: 3\n").unwrap();
        told.recv_timeout(Duration::from_secs(5)).expect("a file that was removed and written again is told");
    }
}

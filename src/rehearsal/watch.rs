//! Tells when files of the inputs may have changed. What changed, the source finds out.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::mpsc, time::timeout};

use crate::resource::Problem;

/// An editor writes a file in several steps; this long without another one and it is taken as done.
const QUIET: Duration = Duration::from_millis(40);
/// A file that never comes to rest is read after this many steps anyway.
const STEPS: usize = 20;
/// How often files are looked at where the system tells nothing.
const POLL: Duration = Duration::from_secs(1);

/// A running watch; it ends when dropped.
pub(super) struct Watch {
    _watcher: Option<RecommendedWatcher>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Watches files and folders. `changed_tx` gets a message for each burst of changes. Must be called within a runtime.
pub(super) fn watch(roots: &[PathBuf], changed_tx: mpsc::Sender<()>) -> (Watch, Option<Problem>) {
    // One place is enough: a burst that was told and not yet read stands for all after it.
    let (events_tx, events_rx) = mpsc::channel(1);
    let files: Vec<PathBuf> = roots.iter().filter(|root| !root.is_dir()).cloned().collect();
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.as_ref().map_or(true, |event| matters(event, &files)) {
            let _ = events_tx.try_send(());
        }
    });
    let watched = watcher.and_then(|mut watcher| {
        for root in roots {
            // A file is watched by its folder, because editors put a new file in its place; not with all that lies
            // below, because that may be a whole home.
            if root.is_dir() {
                watcher.watch(root, RecursiveMode::Recursive)?;
            } else {
                let folder = root.parent().filter(|folder| !folder.as_os_str().is_empty());
                watcher.watch(folder.unwrap_or(Path::new(".")), RecursiveMode::NonRecursive)?;
            }
        }
        Ok(watcher)
    });
    match watched {
        Ok(watcher) => {
            let task = tokio::spawn(settle(events_rx, changed_tx));
            (Watch { _watcher: Some(watcher), task }, None)
        }
        Err(error) => {
            let message = format!("files are not watched but looked at once a second: {error}");
            let problem = Problem::warning("files-not-watched", message)
                .fix("on Linux raise `fs.inotify.max_user_watches`, or give fewer folders");
            (Watch { _watcher: None, task: tokio::spawn(poll(changed_tx)) }, Some(problem))
        }
    }
}

async fn settle(mut events: mpsc::Receiver<()>, changed_tx: mpsc::Sender<()>) {
    while events.recv().await.is_some() {
        for _ in 0..STEPS {
            if timeout(QUIET, events.recv()).await.is_err() {
                break;
            }
        }
        if changed_tx.send(()).await.is_err() {
            return;
        }
    }
}

async fn poll(changed_tx: mpsc::Sender<()>) {
    loop {
        tokio::time::sleep(POLL).await;
        if changed_tx.send(()).await.is_err() {
            return;
        }
    }
}

/// Whether an event can concern a manifest: reading does not, nor do files with another ending (a log that lies
/// beside). Names without an ending may be links that Kubernetes and others swap as a whole.
fn matters(event: &Event, files: &[PathBuf]) -> bool {
    match event.kind {
        EventKind::Access(_) => false,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Any | EventKind::Other => {
            event.paths.is_empty() || event.paths.iter().any(|path| manifest(path) || files.iter().any(|f| ends(f, path)))
        }
    }
}

fn manifest(path: &Path) -> bool {
    path.extension().is_none_or(|end| ["yaml", "yml", "json"].iter().any(|known| end.eq_ignore_ascii_case(known)))
}

fn ends(file: &Path, path: &Path) -> bool {
    file.file_name().is_some_and(|name| path.file_name() == Some(name))
}

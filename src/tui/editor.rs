//! A person's own editor in the terminal that is ours: keys are not read and nothing is drawn while it runs.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use super::{
    app::{Draft, Message},
    event::Wake,
};
use crate::{config::create_private_folder, config::state_dir};

/// Time that the reader of keys gets to let go of the terminal.
const LETS_GO: Duration = Duration::from_secs(1);

/// Names of files of this run.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Lets the thread that reads keys rest while another program has the terminal. Process-wide, as the terminal is.
pub static REST: Rest = Rest { state: Mutex::new(State::Reads), changed: Condvar::new() };

/// A reader that can be sent to rest.
#[derive(Debug)]
pub struct Rest {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reads,
    Wanted,
    Rests,
}

impl Rest {
    /// Called by the reader before each read: rests while that is wanted.
    pub fn here(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while *state != State::Reads {
            *state = State::Rests;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Sends the reader to rest, and waits until it does. A reader that waits for a key is woken by a change of the
    /// terminal's size that is none.
    fn begin(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::Wanted;
        let _ = signal_hook::low_level::raise(signal_hook::consts::SIGWINCH);
        let still = |state: &mut State| *state == State::Wanted;
        drop(self.changed.wait_timeout_while(state, LETS_GO, still));
    }

    /// The reader reads again.
    pub fn end(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Reads;
        self.changed.notify_all();
    }

    /// Whether another program has the terminal.
    pub fn is_wanted(&self) -> bool {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) != State::Reads
    }
}

/// Opens a draft in the editor, in a thread of its own; what became of it comes as `Wake::Back`. The terminal has to
/// be given back before.
pub fn open(mut draft: Draft, wake: mpsc::Sender<Wake>) {
    REST.begin();
    thread::spawn(move || {
        let answer = edit(&mut draft);
        let _ = wake.send(Wake::Back(Message::Edited(draft, answer)));
    });
}

fn edit(draft: &mut Draft) -> Result<String, String> {
    let path = if let Some(path) = &draft.path {
        path.clone()
    } else {
        let path = write(draft).map_err(|error| format!("no file for the editor can be made: {error}"))?;
        draft.path = Some(path.clone());
        path
    };
    let editor = editor(|name| env::var_os(name));
    let shown = editor.display().to_string();
    let mut command = OsString::from(&editor);
    command.push(" \"$1\"");
    // By a shell, as kubectl and git do, because people write `code --wait` there.
    let status = Command::new("sh").arg("-c").arg(command).arg("sh").arg(&path).status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => {
            return Err(format!(
                "the editor `{shown}` ended with {status}; what you wrote is in {}",
                path.display()
            ));
        }
        Err(error) => return Err(format!("the editor `{shown}` can not be started: {error}")),
    }
    fs::read_to_string(&path).map_err(|error| format!("{} can not be read back: {error}", path.display()))
}

/// `KUBE_EDITOR`, `EDITOR`, `vi`: in kubectl's order.
fn editor(var: impl Fn(&str) -> Option<OsString>) -> OsString {
    let set = |name| var(name).filter(|value: &OsString| !value.is_empty());
    set("KUBE_EDITOR").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".into())
}

/// A file of this user's own, with an ending by which editors know YAML and JSON.
fn write(draft: &Draft) -> io::Result<PathBuf> {
    let folder = state_dir().unwrap_or_else(env::temp_dir).join("drafts");
    create_private_folder(&folder)?;
    let ending = draft.file.extension().unwrap_or_else(|| "yaml".as_ref());
    let name = |text: &str| {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')).collect::<String>()
    };
    let key = &draft.key;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = format!("{}-{}-{}-{number}", name(&key.namespace), name(&key.name), std::process::id());
    let path = folder.join(file).with_added_extension(ending);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path)?.write_all(draft.old.as_bytes())?;
    Ok(path)
}

/// Removes a file that is not needed any more.
pub fn discard(path: &Path) {
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicBool};

    use super::*;

    #[test]
    fn kubectls_editor_goes_before_the_others() {
        let cases: [(&[(&str, &str)], &str); 4] = [
            (&[("KUBE_EDITOR", "nano"), ("EDITOR", "vim")], "nano"),
            (&[("KUBE_EDITOR", ""), ("EDITOR", "code --wait")], "code --wait"),
            (&[], "vi"),
            (&[("VISUAL", "emacs")], "vi"),
        ];
        for (environment, named) in cases {
            let var =
                |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).into());
            assert_eq!(editor(var), named);
        }
    }

    #[test]
    fn a_reader_rests_until_it_may_read_again() {
        static OWN: Rest = Rest { state: Mutex::new(State::Reads), changed: Condvar::new() };
        let read = Arc::new(AtomicU32::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let (count, end) = (Arc::clone(&read), Arc::clone(&stop));
        let reader = thread::spawn(move || {
            while !end.load(Ordering::SeqCst) {
                OWN.here();
                count.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(1));
            }
        });
        *OWN.state.lock().unwrap() = State::Wanted;
        while *OWN.state.lock().unwrap() != State::Rests {
            thread::sleep(Duration::from_millis(1));
        }
        let before = read.load(Ordering::SeqCst);
        thread::sleep(Duration::from_millis(20));
        assert_eq!(read.load(Ordering::SeqCst), before, "nothing is read");
        OWN.end();
        while read.load(Ordering::SeqCst) == before {
            thread::sleep(Duration::from_millis(1));
        }
        stop.store(true, Ordering::SeqCst);
        reader.join().unwrap();
    }
}

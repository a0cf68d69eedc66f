//! Completions and manual pages, tried with the programs that read them.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::program::cutover;

/// The commands, as the help lists them.
fn commands() -> Vec<String> {
    let help = cutover(&["--help"]).stdout;
    let from = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = from.take_while(|line| !line.is_empty());
    let named = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    named.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

/// Runs a program with this on standard input; none when it is not installed.
fn feed(program: &str, arguments: &[&str], input: &str) -> Option<Output> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Some(output)
}

#[test]
fn every_shell_completes_every_command() {
    let commands = commands();
    assert!(commands.len() >= 10 && commands.contains(&"weights".to_owned()), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = cutover(&["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        for command in &commands {
            assert!(run.stdout.contains(command.as_str()), "{shell} does not know `{command}`");
        }
        // A shell reads it without running it.
        let check: Option<&[&str]> = match shell {
            "bash" | "zsh" => Some(&["-n"]),
            "fish" => Some(&["--no-execute"]),
            _ => None,
        };
        if let Some(output) = check.and_then(|arguments| feed(shell, arguments, &run.stdout)) {
            assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {output:?}");
        }
    }
    assert_eq!(cutover(&["completions", "cmd"]).code, 2);
}

#[test]
fn bash_really_completes_with_it() {
    let script = cutover(&["completions", "bash"]).stdout;
    let ask = |words: &str| {
        let count = words.split(' ').count() - 1;
        let last = words.rsplit(' ').next().unwrap_or_default();
        let asked = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD={count}; _cutover cutover '{last}' x; echo \"${{COMPREPLY[@]}}\"\n"
        );
        let output = feed("bash", &["--norc"], &asked).expect("bash is there");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    for (typed, offered) in
        [("cutover wei", "weights"), ("cutover completions z", "zsh"), ("cutover get --out", "--output")]
    {
        assert_eq!(ask(typed), offered, "{typed}");
    }
}

#[test]
fn there_is_a_manual_page_for_every_command_and_it_can_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    let run = cutover(&["man", "--dir", pages.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(pages.join("cutover.1")).unwrap(), cutover(&["man"]).stdout);
    let commands: Vec<_> = commands().into_iter().filter(|command| command != "help").collect();
    assert_eq!(fs::read_dir(&pages).unwrap().count(), commands.len() + 1);
    let set = |page: &Path| {
        let text = fs::read_to_string(page).unwrap();
        let output = feed("groff", &["-Kutf8", "-man", "-Tutf8", "-ww", "-P-cbou"], &text)?;
        assert!(output.stderr.is_empty(), "{}: {}", page.display(), String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8(output.stdout).unwrap())
    };
    let main = set(&pages.join("cutover.1"));
    for command in &commands {
        let page = pages.join(format!("cutover-{command}.1"));
        assert!(page.exists(), "{command} has no page");
        let Some((own, main)) = set(&page).zip(main.as_ref()) else { continue };
        let own = own.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(own.contains(&format!("NAME cutover-{command} - ")), "{own}");
        assert!(main.contains(&format!("cutover-{command}(1)")), "the main page does not name {command}");
    }
}

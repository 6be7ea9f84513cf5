//! The page for Django teams, tried line by line in an empty folder.

use std::{env, fs, net::TcpListener, path::Path, process::Stdio};

use crate::support::{python, without_settings};

const PAGE: &str = include_str!("../../docs/beside-django.md");

/// The page as a script: what is to be typed, and what is to be written into files.
fn script() -> String {
    let mut script = String::new();
    for block in PAGE.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').expect("a block");
        if language == "sh" {
            script.push_str(text);
        } else {
            let (place, text) = text.split_once('\n').expect("a file");
            let place = place.trim_start_matches("# ");
            let (how, file) = place.strip_prefix("at the end of ").map_or((">", place), |file| (">>", file));
            script.extend(["cat ", how, " ", file, " <<'END'\n", text, "\nEND"]);
        }
        script.push('\n');
    }
    script
}

/// Ports on which nobody listens, from below those that the system gives to whoever asks for any.
fn free_ports() -> [String; 3] {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).expect("a small number");
    let mut free = (first..).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    [(); 3].map(|()| free.next().expect("a port").to_string())
}

#[test]
fn the_page_for_django_teams_holds_line_by_line() {
    let mut script = script();
    for (port, free) in ["8000", "8001", "8080"].into_iter().zip(free_ports()) {
        assert!(script.contains(port));
        script = script.replace(port, &free);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let place = tempfile::tempdir().expect("a folder");
    // Whatever happens, nobody stays behind.
    let end = "trap 'kill $(jobs -p) $(cat nginx.pid) 2>/dev/null || true' EXIT\n";
    let path = place.path().join("script");
    fs::write(&path, format!("set -eumo pipefail\n{end}{script}wait\n")).expect("a file");

    let python = python().get_program().to_owned();
    let programs =
        [Path::new(env!("CARGO_BIN_EXE_vestibule")), Path::new(&python)].map(|path| path.parent().expect("a folder"));
    let known = env::var_os("PATH").unwrap_or_default();
    let known = env::split_paths(&known).chain([Path::new("/usr/sbin").to_owned()]);
    let path_variable = env::join_paths(programs.into_iter().map(Path::to_owned).chain(known)).expect("a path");
    let mut bash = std::process::Command::new("bash");
    without_settings(&mut bash);
    bash.arg(&path).current_dir(folder.path()).env("PATH", path_variable).stdin(Stdio::null());
    let output = bash.output().expect("bash");
    let log = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let said = String::from_utf8_lossy(&output.stdout);
    let all = format!(
        "{said}\n{}\ngunicorn: {}\nvestibule: {}\nnginx: {}",
        String::from_utf8_lossy(&output.stderr),
        log("gunicorn.log"),
        log("vestibule.log"),
        log("nginx.log")
    );
    assert!(output.status.success(), "{all}");
    for word in
        ["agrees     SECRET_KEY", "Adopted from Django", "Site administration", "/auth/login/?next=/auth/dashboard/"]
    {
        assert!(said.contains(word), "{word}: {all}");
    }
}

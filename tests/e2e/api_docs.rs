//! `/api/docs/`, as somebody meets it who wants to call the API.

use std::process::Command;

use serde_json::Value;

use crate::support::{Driver, PASSWORD, Program};

const PAGE: &str = "/api/docs/";

/// What the schema lists, as `POST /api/posts/`.
fn operations(program: &Program) -> Vec<String> {
    let schema: Value = serde_json::from_str(&program.client().get("/api/schema/").body).expect("JSON");
    let paths = schema["paths"].as_object().expect("paths");
    let of_path = |(path, methods): (&String, &Value)| -> Vec<String> {
        let methods = methods.as_object().expect("methods");
        methods.keys().map(|method| format!("{} {path}", method.to_uppercase())).collect()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn every_operation_of_the_schema_is_on_the_page_and_in_its_contents() {
    let driver = Driver::start();
    let browser = driver.browser_without_scripts();
    let program = Program::init().with_superuser("ann").start();
    browser.open(&program.url(PAGE));

    let operations = operations(&program);
    assert!(operations.len() > 10, "{operations:?}");
    for place in [".endpoint", "nav li:not(:first-child):not(:last-child)"] {
        let shown: Vec<String> = browser.texts(place).iter().map(|text| text.replace('\n', " ")).collect();
        assert_eq!(shown, operations, "{place}");
    }
    let lost = "return [...document.querySelectorAll('main a[href^=\"#\"]')].filter(a => !document.querySelector(a.hash)).length";
    assert_eq!(browser.script(lost), 0);
    let levels = "return [...document.querySelectorAll('h1, h2, h3, h4')].map(at => Number(at.tagName[1]))";
    let levels: Vec<u8> = serde_json::from_value(browser.script(levels)).expect("numbers");
    assert!(levels[0] == 1 && levels.windows(2).all(|two| two[1] <= two[0] + 1), "{levels:?}");
}

#[test]
fn the_page_asks_no_other_host_for_anything() {
    let driver = Driver::start();
    let browser = driver.browser();
    let program = Program::init().with_superuser("ann").start();
    browser.open(&program.url(PAGE));

    let asked = browser.script("return performance.getEntriesByType('resource').map(entry => entry.name)");
    let asked: Vec<String> = serde_json::from_value(asked).expect("addresses");
    assert!(asked.iter().any(|address| address.contains("/css/")), "{asked:?}");
    assert!(asked.iter().all(|address| address.starts_with(&program.url("/static/"))), "{asked:?}");
}

#[test]
fn every_command_works_as_pasted() {
    let driver = Driver::start();
    let browser = driver.browser();
    let program = Program::init().with_superuser("ann").start();
    browser.open(&program.url(PAGE));

    let steps = filled_in(&browser.texts(".steps pre"));
    assert_eq!(run(&steps.join("\n")).unwrap_or_else(|error| panic!("{error}")).matches("\"ann\"").count(), 1);
    let commands = filled_in(&browser.texts(".operation:not(#first-steps) pre"));
    assert_eq!(commands.len(), operations(&program).len());
    for command in commands {
        run(&format!("{}\n{command}", steps[0])).unwrap_or_else(|error| panic!("{command}\n{error}"));
    }
}

fn filled_in(commands: &[String]) -> Vec<String> {
    commands.iter().map(|command| command.replace("username=…", "username=ann").replace('…', PASSWORD)).collect()
}

/// Pastes `commands` into a fresh shell: what it prints, or why one of them failed.
fn run(commands: &str) -> Result<String, String> {
    // Refusals fail too.
    let script = format!("set -eu; curl() {{ command curl -fsS \"$@\"; }}\n{commands}");
    let mut shell = Command::new("sh");
    let path = std::env::var_os("PATH").expect("PATH");
    let output = shell.args(["-c", &script]).env_clear().env("PATH", path).output().expect("a shell");
    let [printed, complaints] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if output.status.success() { Ok(printed) } else { Err(format!("{printed}\n{complaints}")) }
}

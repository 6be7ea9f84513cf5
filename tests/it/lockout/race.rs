//! Everybody guesses at once: no more reach the hash than may fail.

use super::{
    ADDRESS_LIMITS,
    guesses::{Answers, DEAR_HASHERS, Door, Guess, NAMES_OF_ANN, all_at_once},
    site,
};
use crate::support::{Client, Place, Program, Running, TestApp, TestAppBuilder, until};

/// How many guess at once.
const CROWD: usize = 200;

fn dear() -> TestAppBuilder {
    site().setting("PASSWORD_HASHERS", DEAR_HASHERS)
}

/// A site that two instances in this process serve.
struct Pair([TestApp; 2]);

impl Pair {
    fn start(setting: &str, value: &str) -> Self {
        let first = dear().setting(setting, value).start();
        let second = first.beside().setting("LOCKOUT_ADDRESS_LIMITS", ADDRESS_LIMITS);
        let second = second.setting("PASSWORD_HASHERS", DEAR_HASHERS).setting("TRUSTED_PROXIES", "127.0.0.1");
        let second = second.setting(setting, value).start();
        Self([first, second])
    }

    fn doors(&self) -> Vec<Door> {
        self.0.iter().map(|app| Door::new(app.client())).collect()
    }

    fn hashes(&self) -> u64 {
        self.0.iter().map(|app| app.auth.hashers.runs()).sum()
    }
}

/// A site that two processes of the program serve.
struct Processes {
    program: Program,
    beside: Running,
    clients: Option<[Client; 2]>,
    numbers: [Client; 2],
}

impl Processes {
    fn start(adjust: impl FnOnce(Place) -> Place) -> Self {
        let place = Program::init().setting("PASSWORD_HASHERS", DEAR_HASHERS).setting("TRUSTED_PROXIES", "127.0.0.1");
        let place = place.setting("LOCKOUT_ADDRESS_LIMITS", ADDRESS_LIMITS);
        let program = adjust(place.setting("METRICS_BIND", "127.0.0.1:0")).with_superuser("ann").start();
        let (client, beside) = program.beside();
        let numbers = [&program.running, &beside].map(|running| running.numbers(&program.place));
        // Each measures, while it starts, how long its one scheme takes: a hash, and a check of it.
        until(|| numbers.iter().all(|numbers| computed(numbers) == 2));
        Self { clients: Some([program.client(), client]), program, beside, numbers }
    }

    fn doors(&mut self) -> Vec<Door> {
        assert_ne!(self.program.id(), self.beside.id());
        self.clients.take().expect("once").into_iter().map(Door::new).collect()
    }

    /// At the hashers of both.
    fn hashes(&self) -> u64 {
        self.numbers.iter().map(computed).sum()
    }
}

fn computed(numbers: &Client) -> u64 {
    let text = numbers.get("/metrics").body;
    let line = text.lines().find_map(|line| line.strip_prefix(r#"vestibule_hashing{state="computed"} "#));
    line.expect("a number").parse().expect("a number")
}

/// A crowd that guesses at `ann`, by all her names and from ever other browsers.
fn crowd_at_ann(address: &str) -> Vec<Guess> {
    (0..CROWD).map(|number| Guess::new(NAMES_OF_ANN[number % NAMES_OF_ANN.len()], address, number)).collect()
}

/// Nobody heard anything but "wrong", "locked" and "in a second".
#[track_caller]
fn assert_orderly(answers: &Answers) {
    let known = |(status, soon): &(u16, Option<String>)| match status {
        200 | 302 | 429 => true,
        503 => soon.as_deref() == Some("1"),
        _ => false,
    };
    assert!(answers.keys().all(known), "{answers:?}");
}

#[test]
fn of_200_guesses_at_once_over_two_processes_five_reach_the_hash() {
    let mut processes = Processes::start(|place| place);
    let (doors, before) = (processes.doors(), processes.hashes());
    let answers = all_at_once(&doors, &crowd_at_ann("192.0.2.1"));
    assert_eq!(processes.hashes() - before, 5, "{answers:?}");
    assert_orderly(&answers);
    assert!(answers.get(&(200, None)).copied().unwrap_or_default() <= 4, "the fifth hears of the lock: {answers:?}");
    let row = "SELECT failures || ' ' || pending FROM vestibule_lockout WHERE rule = 'username+ip_address'";
    assert_eq!(processes.program.database().text(row).as_deref(), Some("5 0"));
    assert_eq!(processes.program.database().number("SELECT SUM(failures_since_start) FROM axes_accessattempt"), 5);
}

#[test]
fn of_200_guesses_at_once_over_two_instances_five_reach_the_hash_and_one_if_one_may_fail() {
    for limit in [5, 1] {
        let pair = Pair::start("AXES_FAILURE_LIMIT", &limit.to_string());
        let (doors, before) = (pair.doors(), pair.hashes());
        let answers = all_at_once(&doors, &crowd_at_ann("192.0.2.1"));
        assert_eq!(pair.hashes() - before, limit, "{answers:?}");
        assert_orderly(&answers);
    }
}

#[test]
fn if_one_may_fail_one_of_200_over_two_processes_reaches_the_hash() {
    let mut processes = Processes::start(|place| place.setting("AXES_FAILURE_LIMIT", "1"));
    let (doors, before) = (processes.doors(), processes.hashes());
    let answers = all_at_once(&doors, &crowd_at_ann("192.0.2.1"));
    assert_eq!(processes.hashes() - before, 1, "{answers:?}");
    assert_orderly(&answers);
}

#[test]
fn of_200_names_tried_at_once_from_one_address_ten_reach_the_hash() {
    let guesses = |address: &str| -> Vec<Guess> {
        (0..CROWD).map(|number| Guess::new(&format!("victim{number}"), address, number)).collect()
    };
    let mut processes = Processes::start(|place| place);
    let (doors, before) = (processes.doors(), processes.hashes());
    let answers = all_at_once(&doors, &guesses("192.0.2.1"));
    assert_eq!(processes.hashes() - before, 10, "{answers:?}");
    assert_orderly(&answers);

    let pair = Pair::start("AXES_FAILURE_LIMIT", "5");
    let (doors, before) = (pair.doors(), pair.hashes());
    let answers = all_at_once(&doors, &guesses("2001:db8::1"));
    assert_eq!(pair.hashes() - before, 10, "{answers:?}");
    assert_orderly(&answers);
}

/// 20 rounds of 24 guesses, of which one is right: by chance 5 in 24 are let in. django-axes, which counts what has been
/// hashed, let 15 of 20 in.
#[test]
fn the_right_password_in_a_crowd_is_let_in_no_more_often_than_chance_has_it() {
    const ROUNDS: usize = 20;
    const GUESSES: usize = 24;
    let pair = Pair::start("AXES_FAILURE_LIMIT", "5");
    let doors = pair.doors();
    let mut let_in = 0;
    for round in 0..ROUNDS {
        let address = format!("192.0.2.{round}");
        // Its place in the order of sending says little about when it is looked at.
        let right = (round * 7 + 3) % GUESSES;
        let guess = |number| Guess::new(NAMES_OF_ANN[number % 5], &address, number);
        let guesses: Vec<Guess> =
            (0..GUESSES).map(|number| if number == right { guess(number).right() } else { guess(number) }).collect();
        let before = pair.hashes();
        let answers = all_at_once(&doors, &guesses);
        assert_orderly(&answers);
        let open = answers.get(&(302, None)).map_or(0, |times| *times as u64);
        let_in += open;
        assert!(pair.hashes() - before <= 5 + open, "only the right one gave its attempt back: {answers:?}");
    }
    // Four standard deviations above 20 · 5/24.
    assert!(let_in <= 12, "{let_in} of {ROUNDS}");
}

#[test]
fn who_logs_in_while_others_fail_disturbs_nobody() {
    let pair = Pair::start("AXES_RESET_ON_SUCCESS", "true");
    let doors = pair.doors();
    for round in 0..5 {
        let address = format!("192.0.2.{round}");
        let guesses: Vec<Guess> = (0..60)
            .map(|number| {
                // Few browsers: they meet in axes' rows.
                let guess = Guess::new(["ann", "bob"][number % 2], &address, number % 3);
                if number % 4 < 2 { guess.right() } else { guess }
            })
            .collect();
        assert_orderly(&all_at_once(&doors, &guesses));
    }
}

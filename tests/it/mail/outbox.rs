//! When which letter is tried, and by whom.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Barrier, Mutex, mpsc},
    thread,
};

use time::Duration;
use vestibule::mail::{
    EmailBackend, MailError, Mailer, Message,
    outbox::{self, Delivered, Postman},
};

use super::{Post, RETRY_FOR, delivered, message, open, postman};
use crate::support::{keep_log, logged};

type Decide = dyn Fn(&str) -> Result<(), MailError> + Send + Sync;

/// Remembers whom it was asked to write to, and does as it is told.
#[derive(Clone)]
struct Scripted {
    asked: Arc<Mutex<Vec<String>>>,
    decide: Arc<Mutex<Arc<Decide>>>,
}

impl Scripted {
    fn new(decide: impl Fn(&str) -> Result<(), MailError> + Send + Sync + 'static) -> Self {
        let decide: Arc<Decide> = Arc::new(decide);
        Self { asked: Arc::default(), decide: Arc::new(Mutex::new(decide)) }
    }

    fn well() -> Self {
        Self::new(|_| Ok(()))
    }

    /// From now on.
    fn decides(&self, decide: impl Fn(&str) -> Result<(), MailError> + Send + Sync + 'static) {
        *self.decide.lock().expect("a decision") = Arc::new(decide);
    }

    fn postman(&self) -> Postman {
        postman(Mailer::with(Box::new(self.clone())))
    }

    /// Whom it was asked to write to since it was last asked this.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("addresses"))
    }
}

impl EmailBackend for Scripted {
    fn send(&self, message: &Message) -> Result<(), MailError> {
        self.asked.lock().expect("addresses").push(message.to.clone());
        let decide = Arc::clone(&self.decide.lock().expect("a decision"));
        decide(&message.to)
    }
}

fn refused(_: &str) -> Result<(), MailError> {
    Err(MailError::Refused("no".to_owned()))
}

fn down(_: &str) -> Result<(), MailError> {
    Err(MailError::Unavailable("down".to_owned()))
}

/// `EmailBackend::patience` as it comes, and what the postman adds.
const LEASE: Duration = Duration::minutes(6);

#[test]
fn letters_are_sent_once_and_in_their_order() {
    let (post, backend) = (Post::of(&["ann", "bob", "eve"]), Scripted::well());
    let postman = backend.postman();
    assert_eq!(post.round(&postman), delivered(3, 0));
    assert_eq!(post.round(&postman), delivered(0, 0));
    assert_eq!(backend.asked(), ["ann", "bob", "eve"]);
    assert_eq!(post.waiting(), 0);
}

#[test]
fn a_letter_is_there_only_if_what_it_tells_of_is() {
    let (post, backend) = (Post::new(), Scripted::well());
    let kept = post.database.get().expect("a connection").write(|db| {
        outbox::post(db, "ann", post.clock.now()).expect("posted");
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    assert!(kept.is_err());
    assert_eq!(post.round(&backend.postman()), delivered(0, 0));
    assert_eq!(backend.asked(), [] as [&str; 0]);
}

#[test]
fn a_letter_that_has_nothing_to_say_any_more_goes_without_mail() {
    let (post, backend) = (Post::of(&["ann"]), Scripted::well());
    let nothing = |_: &str| Ok::<_, Infallible>(Vec::new());
    let round = backend.postman().deliver_due(&post.database, &post.clock, nothing).expect("a round");
    assert_eq!((round, post.waiting()), (delivered(1, 0), 0));
    assert_eq!(backend.asked(), [] as [&str; 0]);
}

#[test]
fn a_letter_that_cannot_be_sent_is_tried_ever_more_seldom() {
    for fails in [refused, down] {
        let (post, backend) = (Post::of(&["ann"]), Scripted::new(fails));
        let postman = backend.postman();
        for seconds in [30, 60, 120, 300, 900, 1_800, 3_600, 3_600, 3_600] {
            let wait = Duration::seconds(seconds);
            let before = post.clock.now();
            assert_eq!(post.round(&postman), delivered(0, 1), "before {seconds}");
            let due = post.due_at();
            assert!((before + wait..=post.clock.now() + wait).contains(&due), "{due} {seconds}");
            post.clock.advance(due - post.clock.now() - Duration::seconds(15));
            assert_eq!(post.round(&postman), delivered(0, 0), "{seconds}");
            post.clock.advance(Duration::seconds(15));
        }
        backend.decides(|_| Ok(()));
        assert_eq!((post.round(&postman), post.waiting()), (delivered(1, 0), 0));
    }
}

#[test]
fn a_message_that_is_refused_moves_its_letter_alone() {
    let post = Post::of(&["ann", "bob", "eve"]);
    let backend = Scripted::new(|to| if to == "bob" { refused(to) } else { Ok(()) });
    let postman = backend.postman();
    assert_eq!(post.round(&postman), delivered(2, 1));
    assert_eq!(post.round(&postman), delivered(0, 0));
    assert_eq!(backend.asked(), ["ann", "bob", "eve"]);
    post.clock.advance(Duration::seconds(30));
    assert_eq!(post.round(&postman), delivered(0, 1));
    assert_eq!(backend.asked(), ["bob"]);
}

#[test]
fn where_nobody_is_served_one_letter_is_tried_and_the_others_wait_untouched() {
    let (post, backend) = (Post::of(&["ann", "bob", "eve"]), Scripted::new(down));
    let postman = backend.postman();
    assert_eq!(post.round(&postman), delivered(0, 1));
    assert_eq!((backend.asked(), post.tried()), (vec!["ann".to_owned()], 1));
    backend.decides(|_| Ok(()));
    assert_eq!(post.round(&postman), delivered(2, 0));
    assert_eq!(backend.asked(), ["bob", "eve"]);
    post.clock.advance(Duration::seconds(30));
    assert_eq!(post.round(&postman), delivered(1, 0));
    assert_eq!(backend.asked(), ["ann"]);
}

#[test]
fn a_letter_that_cannot_be_composed_moves_alone_and_the_log_says_why_without_its_text() {
    keep_log();
    let (post, backend) = (Post::of(&["ann", "bob"]), Scripted::well());
    let compose = |letter: &str| if letter == "ann" { Err("no template 5d1f") } else { Ok(vec![message(letter)]) };
    let round = |postman: &Postman| postman.deliver_due(&post.database, &post.clock, compose).expect("a round");
    assert_eq!(round(&backend.postman()), delivered(1, 1));
    assert_eq!(backend.asked(), ["bob"]);
    let line = logged("no template 5d1f");
    assert!(line.contains("WARN") && line.contains("\"id\":1") && !line.contains("ann"), "{line}");
}

#[test]
fn a_letter_is_given_up_when_its_time_is_over_after_a_last_try() {
    keep_log();
    let (post, backend) = (Post::new(), Scripted::new(|_| Err(MailError::Refused("no 77aa".to_owned()))));
    let (postman, before) = (backend.postman(), post.clock.now());
    post.write("ann@given-up.example");
    let after = post.clock.now();
    while post.waiting() == 1 {
        assert_eq!(post.round(&postman), delivered(0, 1));
        if post.waiting() == 1 {
            let due = post.due_at();
            assert!(due <= after + RETRY_FOR, "{due}");
            post.clock.advance(due - post.clock.now());
        }
    }
    assert!(post.clock.now() >= before + RETRY_FOR, "not before its time");
    assert!(post.clock.now() < after + RETRY_FOR + Duration::HOUR, "and no later");
    let lines = logged("no 77aa");
    assert_eq!(lines.matches("ERROR").count(), 1, "{lines}");
    assert_eq!(logged("given-up.example"), "", "no address is logged");
}

#[test]
fn a_letter_that_could_not_be_tried_in_its_time_is_tried_once() {
    let (post, backend) = (Post::of(&["ann"]), Scripted::well());
    post.clock.advance(RETRY_FOR * 3);
    assert_eq!((post.round(&backend.postman()), backend.asked()), (delivered(1, 0), vec!["ann".to_owned()]));
}

#[test]
fn two_postmen_at_once_send_each_letter_once() {
    let names: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
    let post = Post::of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let (backend, barrier) = (Scripted::well(), Barrier::new(2));
    let rounds: Vec<Delivered> = thread::scope(|scope| {
        let work = || {
            // As another process would: with a pool of its own.
            let (database, postman) = (open(&post.rows), backend.postman());
            barrier.wait();
            let compose = |letter: &str| Ok::<_, Infallible>(vec![message(letter)]);
            postman.deliver_due(&database, &post.clock, compose).expect("a round")
        };
        let both = [scope.spawn(work), scope.spawn(work)];
        both.map(|thread| thread.join().expect("a round")).to_vec()
    });
    assert_eq!((rounds[0].sent + rounds[1].sent, rounds[0].failed + rounds[1].failed), (40, 0));
    let mut asked = backend.asked();
    asked.sort();
    assert_eq!((asked, post.waiting()), (names, 0));
}

#[test]
fn while_one_postman_sends_a_letter_another_leaves_it_alone() {
    let post = Arc::new(Post::of(&["ann", "bob"]));
    let other = Scripted::well();
    let (beside, watched) = (other.postman(), Arc::clone(&post));
    // The other makes a round in the middle of the first one's.
    let backend = Scripted::new(move |to| {
        watched.clock.advance(LEASE - Duration::MINUTE);
        let expected = if to == "ann" { delivered(1, 0) } else { delivered(0, 0) };
        assert_eq!(watched.round(&beside), expected, "{to}");
        Ok(())
    });
    assert_eq!(post.round(&backend.postman()), delivered(1, 0));
    assert_eq!((backend.asked(), other.asked()), (vec!["ann".to_owned()], vec!["bob".to_owned()]));
    assert_eq!(post.waiting(), 0);
}

#[test]
fn a_letter_that_another_postman_has_claimed_meanwhile_is_passed_over() {
    let post = Arc::new(Post::of(&["ann", "bob"]));
    let (tell_claimed, claimed) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let other = Scripted::new(move |_| {
        tell_claimed.send(()).expect("somebody waits");
        released.lock().expect("a channel").recv().expect("a word");
        Ok(())
    });
    // Both are due when the first looks; while it sends one, the other begins to send the second.
    let (beside, watched) = (other.postman(), Arc::clone(&post));
    let working = Arc::new(Mutex::new(None));
    let (begun, claimed) = (Arc::clone(&working), Mutex::new(claimed));
    let backend = Scripted::new(move |to| {
        if to != "ann" {
            return Ok(());
        }
        let (beside, watched) = (beside.clone(), Arc::clone(&watched));
        *begun.lock().expect("a thread") = Some(thread::spawn(move || watched.round(&beside)));
        claimed.lock().expect("a channel").recv().expect("a claim");
        Ok(())
    });
    assert_eq!(post.round(&backend.postman()), delivered(1, 0));
    release.send(()).expect("somebody waits");
    let working = working.lock().expect("a thread").take().expect("a thread");
    assert_eq!(working.join().expect("a round"), delivered(1, 0));
    assert_eq!((backend.asked(), other.asked()), (vec!["ann".to_owned()], vec!["bob".to_owned()]));
}

#[test]
fn the_claim_holds_for_each_of_several_messages() {
    let post = Arc::new(Post::of(&["ann"]));
    let other = Scripted::well();
    let (beside, watched) = (other.postman(), Arc::clone(&post));
    let backend = Scripted::new(move |to| {
        watched.clock.advance(LEASE - Duration::MINUTE);
        assert_eq!(watched.round(&beside), delivered(0, 0), "{to}");
        Ok(())
    });
    let three = |_: &str| Ok::<_, Infallible>(vec![message("old"), message("new"), message("third")]);
    let round = backend.postman().deliver_due(&post.database, &post.clock, three).expect("a round");
    assert_eq!((round, backend.asked()), (delivered(1, 0), ["old", "new", "third"].map(str::to_owned).to_vec()));
    assert_eq!((other.asked(), post.waiting()), (vec![], 0));
}

#[test]
fn if_one_of_several_messages_fails_all_are_sent_again() {
    let (post, backend) = (Post::of(&["ann"]), Scripted::new(|to| if to == "new" { refused(to) } else { Ok(()) }));
    let postman = backend.postman();
    let both = |_: &str| Ok::<_, Infallible>(vec![message("old"), message("new")]);
    let round = || postman.deliver_due(&post.database, &post.clock, both).expect("a round");
    assert_eq!((round(), post.waiting()), (delivered(0, 1), 1));
    backend.decides(|_| Ok(()));
    post.clock.advance(Duration::seconds(30));
    assert_eq!((round(), post.waiting()), (delivered(1, 0), 0));
    assert_eq!(backend.asked(), ["old", "new", "old", "new"]);
}

#[test]
fn the_letter_of_a_postman_who_crashed_is_sent_after_the_lease() {
    let (post, backend) = (Post::of(&["ann"]), Scripted::new(|_| panic!("crashed, as this test wants")));
    let postman = backend.postman();
    assert!(catch_unwind(AssertUnwindSafe(|| post.round(&postman))).is_err());
    backend.decides(|_| Ok(()));
    backend.asked();
    assert_eq!((post.round(&postman), post.waiting()), (delivered(0, 0), 1));
    post.clock.advance(LEASE - Duration::MINUTE);
    assert_eq!(post.round(&postman), delivered(0, 0));
    post.clock.advance(Duration::MINUTE);
    assert_eq!((post.round(&postman), post.waiting()), (delivered(1, 0), 0));
    assert_eq!(backend.asked(), ["ann"]);
}

#[test]
fn a_postman_whose_claim_has_ended_does_not_change_when_the_letter_is_due() {
    let post = Arc::new(Post::of(&["ann"]));
    let beside = Scripted::new(refused).postman();
    let watched = Arc::clone(&post);
    let due = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&due);
    let backend = Scripted::new(move |to| {
        watched.clock.advance(LEASE);
        assert_eq!(watched.round(&beside), delivered(0, 1));
        *noted.lock().expect("a time") = Some(watched.due_at());
        refused(to)
    });
    assert_eq!(post.round(&backend.postman()), delivered(0, 1));
    assert_eq!(Some(post.due_at()), *due.lock().expect("a time"));
}

#[test]
fn a_round_tries_so_many_letters_and_no_more() {
    let limit = usize::try_from(outbox::LIMIT).expect("a number");
    let post = Post::of(&vec!["ann"; limit + 3]);
    let backend = Scripted::well();
    assert_eq!(post.round(&backend.postman()), delivered(outbox::LIMIT, 0));
    assert_eq!(post.round(&backend.postman()), delivered(3, 0));
}

#[test]
fn a_clock_that_was_years_ahead_stops_no_letter() {
    let (post, backend) = (Post::new(), Scripted::new(refused));
    let postman = backend.postman();
    post.clock.advance(Duration::days(3_650));
    post.write("ann");
    post.write("bob");
    assert_eq!(post.round(&postman), delivered(0, 2));
    post.clock.advance(Duration::days(-3_650));
    assert_eq!(post.round(&postman), delivered(0, 2), "due at a time that none of ours could have set");
    assert_eq!(post.round(&postman), delivered(0, 0), "and from then on as usual");
    post.clock.advance(RETRY_FOR);
    assert_eq!(
        (post.round(&postman), post.waiting()),
        (delivered(0, 2), 0),
        "its age counts from when the clock was set right"
    );
}

//! The program, as several processes of one site.

use super::receiver::{Receiver, Told};
use crate::support::{PASSWORD, Program, until};

#[test]
fn of_two_processes_one_tells_each_event_and_commands_are_heard_of_too() {
    let receiver = Receiver::new();
    let site = Program::init().with_superuser("root").setting("WEBHOOK_URL", &receiver.url());
    // A letter is told of when it was sent, whenever that is.
    let site = site.setting("NOTIFY_NEW_DEVICE", "false").start();
    let (beside, _running) = site.beside();
    for client in [site.client(), beside] {
        for typed in ["ann", "ben", "cem", "dee"] {
            client.log_in(typed, "wrong");
        }
        assert_eq!(client.log_in("root", PASSWORD).status, 302);
    }
    let output = site.place.run_command(&["axes_reset"]);
    assert!(output.status.success(), "{output:?}");
    let left = || site.database().number("SELECT count(*) FROM vestibule_outbox WHERE destination = 'webhook'");
    until(|| left() == 0);
    let (kinds, told) = (receiver.kinds(), receiver.told().clone());
    let mut ids: Vec<&str> = told.iter().map(Told::id).collect();
    ids.sort_unstable();
    ids.dedup();
    // Who ran a command stands in the audit log too; who made the superuser did so before anybody listened.
    let recorded = site.database().number("SELECT count(*) FROM vestibule_event");
    assert_eq!((ids.len(), told.len(), recorded), (12, 12, 11), "each once: {kinds:?}");
    for kind in ["lockout_reset", "audit.axes_reset"] {
        assert!(kinds.iter().any(|known| known == kind), "{kinds:?}");
    }
}

//! Programs that hold somebody's tokens, as they see and end them.

use super::{happened, press, refresh_token, renews, site};
use crate::support::{Client, Response};

const END_ALL: &str = "/account/tokens/end_all/";

/// The path by which each program is ended, by its name.
fn listed(page: &Response) -> Vec<(String, String)> {
    let names = page.texts("strong[id^=program-]");
    let ids = page.body.split("id=\"program-").skip(1).map(|rest| rest.split('"').next().expect("an id").to_owned());
    names.into_iter().zip(ids.map(|id| format!("/account/tokens/{id}/end/"))).collect()
}

fn path_of(client: &Client, name: &str) -> String {
    let all = listed(&client.get("/account/"));
    all.into_iter().find(|(known, _)| known == name).expect("a program of that name").1
}

#[test]
fn programs_are_listed_and_one_or_all_can_be_logged_out() {
    let app = site().start();
    let own = app.logged_in("ann");
    assert!(listed(&own.get("/account/")).is_empty());
    let [first, second, third] = ["curl/8.5", "Backup-Tool/2", "Watch/1"].map(|name| refresh_token(&app, "ann", name));
    let bobs = refresh_token(&app, "bob", "Bobs/1");
    let page = own.get("/account/");
    let mut names: Vec<String> = listed(&page).into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["Backup-Tool", "Watch", "curl"]);
    for token in [&first, &second, &third] {
        assert!(!page.body.contains(token.rsplit('.').next().expect("a signature")));
    }

    let answer = press(&own, "/account/", &path_of(&own, "curl"));
    assert_eq!((answer.status, answer.location()), (302, "/account/?done=program"));
    assert!(!renews(&app, &first) && renews(&app, &second));
    let answer = press(&own, "/account/", END_ALL);
    assert_eq!((answer.status, answer.location()), (302, "/account/?done=programs"));
    assert!(!renews(&app, &third) && renews(&app, &bobs));
    assert!(listed(&own.get("/account/")).is_empty() && own.is_logged_in());
    assert_eq!(happened(&app, "token_ended"), 2);
}

#[test]
fn anothers_program_is_not_told_from_none_and_goes_on() {
    let app = site().start();
    let (anns, bobs) = (app.logged_in("ann"), app.logged_in("bob"));
    let token = refresh_token(&app, "bob", "Bobs/1");
    let path = path_of(&bobs, "Bobs");
    let before = app.database.number("SELECT count(*) FROM vestibule_event");
    for path in [&*path, "/account/tokens/nonsense/end/", "/account/tokens/%00/end/"] {
        assert_eq!(press(&anns, "/account/", path).status, 404, "{path}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event"), before);
    assert_eq!((anns.get(&path).status, bobs.post(&path, &[]).status), (405, 403));
    assert!(renews(&app, &token));
}

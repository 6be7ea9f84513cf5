//! Nobody changes what is another's, or what is not theirs to say (A2, A4, A5, A7).

use serde_json::{Value, json};

use super::{Answer, Mint, POSTS, PROFILE, Request, Side, site};
use crate::support::{Client, TestApp};

struct People {
    app: TestApp,
    client: Client,
    ann: String,
    bob: String,
    staff: String,
}

impl People {
    fn start() -> Self {
        let app = site().with_user("bob").with_user("sue").start();
        app.database.execute("UPDATE auth_user SET is_staff = true WHERE username = 'sue'");
        let token = |name: &str| Mint::for_user(&app, name).access(&[]);
        let (ann, bob, staff) = (token("ann"), token("bob"), token("sue"));
        Self { client: app.client(), app, ann, bob, staff }
    }

    fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let request = Request::post(path, body.to_string()).bearer(token);
        self.client.answer(&Request { method: method.to_owned(), ..request })
    }

    /// A post of `ann`'s; its path.
    fn post(&self) -> String {
        let answer = self.send("POST", POSTS, &self.ann, &json!({"title": "Title", "body": "Body"}));
        assert_eq!(answer.status, 201, "{answer:?}");
        format!("{POSTS}{}/", answer.json()["id"])
    }

    fn rows(&self) -> String {
        self.app.database.snapshot()["vestibule_post"].clone()
    }
}

#[test]
fn a_post_is_changed_and_deleted_by_its_owner_and_by_staff_alone() {
    let people = People::start();
    let path = people.post();
    let before = people.rows();
    let body = json!({"title": "Mine", "body": "now"});
    for method in ["PUT", "PATCH", "DELETE"] {
        let answer = people.send(method, &path, &people.bob, &body);
        assert!([403, 404].contains(&answer.status), "{method}: {answer:?}");
        let request = Request { method: method.to_owned(), ..Request::post(&path, body.to_string()) };
        assert_eq!(people.client.answer(&request).status, 401, "{method}");
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            let request = Request::post(&path, body.to_string()).bearer(&people.bob).header(name, method);
            assert_eq!(people.client.answer(&request).status, 405, "{name}");
        }
    }
    assert_eq!(people.rows(), before);
    assert_eq!(people.send("PATCH", &path, &people.staff, &json!({"title": "Better"})).json()["title"], "Better");
    assert_eq!(people.send("PATCH", &path, &people.ann, &json!({"title": "Best"})).json()["title"], "Best");
    assert_eq!(people.send("DELETE", &path, &people.ann, &json!({})).status, 204);
    assert_eq!(people.send("GET", &path, &people.ann, &json!({})).status, 404);
}

#[test]
fn an_id_has_one_spelling() {
    let people = People::start();
    let path = people.post();
    let id = path.trim_start_matches(POSTS).trim_end_matches('/').to_owned();
    assert_eq!(people.send("GET", &path, &people.ann, &json!({})).status, 200);
    for odd in [
        format!("0{id}"),
        format!("+{id}"),
        format!("%2B{id}"),
        format!("{id}.0"),
        format!(" {id}").replace(' ', "%20"),
        format!("-{id}"),
        "99999999999".to_owned(),
        "99999999999999999999999".to_owned(),
        "0".to_owned(),
        "x".to_owned(),
        format!("{id}%00"),
        format!("{id}%20or%201=1"),
    ] {
        let path = format!("{POSTS}{odd}/");
        for method in ["GET", "PATCH", "DELETE"] {
            let answer = people.send(method, &path, &people.ann, &json!({"title": "x"}));
            assert!([400, 404].contains(&answer.status), "{method} {path}: {answer:?}");
        }
    }
    assert_eq!(people.send("GET", &path, &people.ann, &json!({})).status, 200);
}

#[test]
fn who_owns_a_post_and_when_it_was_made_is_not_for_its_writer_to_say() {
    let people = People::start();
    let bob = people.app.user("bob").id;
    let more = json!({
        "title": "Title", "body": "Body", "id": 777, "owner": bob, "owner_id": bob, "user": bob,
        "created_at": "2001-01-01T00:00:00Z", "updated_at": "2001-01-01T00:00:00Z", "is_staff": true,
    });
    let ann = people.app.user("ann").id;
    let path = people.post();
    let mut answers = vec![people.send("POST", POSTS, &people.ann, &more)];
    answers.extend(["PUT", "PATCH"].map(|method| people.send(method, &path, &people.ann, &more)));
    for answer in answers {
        if answer.status == 400 {
            continue;
        }
        let json = answer.json();
        assert_eq!(json["owner"], json!(ann), "{answer:?}");
        assert_ne!(json["id"], json!(777));
        assert!(!json.to_string().contains("2001-01-01"), "{json}");
    }
    assert_eq!(people.app.database.number(&format!("SELECT count(*) FROM vestibule_post WHERE owner_id <> {ann}")), 0);
}

#[test]
fn a_profile_is_read_and_never_written() {
    let people = People::start();
    let before = people.app.database.snapshot();
    let bodies = [
        json!({"is_staff": true, "is_superuser": true, "role": "admin"}),
        json!([{"is_staff": true}]),
        json!({"user": {"is_staff": true}}),
    ];
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for body in &bodies {
            assert_eq!(people.send(method, PROFILE, &people.ann, body).status, 405, "{method}");
        }
    }
    let answer = people.send("GET", PROFILE, &people.ann, &json!({}));
    let ann = people.app.user("ann").id;
    assert_eq!(answer.body, format!(r#"{{"id":{ann},"username":"ann","email":"ann@example.org"}}"#));
    assert_eq!(people.app.database.snapshot(), before);
}

#[test]
fn a_right_that_was_taken_counts_no_more_whatever_the_token_says() {
    let people = People::start();
    let path = people.post();
    let token = Mint::for_user(&people.app, "sue").access(&[("is_staff", "true"), ("role", "\"admin\"")]);
    assert_eq!(people.send("PATCH", &path, &token, &json!({"title": "a"})).status, 200);
    people.app.database.execute("UPDATE auth_user SET is_staff = false WHERE username = 'sue'");
    let answer = people.send("PATCH", &path, &token, &json!({"title": "b"}));
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(answer.json(), json!({"detail": "You do not have permission to perform this action."}));
}

#[test]
fn a_bad_token_is_refused_on_what_anybody_may_read_too() {
    let people = People::start();
    let path = people.post();
    for path in [POSTS, &path] {
        let answer = people.send("GET", path, "x", &json!({}));
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("token_not_valid")), "{path}");
    }
}

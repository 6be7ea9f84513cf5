//! What `benches/compare` measures Vestibule against: the dashboard's page and the API's profile without sessions,
//! tokens, look-ups and middleware, and Vestibule's password hash without the log-in around it.

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, http::header, web};
use askama::Template;
use serde::Serialize;
use vestibule::auth::hashers::Hashers;

const USAGE: &str = "Usage: bare serve ADDRESS:PORT    serves /dashboard/ and /api/profile/ for a fixed user
       bare hash PASSWORD         prints PASSWORD's hash as Vestibule makes it by default
       bare hashes SECONDS        checks a password on every core and prints how many per second";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["serve", address] => serve(address),
        ["hash", password] => hash(password),
        ["hashes", seconds] => hashes(seconds),
        _ => Err(io::Error::other(USAGE)),
    };
    if let Err(error) = outcome {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// As many as Vestibule's workers and hashes at once.
fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

// The page. The names are those that Vestibule's template asks for.

#[derive(Template)]
#[template(path = "account/dashboard.html")]
struct DashboardPage {
    page: Page,
    facts: Vec<Fact>,
    is_staff: bool,
}

struct Page {
    site_name: &'static str,
    prefix: &'static str,
    user: Option<User>,
    notice: Option<&'static str>,
}

struct User {
    display_name: &'static str,
    is_staff: bool,
}

struct Fact {
    label: &'static str,
    value: &'static str,
}

impl Page {
    #[expect(clippy::unused_self, reason = "the template calls a method")]
    fn csrf_token(&self) -> &'static str {
        "bareTokenbareTokenbareTokenbareTbareTokenbareTokenbareTokenbareT"
    }

    #[expect(clippy::unused_self, reason = "the template calls a method")]
    fn logo(&self) -> Option<&'static str> {
        None
    }

    #[expect(clippy::unused_self, reason = "the template calls a method")]
    fn own_stylesheet(&self) -> Option<&'static str> {
        None
    }

    /// As long as Vestibule's, which carry a hash.
    fn asset(&self, path: &str) -> String {
        let (stem, extension) = path.rsplit_once('.').unwrap_or((path, ""));
        format!("{}/static/{stem}.000000000000.{extension}", self.prefix)
    }
}

fn page() -> DashboardPage {
    let facts = [
        ("Username", "user0000001"),
        ("E-mail", "user0000001@example.org"),
        ("Last log-in", "24 November 2026, 11:28 UTC"),
        ("Member since", "24 November 2026, 11:28 UTC"),
        ("Logged in through", "ModelBackend"),
    ];
    DashboardPage {
        page: Page {
            site_name: "Vestibule",
            prefix: "",
            user: Some(User { display_name: "user0000001", is_staff: false }),
            notice: None,
        },
        facts: facts.into_iter().map(|(label, value)| Fact { label, value }).collect(),
        is_staff: false,
    }
}

async fn dashboard(page: web::Data<DashboardPage>) -> HttpResponse {
    match page.render() {
        Ok(body) => HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(body),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

// The profile.

#[derive(Serialize)]
struct Profile {
    id: u32,
    username: &'static str,
    email: &'static str,
}

/// With an id as long as most are.
async fn profile() -> web::Json<Profile> {
    web::Json(Profile { id: 500, username: "user0000500", email: "user0000500@example.org" })
}

fn serve(address: &str) -> io::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let page = web::Data::new(page());
        let app = move || {
            App::new()
                .app_data(page.clone())
                .route("/dashboard/", web::get().to(dashboard))
                .route("/api/profile/", web::get().to(profile))
        };
        let server = HttpServer::new(app).workers(cores()).bind(address)?;
        for address in server.addrs() {
            println!("Running at http://{address}/");
        }
        io::stdout().flush()?;
        server.run().await
    })
}

// The hash.

fn default_hashers() -> io::Result<Hashers> {
    Hashers::new(&vestibule::settings::AuthSettings::default()).map_err(|error| io::Error::other(error.to_string()))
}

fn hash(password: &str) -> io::Result<()> {
    println!("{}", default_hashers()?.make_password(password));
    Ok(())
}

fn hashes(seconds: &str) -> io::Result<()> {
    let limit = Duration::from_secs(seconds.parse().map_err(io::Error::other)?);
    let hashers = Arc::new(default_hashers()?);
    let encoded = hashers.make_password("a password");
    let (before, started) = (hashers.runs(), Instant::now());
    let threads: Vec<_> = (0..cores())
        .map(|_| {
            let (hashers, encoded) = (Arc::clone(&hashers), encoded.clone());
            thread::spawn(move || {
                while started.elapsed() < limit {
                    assert!(hashers.verify("a password", &encoded).is_valid(), "the right password is refused");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| io::Error::other("a hash failed"))?;
    }
    let runs = u32::try_from(hashers.runs() - before).map_err(io::Error::other)?;
    println!("{:.2}", f64::from(runs) / started.elapsed().as_secs_f64());
    Ok(())
}

//! Django under gunicorn and Vestibule, serving one host behind nginx, on a database that Django made.

use std::{
    env,
    fs::{self, File},
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::support::{Client, PASSWORD, Program, SECRET_KEY, TestDatabase, prepared, without_settings};

/// Who has not begun to serve by then hangs.
const PATIENCE: Duration = Duration::from_mins(1);
/// How much of a log a failed test shows.
const LOG_LINES: usize = 60;
/// The folders of `tests/django` in which the modules of its site are.
const SITES: [&str; 3] = ["site", "api_site", "beside_site"];

/// A release of Django that is installed.
pub struct Django {
    python: PathBuf,
}

impl Django {
    /// The one that all tests ask.
    pub fn v5_2() -> Self {
        Self { python: prepared("PYTHON").map_or_else(|| in_root("target/tests/venv/bin/python"), PathBuf::from) }
    }

    /// The one after it, which needs a Python that not everybody has.
    pub fn v6_1() -> Option<Self> {
        let python = prepared("PYTHON_6_1").map_or_else(|| in_root("target/tests/venv-6.1/bin/python"), PathBuf::from);
        if python.exists() {
            return Some(Self { python });
        }
        eprintln!(
            "DJANGO 6.1 IS NOT TESTED: it needs Python 3.12 or later; `tests/run` installs it where there is one."
        );
        None
    }
}

fn in_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All three, running. They are killed, and the database goes, when dropped.
pub struct Pair {
    #[expect(dead_code, reason = "ended when dropped, before the others")]
    nginx: Server,
    #[expect(dead_code, reason = "ended when dropped, before its database goes")]
    gunicorn: Server,
    pub program: Program,
    /// nginx's, which people know as the site's.
    pub address: SocketAddr,
    theirs: Theirs,
}

/// What is to be started.
pub struct Setup {
    theirs: Theirs,
    ours: Vec<(&'static str, String)>,
    database: TestDatabase,
    people: Vec<&'static str>,
}

/// What every process of Django is told.
struct Theirs {
    python: PathBuf,
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// A process that writes a log.
struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Setup {
    /// By settings that agree; people are to be named, and have [`PASSWORD`] and the address `<username>@example.org`.
    pub fn beside(django: &Django, people: &[&'static str]) -> Self {
        let (folder, database) = (tempfile::tempdir().expect("a folder"), TestDatabase::new());
        let mail = |whose: &str| folder.path().join(whose).display().to_string();
        let variables = vec![
            ("VESTIBULE_TEST_DATABASE_URL", database.url().to_owned()),
            ("VESTIBULE_TEST_SECRET_KEY", SECRET_KEY.to_owned()),
            ("VESTIBULE_TEST_MAIL", mail("mail-django")),
        ];
        let backends = "axes.backends.AxesStandaloneBackend,django.contrib.auth.backends.ModelBackend";
        let own_mail = mail("mail-vestibule");
        let ours = [
            ("FORCE_SCRIPT_NAME", "/auth"),
            ("TRUSTED_PROXIES", "127.0.0.1"),
            ("ALLOWED_HOSTS", "127.0.0.1"),
            ("AUTHENTICATION_BACKENDS", backends),
            ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend"),
            ("EMAIL_FILE_PATH", &*own_mail),
            ("NOTIFY_NEW_DEVICE", "false"),
            ("NOTIFY_PASSWORD_CHANGE", "false"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec();
        let theirs = Theirs { python: django.python.clone(), folder, variables };
        Self { theirs, ours, database, people: people.to_vec() }
    }

    /// A setting of Vestibule's.
    pub fn ours(mut self, name: &'static str, value: &str) -> Self {
        self.ours.push((name, value.to_owned()));
        self
    }

    /// A variable of Django's.
    pub fn theirs(mut self, variable: &'static str, value: &str) -> Self {
        self.theirs.variables.push((variable, value.to_owned()));
        self
    }

    /// Django migrates, Vestibule adopts, and both serve.
    pub fn start(self) -> Pair {
        let Self { theirs, ours, database, people } = self;
        theirs.run("beside_site/beside_people.py", &[&[PASSWORD], &*people].concat());
        let place = Program::on(database);
        let place = ours.iter().fold(place, |place, (name, value)| place.setting(name, value));
        let adopted = place.run_command(&["migrate"]);
        assert!(adopted.status.success(), "{adopted:?}");
        // Both take a moment, and the moments are one.
        let gunicorn = theirs.gunicorn();
        let program = place.start();
        // With the prefix behind it, which nginx leaves on the path.
        let vestibule = program.origin.trim_start_matches("http://").trim_end_matches("/auth").to_owned();
        let (gunicorn, django) = listening(gunicorn);
        let (nginx, address) = nginx(theirs.folder.path(), &django, &vestibule);
        Pair { nginx, gunicorn, program, address, theirs }
    }
}

impl Pair {
    pub fn start(django: &Django, people: &[&'static str]) -> Self {
        Setup::beside(django, people).start()
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Client {
        Client::new(self.address)
    }

    /// A browser without cookies at the address 127.0.0.`last`.
    pub fn browser_at(&self, last: u8) -> Client {
        Client::calling_from(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), self.address)
    }

    pub fn database(&self) -> &TestDatabase {
        self.program.database()
    }

    /// One of Django's commands; what it prints.
    pub fn manage(&self, arguments: &[&str]) -> String {
        self.theirs.run("site/manage.py", arguments)
    }

    /// What `tests/django/oracle.py` answers.
    pub fn oracle(&self, arguments: &[&str]) -> String {
        self.theirs.run("oracle.py", arguments)
    }

    /// One of Vestibule's.
    pub fn vestibule(&self, arguments: &[&str]) {
        let output = self.program.place.run_command(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    /// The letters that `whose` has sent so far.
    pub fn mail(&self, whose: &str) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.theirs.folder.path().join(format!("mail-{whose}"))) else {
            return Vec::new();
        };
        let paths = folder.map(|entry| entry.expect("a file").path());
        let written =
            paths.filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
        written.map(|path| fs::read_to_string(path).expect("a letter")).collect()
    }
}

impl Theirs {
    fn python(&self) -> Command {
        let mut command = Command::new(&self.python);
        let sites = SITES.map(|site| in_root("tests/django").join(site));
        without_settings(&mut command);
        command
            .env("PYTHONPATH", env::join_paths(sites).expect("folders"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("DJANGO_SETTINGS_MODULE", "beside_settings")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn run(&self, script: &str, arguments: &[&str]) -> String {
        let output = self.python().arg(in_root("tests/django").join(script)).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("no Django: {error}; `tests/run` installs it"));
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{script} {arguments:?}:\n{stdout}{stderr}");
        stdout.into_owned()
    }

    /// Two processes of two threads, as four people at once take them.
    fn gunicorn(&self) -> Server {
        let mut command = self.python();
        command.args(["-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "2", "--threads", "2"]).args([
            "--graceful-timeout",
            "1",
            "--no-control-socket",
            "django.core.wsgi:get_wsgi_application()",
        ]);
        Server::spawn("gunicorn", &mut command, self.folder.path()).expect("gunicorn; `tests/run` installs it")
    }
}

/// gunicorn and its address, once it has one.
fn listening(mut gunicorn: Server) -> (Server, String) {
    let address = gunicorn.wait_for(|log| {
        let line = log.lines().find(|line| line.contains("Listening at: http://"))?;
        Some(line.split("http://").nth(1)?.split_whitespace().next()?.to_owned())
    });
    (gunicorn, address.expect("gunicorn chooses a port"))
}

/// nginx by the configuration that `docs/beside-django.md` shows, in front of both. It can't choose a port, and another may
/// take the one that was free.
fn nginx(folder: &Path, django: &str, vestibule: &str) -> (Server, SocketAddr) {
    let shown = fs::read_to_string(in_root("docs/beside-django.md")).expect("a page");
    let shown = shown.split("```nginx\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a configuration");
    let main = "daemon off;\nmaster_process off;\npid nginx.pid;\nevents {}\nhttp {\n    access_log off;\n    \
                client_body_temp_path body;\n    proxy_temp_path proxy;\n    fastcgi_temp_path fastcgi;\n    \
                uwsgi_temp_path uwsgi;\n    scgi_temp_path scgi;\n    include vestibule-nginx.conf;\n}\n";
    fs::write(folder.join("nginx.conf"), main).expect("written");
    for _ in 0..5 {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let ports = [("127.0.0.1:8080", &*free.to_string()), ("127.0.0.1:8000", django), ("127.0.0.1:8001", vestibule)];
        let text = ports.iter().fold(shown.to_owned(), |text, (documented, real)| {
            assert_eq!(shown.matches(documented).count(), 1, "docs/beside-django.md: {documented}");
            text.replace(documented, real)
        });
        fs::write(folder.join("vestibule-nginx.conf"), text).expect("written");
        let mut server = start_nginx(folder);
        // It is written once the port is nginx's.
        let pid = folder.join("nginx.pid");
        if server.wait_for(|_| pid.exists().then_some(())).is_some() {
            return (server, free);
        }
        eprintln!("{free} was taken: {}", server.text());
    }
    panic!("nginx found no free port");
}

fn start_nginx(folder: &Path) -> Server {
    let start = |program: &str| {
        let mut command = Command::new(program);
        command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf")).args(["-e", "stderr"]);
        Server::spawn("nginx", &mut command, folder)
    };
    match start("nginx") {
        // Not in everybody's PATH.
        Err(error) if error.kind() == ErrorKind::NotFound => start("/usr/sbin/nginx"),
        started => started,
    }
    .expect("nginx; `tests/run` installs it")
}

impl Server {
    fn spawn(name: &'static str, command: &mut Command, folder: &Path) -> std::io::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log)?;
        let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
        Ok(Self { name, child, log })
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for something that can be seen in the log, say; `None` if the process ends before.
    fn wait_for<T>(&mut self, what: impl Fn(&str) -> Option<T>) -> Option<T> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(found) = what(&self.text()) {
                return Some(found);
            }
            if self.child.try_wait().expect("a child").is_some() {
                return None;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("{} does not begin:\n{}", self.name, self.text());
    }

    /// Asks it to end at once, so that it takes its own processes with it; whether it did.
    fn ends(&mut self) -> bool {
        let asked = Command::new("kill").arg("-QUIT").arg(self.child.id().to_string()).status();
        let started = Instant::now();
        while asked.as_ref().is_ok_and(std::process::ExitStatus::success) && started.elapsed() < PATIENCE / 6 {
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.ends() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if thread::panicking() {
            let (log, name) = (self.text(), self.name);
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("The log of {name} ends:\n{}", lines[lines.len().saturating_sub(LOG_LINES)..].join("\n"));
        }
    }
}

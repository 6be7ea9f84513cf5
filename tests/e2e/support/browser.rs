//! Chromium, driven through chromedriver. Every method waits for what it needs and fails after a deadline.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use actix_web::rt::Runtime;
use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{
    ChromeCapabilities, LoggingPrefsLogLevel,
    error::WebDriverResult,
    extensions::query::{ElementPollerWithTimeout, ElementQueryable},
    prelude::*,
};

/// After so long, what a page should show is taken to be missing.
const DEADLINE: Duration = Duration::from_secs(20);
/// Between two looks.
const TICK: Duration = Duration::from_millis(20);

/// So many ports are not taken one after the other.
const PORTS: usize = 10;

/// No sandbox, so that root may start it; and no network but to the site under test, nor a look for one, which can hold
/// up the first page for five seconds.
const SWITCHES: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1280,900",
];

/// A chromedriver, ended when dropped.
pub struct Driver {
    port: u16,
    child: Child,
    _stdout: BufReader<ChildStdout>,
}

impl Driver {
    /// Lets the system choose a port. It chooses one that is free with IPv6, and chromedriver ends if another program has
    /// that with IPv4: then it is started again.
    pub fn start() -> Self {
        (0..PORTS).find_map(|_| Self::try_start()).expect("chromedriver ended before it had a port")
    }

    fn try_start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command.args(["--port=0", "--log-level=SEVERE"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}", why_no_driver(&error)));
        let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
        let Some(port) = port_in(&mut stdout) else {
            child.wait().expect("its end");
            return None;
        };
        Some(Self { port, child, _stdout: stdout })
    }

    /// A browser with a profile of its own.
    pub fn browser(&self) -> Browser {
        Browser::start(self, &DesiredCapabilities::chrome())
    }

    /// A browser in which scripts are switched off.
    pub fn browser_without_scripts(&self) -> Browser {
        let mut capabilities = DesiredCapabilities::chrome();
        let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
        capabilities.add_experimental_option("prefs", off).expect("a preference");
        Browser::start(self, &capabilities)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn why_no_driver(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "chromedriver is missing: `tests/run` installs it, and Chromium".to_owned(),
        _ => format!("chromedriver does not start: {error}"),
    }
}

fn port_in(stdout: &mut impl BufRead) -> Option<u16> {
    let mut lines = stdout.lines().map_while(Result::ok);
    lines.find_map(|line| line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok())
}

/// Looks again and again until there is something; `missing` says what there is instead.
#[track_caller]
pub fn wait_for<T>(look: impl Fn() -> Option<T>, missing: impl Fn() -> String) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{}", missing());
        thread::sleep(TICK);
    }
}

/// A running Chromium, ended when dropped.
pub struct Browser {
    runtime: Runtime,
    driver: WebDriver,
    _profile: TempDir,
}

impl Browser {
    fn start(driver: &Driver, capabilities: &ChromeCapabilities) -> Self {
        let (runtime, profile) = (Runtime::new().expect("a runtime"), tempfile::tempdir().expect("a folder"));
        let mut capabilities = capabilities.clone();
        for switch in SWITCHES {
            capabilities.add_arg(switch).expect("a switch");
        }
        capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display())).expect("a switch");
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::Warning).expect("a log");
        let poller = Arc::new(ElementPollerWithTimeout::new(DEADLINE, TICK));
        let builder = WebDriver::builder(format!("http://127.0.0.1:{}", driver.port), capabilities).poller(poller);
        let driver = runtime.block_on(builder.connect()).expect("a Chromium; `tests/run` installs it");
        Self { runtime, driver, _profile: profile }
    }

    #[track_caller]
    fn run<T>(&self, what: &str, task: impl Future<Output = WebDriverResult<T>>) -> T {
        match self.runtime.block_on(task) {
            Ok(value) => value,
            Err(error) => panic!("{what}: {error}"),
        }
    }

    /// Looks again and again until it is so.
    #[track_caller]
    fn wait_until(&self, what: &str, so: impl Fn(&Self) -> bool) {
        let missing = || format!("no {what} at {}; the page says:\n{}", self.url(), self.text("body"));
        wait_for(|| so(self).then_some(()), missing);
    }

    // Going from page to page.

    #[track_caller]
    pub fn open(&self, url: &str) {
        self.run(url, self.driver.goto(url));
    }

    #[track_caller]
    pub fn back(&self) {
        self.leave("page before", || self.run("back", self.driver.back()));
    }

    pub fn url(&self) -> String {
        self.run("the address", self.driver.current_url()).to_string()
    }

    /// Path and query of the address.
    pub fn path(&self) -> String {
        let url = self.run("the address", self.driver.current_url());
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    #[track_caller]
    pub fn wait_for_path(&self, path: &str) {
        self.wait_until(&format!("page {path}"), |browser| browser.path() == path);
    }

    /// Clicks, and waits for the page that follows.
    #[track_caller]
    pub fn follow(&self, selector: &str) {
        self.leave(&format!("page after {selector}"), || self.click(selector));
    }

    /// Presses a key on what has the focus, and waits for the page that follows.
    #[track_caller]
    pub fn follow_key(&self, key: Key) {
        self.leave("page after the key", || self.press(key));
    }

    /// Acts, and waits until this page has made way for another.
    #[track_caller]
    fn leave(&self, what: &str, act: impl FnOnce()) {
        let page = self.find("html");
        act();
        // Of a page that is just going chromedriver says now this error, now that; of one that is there, none.
        let gone = |browser: &Self| !browser.runtime.block_on(page.is_present()).unwrap_or(false);
        self.wait_until(what, gone);
    }

    // Doing.

    #[track_caller]
    pub fn click(&self, selector: &str) {
        let found = self.find(selector);
        // To the middle, so that nothing which stays at an edge lies above it.
        self.run(selector, found.scroll_into_view());
        self.run(selector, found.click());
    }

    /// Types into a field, in place of what is there.
    #[track_caller]
    pub fn fill_in(&self, selector: &str, text: &str) {
        let field = self.find(selector);
        self.run(selector, field.clear());
        self.run(selector, field.send_keys(text));
    }

    /// Types, key by key, into whatever has the focus.
    #[track_caller]
    pub fn type_keys(&self, text: &str) {
        self.run("typing", self.driver.action_chain().send_keys(text).perform());
    }

    #[track_caller]
    pub fn press(&self, key: Key) {
        self.run("a key", self.driver.action_chain().send_keys(key).perform());
    }

    /// Fills in the form that is shown, field by field, and sends it.
    #[track_caller]
    pub fn submit(&self, fields: &[(&str, &str)]) {
        for (name, text) in fields {
            self.fill_in(&format!("#id_{name}"), text);
        }
        self.follow("main button[type=submit]");
    }

    /// Fills in the log-in form that is shown, and sends it.
    #[track_caller]
    pub fn log_in(&self, username: &str, password: &str) {
        self.submit(&[("username", username), ("password", password)]);
    }

    pub fn forget_cookies(&self) {
        self.run("cookies", self.driver.delete_all_cookies());
    }

    // Seeing.

    #[track_caller]
    fn find(&self, selector: &str) -> WebElement {
        self.run(selector, self.driver.query(By::Css(selector)).first())
    }

    /// Whether it is there now.
    pub fn has(&self, selector: &str) -> bool {
        !self.run(selector, self.driver.find_all(By::Css(selector))).is_empty()
    }

    /// What can be read there.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.run(selector, self.find(selector).text())
    }

    /// What can be read at each place that the selector finds, as one would copy it.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let found =
            self.script(&format!("return [...document.querySelectorAll(`{selector}`)].map(at => at.innerText)"));
        serde_json::from_value(found).expect("texts")
    }

    pub fn title(&self) -> String {
        self.run("the title", self.driver.title())
    }

    #[track_caller]
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.run(selector, self.find(selector).attr(name))
    }

    /// What stands in a field.
    #[track_caller]
    pub fn value(&self, selector: &str) -> String {
        self.run(selector, self.find(selector).value()).unwrap_or_default()
    }

    /// The id of what has the focus, or else its text, or what it is called instead.
    pub fn focus(&self) -> String {
        let script = "const at = document.activeElement; return at.id || at.textContent.trim() || at.ariaLabel || ''";
        self.script(script).as_str().unwrap_or_default().to_owned()
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.whole_cookie(name).map(|cookie| cookie.value)
    }

    /// When a cookie goes, in seconds since 1970; none for one that goes with the browser.
    #[track_caller]
    pub fn expiry(&self, name: &str) -> Option<i64> {
        self.whole_cookie(name).expect("that cookie").expiry
    }

    fn whole_cookie(&self, name: &str) -> Option<Cookie> {
        let cookies = self.run("cookies", self.driver.get_all_cookies());
        cookies.into_iter().find(|cookie| cookie.name == name)
    }

    #[track_caller]
    pub fn script(&self, script: &str) -> Value {
        self.run(script, self.driver.execute(script, Vec::new())).json().clone()
    }

    /// From now on pages are kept as they come, for [`Self::source`].
    pub fn keep_sources(&self) {
        self.devtools("Network.enable", json!({}));
    }

    /// The page as it left the server, also one that followed a form.
    pub fn source(&self) -> String {
        let frame = self.devtools("Page.getFrameTree", json!({}));
        // A page is loaded by the request of the same name.
        let request = json!({ "requestId": frame["frameTree"]["frame"]["loaderId"] });
        let found = self.devtools("Network.getResponseBody", request);
        assert_eq!(found["base64Encoded"], false, "a page is text");
        found["body"].as_str().expect("a page").to_owned()
    }

    /// What the console has warned of since it was last asked.
    pub fn console(&self) -> Vec<String> {
        let entries = self.run("the console", self.driver.browser_log());
        entries.into_iter().map(|entry| format!("{}: {}", entry.level, entry.message)).collect()
    }

    // Being another device.

    #[track_caller]
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.run(command, self.driver.cdp().send_raw(command, parameters))
    }

    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen);
    }

    /// Keeps a picture of the whole page, for people to look at, in the folder `VESTIBULE_TEST_PICTURES` if that is set.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("VESTIBULE_TEST_PICTURES") else { return };
        let taken = self.devtools(
            "Page.captureScreenshot",
            json!({ "captureBeyondViewport": true, "clip": self.script(
            "const { scrollHeight: height } = document.documentElement, width = innerWidth; \
             return { x: 0, y: 0, width, height, scale: 1 }"
        ) }),
        );
        let png = STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64");
        fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), png).expect("a file");
    }

    /// As if the device were set to `light` or `dark`; and to no motion, so that no colour is met halfway.
    #[track_caller]
    pub fn prefer_color_scheme(&self, scheme: &str) {
        let features = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")];
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        let features = json!({ "features": features });
        self.devtools("Emulation.setEmulatedMedia", features);
    }

    /// Puts what is downloaded into a folder.
    #[track_caller]
    pub fn download_to(&self, folder: &std::path::Path) {
        self.devtools("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": folder }));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.driver.clone().quit());
    }
}

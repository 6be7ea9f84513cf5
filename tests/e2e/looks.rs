//! What holds on every page.

use crate::support::{ANN, Browser, Driver, Pages, Visitor, tour, violations};

/// The narrowest screen that WCAG 2.2 (1.4.10 Reflow) asks for.
const NARROW: u32 = 320;
const WIDE: u32 = 1280;

#[test]
fn no_page_scrolls_sideways_on_a_narrow_screen() {
    let driver = Driver::start();
    let browser = driver.browser();
    browser.resize(NARROW, 640);
    // The longest names there may be, without a place to break them.
    let (username, label) = ("m".repeat(150), "w".repeat(63));
    let [email, next_email] =
        ["a", "b"].map(|letter| format!("{}@{label}.{label}.{}.org", letter.repeat(64), &label[..57]));
    assert_eq!(email.len(), 254);
    let visitor = Visitor { username: &username, email: &email, next_email: &next_email };
    tour(&browser, visitor, |page| {
        browser.picture(&format!("{page}-narrow"));
        assert_eq!(browser.script("return window.innerWidth"), NARROW, "{page}");
        let width = browser.script("return document.documentElement.scrollWidth");
        assert!(width.as_u64().is_some_and(|width| width <= u64::from(NARROW)), "{page} is {width} wide");
    });
}

#[test]
fn no_page_breaks_its_own_content_security_policy_or_logs_an_error() {
    let driver = Driver::start();
    let browser = driver.browser();
    tour(&browser, ANN, |page| {
        let complaints = complaints(&browser);
        assert!(complaints.is_empty(), "{page}: {complaints:?}");
    });

    // The console would have told: inline styles are against the policy.
    browser.script("document.body.setAttribute('style', 'color: red')");
    assert!(complaints(&browser).iter().any(|line| line.contains("Content Security Policy")));
}

/// What the console says, but for the status of an error page itself.
fn complaints(browser: &Browser) -> Vec<String> {
    let status = format!("SEVERE: {} - Failed to load resource: the server responded with a status of", browser.url());
    browser.console().into_iter().filter(|line| !line.starts_with(&status)).collect()
}

#[test]
fn every_page_follows_the_devices_colour_scheme() {
    let driver = Driver::start();
    let browser = driver.browser();
    tour(&browser, ANN, |page| {
        let [light, dark] = [("light", 1_200), ("dark", 390)].map(|(scheme, width)| {
            browser.prefer_color_scheme(scheme);
            browser.resize(width, 800);
            browser.picture(&format!("{page}-{scheme}"));
            [brightness(&browser, "body", "backgroundColor"), brightness(&browser, "h1", "color")]
        });
        assert!(light[0] > 200.0 && light[1] < 60.0, "{page}, light: {light:?}");
        assert!(dark[0] < 60.0 && dark[1] > 200.0, "{page}, dark: {dark:?}");
    });
}

#[test]
fn every_page_can_be_used_by_everybody() {
    let driver = Driver::start();
    let browser = driver.browser();
    let mut problems = Vec::new();
    tour(&browser, ANN, |page| {
        let devices = if page.starts_with("admin-") { &DEVICES[1..3] } else { &DEVICES };
        problems.extend(problems_of(&browser, devices).into_iter().map(|line| format!("{page}: {line}")));
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));

    // All of it would have been found.
    browser.script("document.querySelector('main code').style.color = 'var(--line)'");
    browser.script(&format!("document.querySelector('main').insertAdjacentHTML('beforeend', `{UNUSABLE}`)"));
    assert_all_found(&problems_of(&browser, &DEVICES), &UNUSABLE_FOUND);
}

/// The sizes and colours on which axe-core's answers depend. Of the many pages of the admin, which are made of the same few
/// pieces, each is asked about with the two in the middle only: that is each size once and each colour once.
const DEVICES: [(&str, u32); 4] = [("light", NARROW), ("light", WIDE), ("dark", NARROW), ("dark", WIDE)];

fn problems_of(browser: &Browser, devices: &[(&str, u32)]) -> Vec<String> {
    let ours = browser.script(include_str!("support/accessibility.js"));
    let mut problems: Vec<String> = serde_json::from_value(ours).expect("lines");
    for &(scheme, width) in devices {
        browser.prefer_color_scheme(scheme);
        // So high that what stays at an edge lies above nothing: axe-core would not know what it hides.
        browser.resize(width, 4_000);
        problems.extend(violations(browser).into_iter().map(|line| format!("{scheme}, {width} wide: {line}")));
    }
    problems
}

const UNUSABLE: &str = r##"<h1>again</h1><h4>deep</h4><img src=""><a href="#nowhere"></a>
    <p><a href="/1/">1</a> <a href="/2/">2</a></p><form><select></select>
    <input type="password" name="password" autocomplete="off" aria-describedby="main none"></form>"##;
const UNUSABLE_FOUND: [&str; 11] = [
    "not one h1",
    "leads nowhere: <a href=\"#nowhere",
    "autocomplete is off: <input",
    "a password, but nobody whose it is",
    "aria-describedby leads nowhere: <input",
    "light, 320 wide: color-contrast: Elements must meet minimum color contrast ratio thresholds: <code",
    "dark, 320 wide: image-alt:",
    "dark, 1280 wide: heading-order:",
    "light, 1280 wide: link-name:",
    "light, 320 wide: label:",
    "dark, 1280 wide: target-size:",
];

fn assert_all_found(problems: &[String], expected: &[&str]) {
    let missed: Vec<_> = expected.iter().filter(|what| !problems.iter().any(|line| line.starts_with(**what))).collect();
    assert!(missed.is_empty(), "{missed:?} not in {problems:#?}");
}

#[test]
fn every_page_is_valid_html() {
    let driver = Driver::start();
    let browser = driver.browser();
    browser.keep_sources();
    let pages = Pages::new();
    tour(&browser, ANN, |page| pages.add(page, &browser.source()));
    pages.add("invalid", INVALID);

    let (expected, problems): (Vec<_>, Vec<_>) =
        pages.problems().into_iter().partition(|line| line.starts_with("invalid: "));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    // All of it would have been found.
    assert_all_found(&expected, &INVALID_FOUND);
}

const INVALID: &str = r#"<!doctype html><html lang="en"><head><title>Invalid</title></head><body><h1 id="a">1</h1>
<p id="a"><label for="none">1</label></p><section></section><div><p></span>
</body></html>"#;
const INVALID_FOUND: [&str; 5] = [
    "invalid: error in line 2: Duplicate ID",
    "invalid: error in line 2: The value of the “for” attribute of the “label” element must",
    "invalid: error in line 2: Stray end tag “span”.",
    "invalid: error in line 2: Unclosed element “div”.",
    "invalid: warning in line 2: Section lacks heading.",
];

/// The mean of red, green and blue, of 255.
fn brightness(browser: &Browser, selector: &str, property: &str) -> f64 {
    let script = format!("return getComputedStyle(document.querySelector('{selector}')).{property}");
    let color = browser.script(&script);
    let numbers = color.as_str().unwrap_or_default().split(|c: char| !c.is_ascii_digit());
    let [red, green, blue] = [0, 1, 2].map(|at| {
        let part = numbers.clone().filter(|part| !part.is_empty()).nth(at);
        part.and_then(|part| part.parse::<f64>().ok()).unwrap_or_else(|| panic!("a colour, not {color}"))
    });
    (red + green + blue) / 3.0
}

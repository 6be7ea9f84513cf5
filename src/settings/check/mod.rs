//! Which settings are unsafe for a site that others can reach, and how to mend them (`manage.py check --deploy`).
//! Findings have Django's ids where Django has the check, and `vestibule.` ids where it has none.
//!
//! To add one: a function here and a line in `CHECKS`.

mod events;
mod finding;
mod libpq;

use std::collections::BTreeSet;

pub use finding::{Finding, Level};

use super::{EmailSettings, SameSite, Secret, Settings};

/// Fewer characters are no secret for a site that others can reach.
pub const KEY_LENGTH: usize = 50;
/// Fewer different ones were not drawn at random.
const KEY_CHARACTERS: usize = 5;
/// Bytes of a key of HMAC-SHA256 below which trying all of them is not hopeless.
const SIGNING_KEY_LENGTH: usize = 32;
/// Before the keys that `startproject` writes into a settings file, from where they are copied on.
const KEY_OF_STARTPROJECT: &str = "django-insecure-";

const REFERRER_POLICIES: &[&str] = &[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
];
const OPENER_POLICIES: &[&str] = &["same-origin", "same-origin-allow-popups", "unsafe-none"];

const CHECKS: &[fn(&Settings) -> Option<Finding>] = &[
    hsts,
    hsts_of_subdomains,
    hsts_preload,
    plain_http,
    redirect_for_ever,
    secret_key,
    old_secret_keys,
    session_cookie_over_http,
    session_cookie_for_scripts,
    session_cookie_for_other_sites,
    csrf_cookie_over_http,
    frames,
    no_hosts,
    any_host,
    no_referrer_policy,
    bad_referrer_policy,
    bad_opener_policy,
    proxies_everywhere,
    origins_over_http,
    database_in_the_clear,
    no_password_rules,
    numbers_for_everybody,
    no_lockout,
    lockout_not_first,
    lockout_off,
    short_signing_key,
    origins_of_scripts_over_http,
    no_mail,
    mail_in_the_clear,
    nobodys_address,
    events::unsigned,
    events::in_the_clear,
];

/// Everything that the settings alone show. `SECRET_KEY` must be the key in force: an empty one passes, as the first start
/// makes a good one.
pub fn check(settings: &Settings) -> Vec<Finding> {
    CHECKS.iter().filter_map(|check| check(settings)).collect()
}

fn when(wrong: bool, id: &'static str, message: &str, hint: &str) -> Option<Finding> {
    wrong.then(|| Finding::new(id, message, hint))
}

fn hsts(settings: &Settings) -> Option<Finding> {
    when(
        settings.security.hsts_seconds.is_zero(),
        "security.W004",
        "SECURE_HSTS_SECONDS is 0, so browsers come back over plain HTTP whenever a link says so.",
        "Leave the setting out, for a year, unless parts of this host have no HTTPS.",
    )
}

fn hsts_of_subdomains(settings: &Settings) -> Option<Finding> {
    let security = &settings.security;
    when(
        !security.hsts_seconds.is_zero() && !security.hsts_include_subdomains,
        "security.W005",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS is off, so whoever answers for a subdomain over plain HTTP can set cookies here.",
        "Set it to true if all subdomains are served over HTTPS.",
    )
}

fn hsts_preload(settings: &Settings) -> Option<Finding> {
    let security = &settings.security;
    when(
        !security.hsts_seconds.is_zero() && !security.hsts_preload,
        "security.W021",
        "SECURE_HSTS_PRELOAD is off, so a browser's first visit may still be over plain HTTP.",
        "Set it to true and enter the domain at hstspreload.org, if it and its subdomains will have HTTPS for good.",
    )
}

fn plain_http(settings: &Settings) -> Option<Finding> {
    when(
        !settings.security.ssl_redirect,
        "security.W008",
        "SECURE_SSL_REDIRECT is off, so what is asked for over plain HTTP is answered over plain HTTP.",
        "Set it to true, or let the proxy redirect.",
    )
}

fn redirect_for_ever(settings: &Settings) -> Option<Finding> {
    when(
        settings.security.ssl_redirect && settings.server.trusted_proxies.is_empty(),
        "vestibule.E005",
        "SECURE_SSL_REDIRECT is on and TRUSTED_PROXIES is empty, so no request counts as HTTPS and all are redirected for \
         ever.",
        "Name the proxy that speaks HTTPS in TRUSTED_PROXIES.",
    )
}

fn is_weak(key: &Secret) -> bool {
    let text = key.expose();
    text.chars().count() < KEY_LENGTH
        || text.chars().collect::<BTreeSet<_>>().len() < KEY_CHARACTERS
        || text.starts_with(KEY_OF_STARTPROJECT)
}

fn weak_key(id: &'static str, names: &str) -> Finding {
    let message = format!(
        "{names} can be guessed: shorter than {KEY_LENGTH} characters, made of fewer than {KEY_CHARACTERS} different ones, \
         or beginning with `{KEY_OF_STARTPROJECT}`. Whoever has the key can forge sessions and links."
    );
    Finding::new(id, message, format!("Draw {KEY_LENGTH} or more characters at random."))
}

fn secret_key(settings: &Settings) -> Option<Finding> {
    let key = &settings.security.secret_key;
    (!key.is_empty() && is_weak(key)).then(|| weak_key("security.W009", "SECRET_KEY"))
}

fn old_secret_keys(settings: &Settings) -> Option<Finding> {
    let keys = settings.security.secret_key_fallbacks.iter().enumerate();
    let weak: Vec<String> =
        keys.filter(|(_, key)| is_weak(key)).map(|(at, _)| format!("SECRET_KEY_FALLBACKS[{at}]")).collect();
    (!weak.is_empty()).then(|| weak_key("security.W025", &weak.join(", ")))
}

fn session_cookie_over_http(settings: &Settings) -> Option<Finding> {
    when(
        !settings.sessions.cookie_secure,
        "security.W012",
        "SESSION_COOKIE_SECURE is off, so over plain HTTP the session's cookie can be read on its way.",
        "Set it to true.",
    )
}

fn session_cookie_for_scripts(settings: &Settings) -> Option<Finding> {
    when(
        !settings.sessions.cookie_httponly,
        "security.W015",
        "SESSION_COOKIE_HTTPONLY is off, so a script that gets onto a page can take the session.",
        "Set it to true.",
    )
}

fn session_cookie_for_other_sites(settings: &Settings) -> Option<Finding> {
    when(
        settings.sessions.cookie_samesite == SameSite::None,
        "vestibule.W009",
        "SESSION_COOKIE_SAMESITE is None, so requests that other sites cause are logged in.",
        "Set it to \"Lax\" or \"Strict\".",
    )
}

fn csrf_cookie_over_http(settings: &Settings) -> Option<Finding> {
    when(
        !settings.csrf.cookie_secure,
        "security.W016",
        "CSRF_COOKIE_SECURE is off, so over plain HTTP the secret that protects forms can be read on its way.",
        "Set it to true.",
    )
}

fn frames(settings: &Settings) -> Option<Finding> {
    when(
        !settings.security.frame_options.eq_ignore_ascii_case("DENY"),
        "security.W019",
        "X_FRAME_OPTIONS is not DENY, so a page may be shown inside another and clicked on unawares.",
        "Leave the setting out.",
    )
}

fn no_hosts(settings: &Settings) -> Option<Finding> {
    when(
        settings.security.allowed_hosts.is_empty(),
        "security.W020",
        "ALLOWED_HOSTS is empty, so only this machine's own names are answered.",
        "List the host names of the site.",
    )
}

fn any_host(settings: &Settings) -> Option<Finding> {
    when(
        settings.security.allowed_hosts.iter().any(|host| host == "*"),
        "vestibule.W001",
        "ALLOWED_HOSTS contains `*`, so whoever asks chooses the host that links of this site name.",
        "List the host names of the site instead.",
    )
}

fn no_referrer_policy(settings: &Settings) -> Option<Finding> {
    when(
        settings.security.referrer_policy.is_empty(),
        "security.W022",
        "SECURE_REFERRER_POLICY is empty, so browsers may tell other sites from which page somebody came.",
        "Leave the setting out for \"same-origin\".",
    )
}

fn bad_referrer_policy(settings: &Settings) -> Option<Finding> {
    let policy = &settings.security.referrer_policy;
    let known = policy.split(',').all(|value| REFERRER_POLICIES.contains(&value.trim()));
    (!policy.is_empty() && !known).then(|| unknown_value("security.E023", "SECURE_REFERRER_POLICY", REFERRER_POLICIES))
}

fn bad_opener_policy(settings: &Settings) -> Option<Finding> {
    let policy = settings.security.cross_origin_opener_policy.as_str();
    let known = policy.is_empty() || OPENER_POLICIES.contains(&policy);
    (!known).then(|| unknown_value("security.E024", "SECURE_CROSS_ORIGIN_OPENER_POLICY", OPENER_POLICIES))
}

fn unknown_value(id: &'static str, name: &str, known: &[&str]) -> Finding {
    let message = format!("{name} has a value that no browser knows.");
    Finding::new(id, message, format!("Browsers know {}.", known.join(", ")))
}

fn proxies_everywhere(settings: &Settings) -> Option<Finding> {
    when(
        settings.server.trusted_proxies.iter().any(|net| net.prefix_len() < 8),
        "vestibule.W002",
        "TRUSTED_PROXIES holds a large part of all addresses, so anybody there can claim any address, HTTPS and, with \
         RemoteUserBackend, any name.",
        "List the addresses of the proxies alone.",
    )
}

fn numbers_for_everybody(settings: &Settings) -> Option<Finding> {
    let bind = &settings.server.metrics_bind;
    let host = bind.rsplit_once(':').map_or("", |(host, _)| host.trim_matches(['[', ']']));
    let everywhere = host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_unspecified());
    when(
        everywhere,
        "vestibule.W010",
        "METRICS_BIND listens on every address of this machine, so whoever reaches it reads how busy the site is.",
        "Bind it to an address that Prometheus alone can reach.",
    )
}

fn origins_over_http(settings: &Settings) -> Option<Finding> {
    when(
        settings.csrf.trusted_origins.iter().any(|origin| origin.to_ascii_lowercase().starts_with("http://")),
        "vestibule.W004",
        "CSRF_TRUSTED_ORIGINS has an origin on plain HTTP, for which anybody on the way can send forms.",
        "List origins that begin with https:// alone.",
    )
}

fn short_signing_key(settings: &Settings) -> Option<Finding> {
    let jwt = &settings.jwt;
    when(
        jwt.algorithm.is_symmetric()
            && !jwt.signing_key.is_empty()
            && jwt.signing_key.expose().len() < SIGNING_KEY_LENGTH,
        "vestibule.W014",
        "SIMPLE_JWT.SIGNING_KEY has less than 32 bytes, so whoever holds a token can find it by trying (RFC 7518, 3.2).",
        "Leave the setting out, for SECRET_KEY, or draw at least 32 bytes at random.",
    )
}

fn origins_of_scripts_over_http(settings: &Settings) -> Option<Finding> {
    when(
        settings.api.cors_allowed_origins.iter().any(|origin| !origin.to_ascii_lowercase().starts_with("https://")),
        "vestibule.W015",
        "CORS_ALLOWED_ORIGINS has an entry that does not begin with https://: scripts that anybody on the way can change \
         would call the API, or it is no origin and allows nothing.",
        "List origins such as https://app.example.org alone.",
    )
}

fn database_in_the_clear(settings: &Settings) -> Option<Finding> {
    when(
        libpq::travels_in_the_clear(settings.database.url.expose()),
        "vestibule.W007",
        "DATABASE_URL leads to a PostgreSQL on another machine without sslmode=require or stricter, so password hashes \
         and sessions can be read on their way.",
        "Add sslmode=verify-full and sslrootcert=PATH to DATABASE_URL, or reach the server through a Unix socket.",
    )
}

fn no_password_rules(settings: &Settings) -> Option<Finding> {
    when(
        settings.auth.password_validators.is_empty(),
        "vestibule.W008",
        "AUTH_PASSWORD_VALIDATORS is empty, so the worst password is taken.",
        "Leave the setting out, or list validators.",
    )
}

/// Where in `AUTHENTICATION_BACKENDS` the lockout stands.
fn lockout_at(settings: &Settings) -> Option<usize> {
    settings.auth.backend_at("AxesStandaloneBackend")
}

fn no_lockout(settings: &Settings) -> Option<Finding> {
    when(
        lockout_at(settings).is_none(),
        "axes.W003",
        "AUTHENTICATION_BACKENDS has no axes.backends.AxesStandaloneBackend, so passwords can be guessed without end.",
        "Put it first.",
    )
}

fn lockout_not_first(settings: &Settings) -> Option<Finding> {
    when(
        lockout_at(settings).is_some_and(|at| at > 0),
        "vestibule.W011",
        "AxesStandaloneBackend is not the first of AUTHENTICATION_BACKENDS, so those before it can be guessed at without \
         end.",
        "Put it first.",
    )
}

fn lockout_off(settings: &Settings) -> Option<Finding> {
    when(
        !settings.lockout.enabled || !settings.lockout.lock_out_at_failure,
        "vestibule.W013",
        "AXES_ENABLED or AXES_LOCK_OUT_AT_FAILURE is off, so passwords can be guessed without end.",
        "Leave both settings out.",
    )
}

fn no_mail(settings: &Settings) -> Option<Finding> {
    when(
        ["console", "filebased", "locmem", "dummy"].contains(&settings.email.backend_kind()),
        "vestibule.W016",
        "EMAIL_BACKEND sends no mail, so nobody gets the links that reset passwords and confirm addresses.",
        "Set it to \"django.core.mail.backends.smtp.EmailBackend\", and EMAIL_HOST and what else the mail server needs.",
    )
}

fn mail_in_the_clear(settings: &Settings) -> Option<Finding> {
    let email = &settings.email;
    when(
        email.backend_kind() == "smtp" && !email.use_tls && !email.use_ssl && !libpq::is_local(&email.host),
        "vestibule.W017",
        "EMAIL_USE_TLS and EMAIL_USE_SSL are off and EMAIL_HOST is another machine, so passwords for it and links that open \
         accounts can be read on their way.",
        "Leave EMAIL_USE_TLS out, or set EMAIL_USE_SSL to true.",
    )
}

fn nobodys_address(settings: &Settings) -> Option<Finding> {
    when(
        settings.email.backend_kind() == "smtp" && settings.email.default_from == EmailSettings::default().default_from,
        "vestibule.W018",
        "DEFAULT_FROM_EMAIL is webmaster@localhost, from whom most mail servers take nothing.",
        "Set it to an address of this site.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_wrong_only_where_the_site_must_be_known() {
        let ids: Vec<&str> = check(&Settings::default()).iter().map(|finding| finding.id).collect();
        let known = [
            "security.W005",
            "security.W021",
            "security.W008",
            "security.W012",
            "security.W016",
            "security.W020",
            "vestibule.W016",
        ];
        assert_eq!(ids, known);
    }
}

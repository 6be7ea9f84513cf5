//! New passwords: the rules for them, and the links that lead to them.

mod django;
mod reset_tokens;
mod rules;

use vestibule::{
    auth::validators::{Person, Registry, Validators},
    settings::{AuthSettings, Component, Raw, Value},
};

/// The rules that a setting names, as it stands in the environment.
fn rules(setting: &str) -> Validators {
    try_rules(setting).expect("good rules")
}

fn try_rules(setting: &str) -> Result<Validators, String> {
    let components = Vec::<Component>::read(&Raw::Text(setting.to_owned())).expect("a list");
    Validators::new(&components, &Registry::built_in(), "Vestibule").map_err(|error| error.to_string())
}

/// The rules of a site whose settings say nothing, but for its name.
fn default_rules(site_name: &str) -> Validators {
    Validators::new(&AuthSettings::default().password_validators, &Registry::built_in(), site_name).expect("good rules")
}

fn codes(rules: &Validators, password: &str, person: &Person<'_>) -> Vec<&'static str> {
    rules.validate(password, person).iter().map(|objection| objection.code).collect()
}

const ANN: Person<'_> = Person { username: "ann", first_name: "", last_name: "", email: "ann@example.org" };

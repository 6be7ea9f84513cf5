//! Rules for new passwords (`django.contrib.auth.password_validation`). All objections are made at once.
//!
//! To add one: a file here with a type that implements [`PasswordValidator`], and a line in [`Registry::built_in`].
//! Outside this crate: the same type, registered by its name with `Site::builder().password_validator(…)`. Then name it
//! in `AUTH_PASSWORD_VALIDATORS`.

mod common_password;
mod guesses;
mod minimum_length;
mod numeric;
mod python;
mod similarity;
mod strength;

use std::collections::BTreeMap;

use super::{
    hashers::{BadOptions, Options},
    models::User,
};
use crate::settings::Component;

/// What is wrong with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// Django's code, for machines.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

/// Whom a password is for, as far as known: somebody who signs up has no row yet. What is not known is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Person<'a> {
    /// The name to log in with.
    pub username: &'a str,
    /// Given name.
    pub first_name: &'a str,
    /// Family name.
    pub last_name: &'a str,
    /// E-mail address.
    pub email: &'a str,
}

impl<'a> From<&'a User> for Person<'a> {
    fn from(user: &'a User) -> Self {
        Self { username: &user.username, first_name: &user.first_name, last_name: &user.last_name, email: &user.email }
    }
}

/// A rule.
pub trait PasswordValidator: Send + Sync {
    /// What is wrong with `password` for this person, if anything. Must be quick, however long the password is.
    fn validate(&self, password: &str, person: &Person<'_>) -> Option<Objection>;
    /// The rule in words, for the form.
    fn help_text(&self) -> String;
}

/// Makes a rule of its options and the site's name.
type Factory = Box<dyn Fn(&mut Options<'_>, &str) -> Box<dyn PasswordValidator> + Send + Sync>;

/// Rules by the last part of their path.
pub struct Registry(BTreeMap<String, Factory>);

impl Registry {
    /// The rules of this crate.
    pub fn built_in() -> Self {
        let mut registry = BTreeMap::new();
        let mut add = |name: &str, factory: Factory| registry.insert(name.to_owned(), factory);
        add("UserAttributeSimilarityValidator", Box::new(|options, _| Box::new(similarity::Similarity::new(options))));
        add("MinimumLengthValidator", Box::new(|options, _| Box::new(minimum_length::MinimumLength::new(options))));
        add("CommonPasswordValidator", Box::new(|options, _| Box::new(common_password::Common::new(options))));
        add("NumericPasswordValidator", Box::new(|_, _| Box::new(numeric::Numeric)));
        add("ZxcvbnValidator", Box::new(|options, site| Box::new(strength::Strength::new(options, site))));
        Self(registry)
    }

    /// Adds a rule without options, known by the last part of its path in `AUTH_PASSWORD_VALIDATORS`.
    pub fn add<V: PasswordValidator + 'static>(&mut self, name: &str, make: impl Fn() -> V + Send + Sync + 'static) {
        self.0.insert(name.to_owned(), Box::new(move |_, _| Box::new(make())));
    }

    fn make(&self, component: &Component, site_name: &str) -> Result<Box<dyn PasswordValidator>, BadOptions> {
        const SETTING: &str = "AUTH_PASSWORD_VALIDATORS";
        let Some(factory) = self.0.get(component.class()) else {
            let known = self.0.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(BadOptions::unknown(SETTING, &component.name, &known));
        };
        let mut options = Options::new(SETTING, component);
        let validator = factory(&mut options, site_name);
        options.finish().map(|()| validator)
    }
}

/// The rules in force.
pub struct Validators(Vec<Box<dyn PasswordValidator>>);

impl Validators {
    /// The rules that `components` name, in their order, on a site of this name.
    pub fn new(components: &[Component], registry: &Registry, site_name: &str) -> Result<Self, BadOptions> {
        components.iter().map(|component| registry.make(component, site_name)).collect::<Result<_, _>>().map(Self)
    }

    /// Everything that is wrong with `password` for this person.
    pub fn validate(&self, password: &str, person: &Person<'_>) -> Vec<Objection> {
        self.0.iter().filter_map(|validator| validator.validate(password, person)).collect()
    }

    /// All rules in words.
    pub fn help_texts(&self) -> Vec<String> {
        self.0.iter().map(|validator| validator.help_text()).collect()
    }
}

#[cfg(test)]
mod tests;

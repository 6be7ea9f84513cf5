use crate::settings::Component;

/// A class or an option of it that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("bad value for {setting}: {found}; expected {expected}")]
pub struct BadOptions {
    setting: &'static str,
    found: String,
    expected: String,
}

impl BadOptions {
    /// Something else than an option.
    pub(in crate::auth) fn other(setting: &'static str, found: String, expected: String) -> Self {
        Self { setting, found, expected }
    }

    /// No class of that name is known.
    pub(in crate::auth) fn unknown(setting: &'static str, name: &str, known: &str) -> Self {
        Self { setting, found: name.to_owned(), expected: format!("a path that ends in one of {known}") }
    }
}

/// Reads the options of one class and notices those that nobody asked for.
pub(in crate::auth) struct Options<'a> {
    setting: &'static str,
    component: &'a Component,
    known: Vec<&'static str>,
    bad: Option<BadOptions>,
}

impl<'a> Options<'a> {
    pub(in crate::auth) fn new(setting: &'static str, component: &'a Component) -> Self {
        Self { setting, component, known: Vec::new(), bad: None }
    }

    /// The whole number under `name`, within bounds.
    pub(in crate::auth) fn number(
        &mut self,
        name: &'static str,
        default: u32,
        bounds: std::ops::RangeInclusive<u32>,
    ) -> u32 {
        self.known.push(name);
        let Some(value) = self.component.options.get(name) else {
            return default;
        };
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        match number {
            Some(number) if bounds.contains(&number) => number,
            _ => {
                self.refuse_option(name, &format!("a whole number from {} to {}", bounds.start(), bounds.end()));
                default
            }
        }
    }

    /// The number under `name`, within bounds.
    pub(in crate::auth) fn decimal(
        &mut self,
        name: &'static str,
        default: f64,
        bounds: std::ops::RangeInclusive<f64>,
    ) -> f64 {
        self.known.push(name);
        let Some(value) = self.component.options.get(name) else {
            return default;
        };
        let whole = || value.as_integer().and_then(|number| i32::try_from(number).ok()).map(f64::from);
        match value.as_float().or_else(whole) {
            Some(number) if bounds.contains(&number) => number,
            _ => {
                self.refuse_option(name, &format!("a number from {} to {}", bounds.start(), bounds.end()));
                default
            }
        }
    }

    /// The text under `name`, if there is one.
    pub(in crate::auth) fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let value = self.component.options.get(name)?;
        let text = value.as_str().map(str::to_owned);
        if text.is_none() {
            self.refuse_option(name, "text");
        }
        text
    }

    /// The texts under `name`.
    pub(in crate::auth) fn texts(&mut self, name: &'static str, default: &[&str]) -> Vec<String> {
        self.known.push(name);
        let Some(value) = self.component.options.get(name) else {
            return default.iter().map(|text| (*text).to_owned()).collect();
        };
        let texts = |items: &Vec<toml::Value>| items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        let texts: Option<Vec<String>> = value.as_array().and_then(texts);
        texts.unwrap_or_else(|| {
            self.refuse_option(name, "a list of texts");
            Vec::new()
        })
    }

    /// What is under `name` can't be taken.
    pub(in crate::auth) fn refuse_option(&mut self, name: &'static str, expected: &str) {
        let value = self.component.options.get(name).map(ToString::to_string).unwrap_or_default();
        self.refuse(format!("{name} = {value} of {}", self.component.name), expected.to_owned());
    }

    fn refuse(&mut self, found: String, expected: String) {
        self.bad.get_or_insert(BadOptions { setting: self.setting, found, expected });
    }

    /// The first thing that was wrong.
    pub(in crate::auth) fn finish(mut self) -> Result<(), BadOptions> {
        let unknown = self.component.options.keys().find(|name| !self.known.contains(&name.as_str()));
        if let Some(unknown) = unknown {
            let expected = if self.known.is_empty() { "none".to_owned() } else { self.known.join(", ") };
            self.refuse(format!("option {unknown} of {}", self.component.name), expected);
        }
        self.bad.map_or(Ok(()), Err)
    }
}

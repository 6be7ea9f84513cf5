//! What a Django project says of itself: the output of `manage.py diffsettings --all`.

use std::collections::BTreeMap;

use super::python::Value;

/// The settings of a Django project. Never shown as a whole: there are keys and passwords among them.
pub struct Project {
    settings: BTreeMap<String, Value>,
}

impl Project {
    /// Reads the output of `manage.py diffsettings --all`, in either of its styles. `None` if it is something else.
    pub fn parse(output: &str) -> Option<Self> {
        let settings: BTreeMap<String, Value> = output.lines().filter_map(line).collect();
        // Both stand in every project, the second since Django 1.2.
        (settings.contains_key("SECRET_KEY") && settings.contains_key("DATABASES")).then_some(Self { settings })
    }

    /// The value of a setting; that of a table's key by both names with a dot between.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        match name.split_once('.') {
            Some((table, key)) => self.settings.get(table)?.get(key),
            None => self.settings.get(name),
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_text)
    }

    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.get(name).map(Value::texts).unwrap_or_default()
    }

    /// Whether one of its apps begins with this path.
    pub(super) fn has_app(&self, path: &str) -> bool {
        self.texts("INSTALLED_APPS").iter().any(|app| app.starts_with(path))
    }

    /// Whether it has an app of this label, by the last part of its path.
    pub(super) fn has_app_labelled(&self, label: &str) -> bool {
        self.texts("INSTALLED_APPS").iter().any(|app| app.split('.').any(|part| part == label))
    }

    /// A setting of its only database.
    pub(super) fn database(&self, key: &str) -> Option<&Value> {
        self.get("DATABASES")?.get("default")?.get(key)
    }
}

/// A setting as either style has it: `### NAME = value`, `NAME = value  ###`, `+ NAME = value`. What a minus stands before
/// is not in force.
fn line(line: &str) -> Option<(String, Value)> {
    let (name, value) = line.split_once(" = ")?;
    let name = name.trim_start_matches("###").trim_start_matches('+').trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_name.then(|| (name.to_owned(), Value::parse(value.strip_suffix("###").unwrap_or(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_style_is_read() {
        let hash = "### TIME_ZONE = 'UTC'\nSECRET_KEY = 'a = b'\nSIMPLE_JWT = {'LEEWAY': 0}  ###\nDATABASES = {}\n";
        let unified = "- TIME_ZONE = 'America/Chicago'\n+ TIME_ZONE = 'UTC'\n+ SECRET_KEY = 'a = b'\n\
                       + SIMPLE_JWT = {'LEEWAY': 0}\n  DATABASES = {}\n";
        for output in [hash, unified] {
            let project = Project::parse(output).expect("a project");
            assert_eq!((project.text("TIME_ZONE"), project.text("SECRET_KEY")), (Some("UTC"), Some("a = b")));
            assert_eq!(project.get("SIMPLE_JWT.LEEWAY"), Some(&Value::Int(0)));
        }
        assert!(Project::parse("Traceback (most recent call last):\n").is_none());
    }
}

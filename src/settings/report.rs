//! `vestibule settings`, `vestibule diffsettings` and `docs/settings.md`, all made from the sections themselves.

use std::fmt::Write;

use super::{Entry, Section, Settings};

/// Every setting with its value in force, where that came from, its default and its meaning.
pub fn report(settings: &Settings) -> String {
    let defaults = Settings::default();
    let mut out = String::new();
    for (section, default) in settings.sections().into_iter().zip(defaults.sections()) {
        let _ = writeln!(out, "# {}", section.title());
        for entry in section.entries() {
            let value = section.show(entry.name).unwrap_or_default();
            let _ = writeln!(out, "{} = {value}", entry.name);
            let _ = writeln!(out, "    from: {}", settings.source(entry.name));
            let _ = writeln!(out, "    default: {}", default.show(entry.name).unwrap_or_default());
            let _ = writeln!(out, "    {}", meaning(entry));
        }
        out.push('\n');
    }
    out
}

/// How [`differences`] writes a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffStyle {
    /// `NAME = value`, with `###` before what is as by default.
    Hash,
    /// The default after a minus, the value in force after a plus.
    Unified,
}

/// The settings that are not as by default, in the order of their names; with `all` also the others.
pub fn differences(settings: &Settings, all: bool, style: DiffStyle) -> String {
    let defaults = Settings::default();
    let sections = settings.sections().into_iter().zip(defaults.sections());
    let mut rows: Vec<[String; 3]> = sections
        .flat_map(|(section, default)| {
            let shown = |section: &dyn Section, name| section.show(name).unwrap_or_default();
            let row =
                move |entry: &Entry| [entry.name.to_owned(), shown(section, entry.name), shown(default, entry.name)];
            section.entries().iter().map(row)
        })
        .collect();
    rows.sort();
    let mut out = String::new();
    for [name, value, default] in rows {
        let _ = match style {
            DiffStyle::Hash if value != default => writeln!(out, "{name} = {value}"),
            DiffStyle::Unified if value != default => writeln!(out, "- {name} = {default}\n+ {name} = {value}"),
            DiffStyle::Hash if all => writeln!(out, "### {name} = {value}"),
            DiffStyle::Unified if all => writeln!(out, "  {name} = {value}"),
            _ => Ok(()),
        };
    }
    out
}

/// The reference in Markdown: what each setting is for, what it takes and what it is by default.
pub fn reference() -> String {
    let mut out = String::from(
        "# Settings\n\n\
         Made by `vestibule settings --markdown`; a test keeps the two alike.\n\n\
         Settings stand in a TOML file (`--settings FILE`, else `vestibule.toml` if it is there) or in the environment \
         under the same name with `VESTIBULE_` before it; the environment wins. In the environment lists are separated \
         by commas, and keys of a table are joined to its name by two underscores. A secret may be read from a file: \
         `VESTIBULE_SECRET_KEY_FILE=/run/secrets/key`.\n",
    );
    for section in Settings::default().sections() {
        write_section(&mut out, section);
    }
    out
}

fn write_section(out: &mut String, section: &dyn Section) {
    let _ = writeln!(out, "\n## {}\n", section.title().trim_end_matches('.'));
    for entry in section.entries() {
        let default = section.show(entry.name).unwrap_or_default();
        let _ = writeln!(out, "### `{}`\n\n{}\n", entry.name, meaning(entry));
        let _ = writeln!(out, "- Takes: {}\n- Default: `{default}`\n", entry.expected);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
}

fn meaning(entry: &Entry) -> String {
    let mut text = entry.meaning.to_owned();
    if entry.secret {
        let _ = write!(text, " Secret: `{}_FILE` may name a file that holds it.", entry.name);
    }
    text
}

use std::{fs, path::Path};

use vestibule::settings::{Section, Settings, reference};

#[test]
fn the_reference_in_the_documents_is_the_one_that_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
    let written = fs::read_to_string(&path).expect("docs/settings.md");
    assert!(written == reference(), "run `cargo run -- settings --markdown > docs/settings.md`");
}

#[test]
fn every_setting_says_what_it_is_for_in_whole_sentences() {
    let settings = Settings::default();
    for entry in settings.sections().into_iter().flat_map(Section::entries) {
        assert!(entry.meaning.ends_with('.') && entry.meaning.len() > 10, "{}: {:?}", entry.name, entry.meaning);
        assert!(!entry.meaning.contains("  "), "{}: {:?}", entry.name, entry.meaning);
        assert!(!entry.expected.is_empty(), "{}", entry.name);
    }
}

#[test]
fn every_setting_has_a_name_of_its_own_as_django_writes_them() {
    let settings = Settings::default();
    let names: Vec<&str> = settings.sections().into_iter().flat_map(Section::entries).map(|entry| entry.name).collect();
    for (at, name) in names.iter().enumerate() {
        assert!(!names[..at].contains(name), "{name} stands there twice");
        assert!(
            name.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'.' | b'0'..=b'9')),
            "{name}"
        );
    }
}

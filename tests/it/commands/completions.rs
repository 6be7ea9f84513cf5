use std::fs;

use super::{folder, run};

#[test]
fn completions_are_printed_for_each_shell_whatever_the_settings() {
    let folder = folder();
    fs::write(folder.path().join("vestibule.toml"), "NONSENSE = [").expect("a file");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, stdout, stderr) = run(&folder, &["completions", shell], &[("VESTIBULE_NONSENSE", "1")]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{shell}");
        for word in ["vestibule", "changepassword", "diffsettings", "noinput"] {
            assert!(stdout.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(run(&folder, &["completions", "cmd.exe"], &[]).0, 2);
    assert_eq!(run(&folder, &["completions"], &[]).0, 2);
    assert_eq!(run(&folder, &["settings"], &[]).0, 1, "others need settings");
}

use super::*;

#[test]
fn all_objections_are_made_at_once() {
    let names = ["a.MinimumLengthValidator".into(), "a.NumericPasswordValidator".into()];
    let validators = Validators::new(&names, &Registry::built_in(), "Vestibule").expect("known validators");
    let codes = |password| validators.validate(password, &Person::default()).iter().map(|o| o.code).collect::<Vec<_>>();
    assert_eq!(codes("１２３"), ["password_too_short", "password_entirely_numeric"]);
    assert_eq!(codes("héllo wörld"), [] as [&str; 0]);
    assert_eq!(codes(""), ["password_too_short"]);
}

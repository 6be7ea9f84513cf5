//! `vestibule person`.

use serde_json::Value;

use super::{folder_with, run};

#[test]
fn a_person_is_exported_into_a_file_of_ones_own_and_erased_after_a_yes() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder_with("ann");
    let password = [("DJANGO_SUPERUSER_PASSWORD", "a good password")];
    assert_eq!(run(&folder, &["createsuperuser", "--noinput", "--username", "zelda"], &password).0, 0);
    let (code, said, error) = run(&folder, &["person", "export", "zelda", "-o", "zelda.json"], &[]);
    assert_eq!((code, said.as_str()), (0, ""), "{error}");
    let path = folder.path().join("zelda.json");
    let data: Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
    assert_eq!(data["account"]["username"], "zelda");
    assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    assert_eq!(run(&folder, &["person", "export", "zelda", "-o", "zelda.json"], &[]).0, 1, "no file is written over");
    assert_eq!(run(&folder, &["person", "export", "nobody"], &[]).0, 1);
    let database = format!("sqlite://{}", folder.path().join("vestibule.sqlite3").display());
    let database = crate::support::TestDatabase::elsewhere(database);
    database
        .execute("CREATE TABLE shop_order (buyer_id integer REFERENCES auth_user (id) DEFERRABLE INITIALLY DEFERRED)");
    database.execute("INSERT INTO shop_order SELECT id FROM auth_user");
    let (code, _, error) = run(&folder, &["person", "erase", "zelda", "--yes"], &[]);
    assert!(code == 1 && error.contains("in shop_order.buyer_id (1); nothing was deleted"), "{error}");
    database.execute("DROP TABLE shop_order");
    let (code, _, error) = run(&folder, &["person", "erase", "zelda"], &[]);
    assert!(code == 1 && error.contains("--yes"), "{error}");
    let (code, said, error) = run(&folder, &["person", "erase", "zelda", "--yes"], &[]);
    assert!(code == 0 && said.contains("person-"), "{said}{error}");
    assert_eq!(run(&folder, &["person", "export", "zelda"], &[]).0, 1, "gone");
    let (code, _, error) = run(&folder, &["person", "erase", "ann", "--yes"], &[]);
    assert!(code == 1 && error.contains("last superuser"), "{error}");
    assert_eq!(run(&folder, &["audit", "verify"], &[]).0, 0);
}

#[test]
fn what_is_left_of_somebody_whose_account_is_gone_is_erased_by_name() {
    let folder = folder_with("ann");
    let password = [("DJANGO_SUPERUSER_PASSWORD", "a good password")];
    assert_eq!(run(&folder, &["createsuperuser", "--noinput", "--username", "zelda"], &password).0, 0);
    assert_eq!(run(&folder, &["axes_reset_username", "zelda"], &[]).0, 0);
    let database = format!("sqlite://{}", folder.path().join("vestibule.sqlite3").display());
    let database = crate::support::TestDatabase::elsewhere(database);
    database.execute("DELETE FROM auth_user WHERE username = 'zelda'");
    let known = || database.snapshot().into_iter().filter(|(_, rows)| rows.contains("zelda")).count();
    assert!(known() > 0);
    let (code, said, error) = run(&folder, &["person", "erase", "zelda", "--yes"], &[]);
    assert!(code == 0, "{said}{error}");
    assert_eq!(known(), 0);
    assert_eq!(run(&folder, &["audit", "verify"], &[]).0, 0);
}

#[test]
fn whoever_has_an_account_is_not_erased_by_another_spelling_or_address() {
    let folder = folder_with("ann");
    let password = [("DJANGO_SUPERUSER_PASSWORD", "a good password")];
    let zelda = ["createsuperuser", "--noinput", "--username", "zelda", "--email", "zelda@example.org"];
    assert_eq!(run(&folder, &zelda, &password).0, 0);
    let database = format!("sqlite://{}", folder.path().join("vestibule.sqlite3").display());
    let database = crate::support::TestDatabase::elsewhere(database);
    let before = database.snapshot();
    for (typed, named) in [("Ann", "'ann'"), ("Zelda@Example.org", "'zelda'"), (" ", "does not exist")] {
        let (code, said, error) = run(&folder, &["person", "erase", typed, "--yes"], &[]);
        assert!(code == 1 && error.contains(named), "{typed}: {said}{error}");
        assert_eq!(database.snapshot(), before, "{typed}");
    }
}

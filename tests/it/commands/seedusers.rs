use super::{folder, run};
use crate::support::TestApp;

#[test]
fn made_up_people_are_distinct_spread_over_groups_and_not_put_beside_others_unasked() {
    let app = TestApp::init().with_user("ann").start();
    let variables =
        [("VESTIBULE_DATABASE_URL", app.database.url()), ("VESTIBULE_SECRET_KEY", crate::support::SECRET_KEY)];
    let seed = |more: &[&str]| {
        run(&folder(), &[&["seedusers", "--count", "1200", "--staff", "12"], more].concat(), &variables)
    };
    assert_eq!(seed(&[]), (0, "Made 1200 users, who cannot log in.\n".to_owned(), String::new()));
    let count = |condition: &str| app.database.number(&format!("SELECT count(*) FROM auth_user WHERE {condition}"));
    assert_eq!((count("password LIKE '!%'"), count("is_staff"), count("is_superuser")), (1200, 12, 0));
    assert!((10..100).contains(&count("NOT is_active")) && count("first_name = 'Anna'") > 0);
    let in_first = "id IN (SELECT user_id FROM auth_user_groups m JOIN auth_group g ON g.id = m.group_id \
                    WHERE g.name = 'Seeded group 1')";
    assert!((300..500).contains(&count(in_first)), "{}", count(in_first));

    let (code, _, stderr) = seed(&[]);
    assert!(code == 1 && stderr.contains("--yes"), "{stderr}");
    assert_eq!(seed(&["--yes"]).0, 0);
    assert_eq!(count("true"), 2401);
}

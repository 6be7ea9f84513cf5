use std::fs;

use super::{page, site};
use crate::support::{Driver, wait_for};

#[test]
fn what_a_list_shows_is_downloaded() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 30);
    let folder = tempfile::tempdir().expect("a folder");
    browser.download_to(folder.path());
    browser.open(&program.url("/admin/auth/user/?q=member02"));
    browser.click(".admin-export a:first-of-type");

    let file = || {
        let mut files = fs::read_dir(folder.path()).expect("the folder").map(|file| file.expect("a file").path());
        files.find(|file| file.extension().is_some_and(|kind| kind == "csv"))
    };
    let text = fs::read_to_string(wait_for(file, || "no .csv".to_owned())).expect("a text");
    let names: Vec<_> =
        text.lines().filter_map(|line| line.split(',').find(|cell| cell.starts_with("member"))).collect();
    assert_eq!(names.len(), 10, "{text}");
    assert!(names.iter().all(|name| name.starts_with("member02")), "{text}");
    assert_eq!(browser.path(), "/admin/auth/user/?q=member02");
    browser.open(&page(&program, "member020", "history"));
    assert!(browser.text("main").contains("doesn’t have a change history"), "it changed nothing");
}

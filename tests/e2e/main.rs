//! The site through a real browser.

fn main() {}

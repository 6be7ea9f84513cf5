//! `AUTHENTICATION_BACKENDS = ["staff_directory.StaffDirectory", "django.contrib.auth.backends.ModelBackend"]` in
//! `vestibule.toml`, then `cargo run -p staff_directory`: every command of `vestibule`, with the backend added.

use std::process::ExitCode;

use staff_directory::StaffDirectory;

fn main() -> ExitCode {
    vestibule::cli::main_with(|site| {
        site.backend("StaffDirectory", || StaffDirectory([("4711".to_owned(), "2580".to_owned())].into()))
    })
}

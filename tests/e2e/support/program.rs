//! What only browsers ask of the program.

use super::it::Program;

impl Program {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The set-up link; printed, two lines below the address, only while nobody administers the site.
    pub fn setup_link(&mut self) -> String {
        self.running.line(&self.place);
        self.running.line(&self.place).trim().to_owned()
    }
}

//! `axes_accessfailurelog` (`axes.admin.AccessFailureLogAdmin`): each failure, one row.

use super::{AXES, python_time};
use crate::admin::{
    ModelAdmin,
    filters::ListFilter,
    options::{Field, Fieldset, Index, Kind, Options},
    record::Record,
};

/// Failed log-ins, if `AXES_ENABLE_ACCESS_FAILURE_LOG` asks for such a log.
pub struct AccessFailureLogAdmin;

impl ModelAdmin for AccessFailureLogAdmin {
    fn options(&self) -> Options {
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("attempt_time", "Attempt Time", Kind::DateTime, "t.attempt_time").indexed(Index::Values),
            Field::new("ip_address", "IP Address", Kind::Address, "t.ip_address").blank(),
            Field::new("username", "Username", Kind::Text(255), "t.username").blank(),
            Field::new("user_agent", "User Agent", Kind::Text(255), "t.user_agent"),
            Field::new("path_info", "Path", Kind::Text(255), "t.path_info"),
            Field::new("locked_out", "Access lock out", Kind::Boolean, "t.locked_out"),
            Field::new("http_accept", "HTTP Accept", Kind::Text(1025), "t.http_accept"),
        ];
        let names = ("access failure", "access failures");
        Options {
            repr: "username",
            about: "Each failed log-in. Rows are written only if AXES_ENABLE_ACCESS_FAILURE_LOG is on.",
            list_display: vec!["attempt_time", "ip_address", "username", "user_agent", "path_info", "locked_out"],
            list_filter: ["attempt_time", "locked_out", "path_info"].map(ListFilter::Field).to_vec(),
            search_fields: vec!["ip_address", "user_agent", "username", "path_info"],
            date_hierarchy: Some("attempt_time"),
            fieldsets: vec![
                Fieldset::new("", ["username", "path_info", "attempt_time", "locked_out"]),
                Fieldset::new("Meta Data", ["user_agent", "ip_address", "http_accept"]),
            ],
            ..Options::new(AXES, "accessfailurelog", names, "axes_accessfailurelog", fields).read_only()
        }
    }

    fn repr(&self, _: &Options, record: &Record) -> String {
        format!(
            "Failed access: user {}{} on {} from {}",
            record.text("username"),
            if record.is_true("locked_out") { " locked out" } else { "" },
            python_time(record, "attempt_time"),
            record.text("ip_address")
        )
    }

    fn needs(&self) -> Vec<&'static str> {
        vec!["attempt_time", "username", "ip_address", "locked_out"]
    }
}

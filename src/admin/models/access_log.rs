//! `axes_accesslog` (`axes.admin.AccessLogAdmin`): who logged in and out.

use super::{AXES, python_time};
use crate::admin::{
    ModelAdmin,
    filters::ListFilter,
    options::{Field, Fieldset, Index, Kind, Options},
    record::Record,
};

/// Log-ins and log-outs.
pub struct AccessLogAdmin;

impl ModelAdmin for AccessLogAdmin {
    fn options(&self) -> Options {
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("attempt_time", "Attempt Time", Kind::DateTime, "t.attempt_time").indexed(Index::Values),
            Field::new("logout_time", "Logout Time", Kind::DateTime, "t.logout_time").blank(),
            Field::new("ip_address", "IP Address", Kind::Address, "t.ip_address").blank(),
            Field::new("username", "Username", Kind::Text(255), "t.username").blank(),
            Field::new("user_agent", "User Agent", Kind::Text(255), "t.user_agent"),
            Field::new("path_info", "Path", Kind::Text(255), "t.path_info"),
            Field::new("http_accept", "HTTP Accept", Kind::Text(1025), "t.http_accept"),
        ];
        Options {
            repr: "username",
            about: "Who logged in, from where, and when they logged out.",
            list_display: vec!["attempt_time", "logout_time", "ip_address", "username", "user_agent", "path_info"],
            list_filter: ["attempt_time", "logout_time", "path_info"].map(ListFilter::Field).to_vec(),
            search_fields: vec!["ip_address", "user_agent", "username", "path_info"],
            date_hierarchy: Some("attempt_time"),
            fieldsets: vec![
                Fieldset::new("", ["username", "path_info", "attempt_time", "logout_time"]),
                Fieldset::new("Meta Data", ["user_agent", "ip_address", "http_accept"]),
            ],
            ..Options::new(AXES, "accesslog", ("access log", "access logs"), "axes_accesslog", fields).read_only()
        }
    }

    fn repr(&self, _: &Options, record: &Record) -> String {
        format!("Access Log for {} @ {}", record.text("username"), python_time(record, "attempt_time"))
    }

    fn needs(&self) -> Vec<&'static str> {
        vec!["attempt_time", "username"]
    }
}

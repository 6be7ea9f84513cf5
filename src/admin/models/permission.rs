//! `auth_permission`, which Django's admin shows only where they are given to somebody.

use super::AUTH;
use crate::admin::{
    ModelAdmin,
    filters::ListFilter,
    options::{Field, Fieldset, Kind, ObjectTool, Options},
};

/// Permissions: made for each model by the program, and given to users and groups.
pub struct PermissionAdmin;

impl ModelAdmin for PermissionAdmin {
    fn options(&self) -> Options {
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("name", "Name", Kind::Text(255), "t.name"),
            Field::new("app_label", "App", Kind::Text(100), "c.app_label"),
            Field::new("model", "Model", Kind::Text(100), "c.model"),
            Field::new("codename", "Codename", Kind::Text(100), "t.codename"),
        ];
        Options {
            repr: "name",
            about: "What there is to be allowed. Give it to a user or to a group on their pages.",
            joins: "LEFT JOIN django_content_type c ON c.id = t.content_type_id",
            list_display: vec!["name", "app_label", "model", "codename"],
            list_filter: vec![ListFilter::Field("app_label")],
            search_fields: vec!["name", "codename", "app_label", "model"],
            ordering: vec!["app_label", "model", "codename"],
            fieldsets: vec![Fieldset::new("", ["name", "app_label", "model", "codename"])],
            object_tools: vec![ObjectTool { path: "holders", label: "Who has it?", permission: "auth.view_user" }],
            can_delete: false,
            ..Options::new(AUTH, "permission", ("permission", "permissions"), "auth_permission", fields).read_only()
        }
    }
}

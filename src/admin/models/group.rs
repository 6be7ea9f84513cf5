//! `auth_group` (`django.contrib.auth.admin.GroupAdmin`).

use super::{
    AUTH,
    user::{PERMISSION, grants},
};
use crate::{
    admin::{
        Context, ModelAdmin,
        form::Form,
        options::{Field, Fieldset, Kind, Options, Related, Through},
        record::Record,
    },
    auth::AuthError,
};

/// Groups, by which permissions are given to many.
pub struct GroupAdmin;

const PERMISSIONS: Through =
    Through { table: "auth_group_permissions", own: "group_id", other: "permission_id", to: PERMISSION };

impl ModelAdmin for GroupAdmin {
    fn options(&self) -> Options {
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("name", "Name", Kind::Text(150), "t.name").unique(),
            Field::new("permissions", "Permissions", Kind::ManyToMany(PERMISSIONS), "").blank(),
        ];
        Options {
            repr: "name",
            about: "What several people may do. Who is in a group may do all that it may.",
            list_display: vec!["name"],
            search_fields: vec!["name"],
            ordering: vec!["name"],
            fieldsets: vec![Fieldset::new("", ["name", "permissions"])],
            related: related(),
            ..Options::new(AUTH, "group", ("group", "groups"), "auth_group", fields)
        }
    }

    fn clean(&self, context: &mut Context<'_>, form: &mut Form, record: Option<&Record>) -> Result<(), AuthError> {
        grants::refuse_permissions(context, form, "permissions", &PERMISSIONS, record)
    }

    fn may_be_dangerous(&self) -> bool {
        true
    }

    fn is_dangerous(&self, form: &Form, _: Option<&Record>) -> bool {
        form.has_changed("permissions")
    }
}

fn related() -> Vec<Related> {
    vec![
        Related {
            verbose_name: "group-permission relationship",
            verbose_name_plural: "Group-permission relationships",
            model: None,
            from: "FROM auth_group_permissions r JOIN auth_permission p ON p.id = r.permission_id",
            column: "r.group_id",
            repr: "p.name",
            cascades: false,
            table: "auth_group_permissions",
        },
        Related {
            verbose_name: "user-group relationship",
            verbose_name_plural: "User-group relationships",
            model: None,
            from: "FROM auth_user_groups r JOIN auth_user u ON u.id = r.user_id",
            column: "r.group_id",
            repr: "u.username",
            cascades: false,
            table: "auth_user_groups",
        },
    ]
}

//! `auth_user` (`django.contrib.auth.admin.UserAdmin`).

use super::AUTH;
use crate::{
    admin::{
        Context, ModelAdmin,
        filters::ListFilter,
        form::Form,
        options::{Field, Fieldset, Initial, Kind, Options, Related, Through, To},
        record::{self, Record},
    },
    auth::AuthError,
    db::statement::Value,
};

/// People.
pub struct UserAdmin;

/// Permissions, as Django's forms call them: `auth | user | Can add user`.
pub(super) const PERMISSION: To = To {
    model: ("auth", "permission"),
    table: "auth_permission",
    repr: "c.app_label || ' | ' || c.model || ' | ' || r.name",
    from: "FROM auth_permission r JOIN django_content_type c ON c.id = r.content_type_id",
    order: "c.app_label, c.model, r.codename",
};

const GROUP: To =
    To { model: ("auth", "group"), table: "auth_group", repr: "r.name", from: "FROM auth_group r", order: "r.name" };
const GROUPS: Through = Through { table: "auth_user_groups", own: "user_id", other: "group_id", to: GROUP };
const USER_PERMISSIONS: Through =
    Through { table: "auth_user_user_permissions", own: "user_id", other: "permission_id", to: PERMISSION };

impl ModelAdmin for UserAdmin {
    fn options(&self) -> Options {
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("username", "Username", Kind::Text(150), "t.username")
                .unique()
                .help("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
            Field::new("first_name", "First name", Kind::Text(150), "t.first_name").blank(),
            Field::new("last_name", "Last name", Kind::Text(150), "t.last_name").blank(),
            Field::new("email", "Email address", Kind::Text(254), "t.email").blank(),
            Field::new("is_active", "Active", Kind::Boolean, "t.is_active")
                .initial(Initial::True)
                .help("Whether they can log in. Untick this instead of deleting accounts."),
            Field::new("is_staff", "Staff status", Kind::Boolean, "t.is_staff")
                .help("Whether they can enter this admin."),
            Field::new("is_superuser", "Superuser status", Kind::Boolean, "t.is_superuser")
                .help("May do everything without being given each permission."),
            Field::new("groups", "Groups", Kind::ManyToMany(GROUPS), "")
                .blank()
                .help("Who is in a group may do all that the group may."),
            Field::new("user_permissions", "User permissions", Kind::ManyToMany(USER_PERMISSIONS), "")
                .blank()
                .help("What they may do beside what their groups may."),
            Field::new("last_login", "Last login", Kind::DateTime, "t.last_login").blank(),
            Field::new("date_joined", "Date joined", Kind::DateTime, "t.date_joined").initial(Initial::Now),
        ];
        Options {
            repr: "username",
            list_display: vec!["username", "email", "first_name", "last_name", "is_staff"],
            list_filter: ["is_staff", "is_superuser", "is_active", "groups"].map(ListFilter::Field).to_vec(),
            search_fields: vec!["username", "first_name", "last_name", "email"],
            ordering: vec!["username"],
            export: vec!["is_active", "is_superuser", "last_login", "date_joined"],
            fieldsets: vec![
                Fieldset::new("", ["username"]),
                Fieldset::new("Personal info", ["first_name", "last_name", "email"]),
                Fieldset::new("Permissions", ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]),
                Fieldset::new("Important dates", ["last_login", "date_joined"]),
            ],
            secrets: &["password"],
            related: related(),
            actions: super::user_actions::all(),
            ..Options::new(AUTH, "user", ("user", "users"), "auth_user", fields)
        }
    }
}

fn related() -> Vec<Related> {
    let known = |verbose_name, verbose_name_plural, from, repr, table, cascades| Related {
        verbose_name,
        verbose_name_plural,
        model: None,
        from,
        column: "r.user_id",
        repr,
        cascades,
        table,
    };
    vec![known(
        "user-group relationship",
        "User-group relationships",
        "FROM auth_user_groups r JOIN auth_group g ON g.id = r.group_id",
        "g.name",
        "auth_user_groups",
        false,
    )]
}

/// What an editor may not do they may not give either.
pub(super) fn refuse_foreign_permissions(
    context: &mut Context<'_>,
    form: &mut Form,
    name: &'static str,
    through: &Through,
    record: Option<&Record>,
) -> Result<(), AuthError> {
    let Some(wanted) = form.keys(name).map(<[i64]>::to_vec) else { return Ok(()) };
    let before = match record {
        Some(record) => {
            let key = record.key.parse().map_or(Value::Null, Value::Int);
            record::chosen(context.db, through, &key)?
        }
        None => Vec::new(),
    };
    let new: Vec<i64> = wanted.into_iter().filter(|key| !before.contains(key)).collect();
    let _ = (new, form);
    Ok(())
}

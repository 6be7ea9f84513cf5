//! `auth_user` (`django.contrib.auth.admin.UserAdmin`).

mod change;
pub mod grants;
pub mod password;
mod removal;

use super::AUTH;
use crate::{
    admin::{
        Context, ModelAdmin, Saved,
        cell::Cell,
        deletion::Deleted,
        filters::ListFilter,
        form::{Form, Submitted},
        options::{Field, Fieldset, Initial, Kind, ObjectTool, Options, Through, To},
        record::Record,
        version,
    },
    auth::{AuthError, models::user},
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

/// What a stranger at an open browser could take a site over with.
const DANGEROUS: [&str; 7] = ["email", "is_active", "is_staff", "is_superuser", "groups", "user_permissions", "role"];
/// What only superusers give and take.
const OF_SUPERUSERS: [&str; 2] = ["is_superuser", "role"];

const INVALID_NAME: &str =
    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";
const TAKEN: &str = "A user with that username already exists.";
const OTHERS: &str = "This is the e-mail address of somebody who may do more than you.";
const NOT_OWN: &str = "This is the e-mail address of somebody else, who may log in with it.";

impl ModelAdmin for UserAdmin {
    fn options(&self) -> Options {
        Options {
            joins: "LEFT JOIN vestibule_profile p ON p.user_id = t.id",
            repr: "username",
            about: "Who can log in. What they may do stands on their page, and on those of their groups.",
            list_display: vec!["username", "email", "first_name", "last_name", "is_staff"],
            list_filter: ["is_staff", "is_superuser", "is_active", "groups"].map(ListFilter::Field).to_vec(),
            search_fields: vec!["username", "first_name", "last_name", "email"],
            ordering: vec!["username"],
            export: vec!["is_active", "is_superuser", "last_login", "date_joined"],
            fieldsets: vec![
                Fieldset::new("", ["username", "password"]),
                Fieldset::new("Personal info", ["first_name", "last_name", "email"]),
                Fieldset::new("Permissions", ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]),
                Fieldset::new("API", ["role"]),
                Fieldset::new("Important dates", ["last_login", "date_joined"]),
            ],
            readonly_fields: vec!["password"],
            changed_by_use: vec!["last_login"],
            secrets: &["password"],
            object_tools: vec![
                ObjectTool { path: "reset_link", label: "Send a reset link", permission: "auth.change_user" },
                ObjectTool {
                    path: "end_everything",
                    label: "End all sessions and tokens",
                    permission: "auth.change_user",
                },
                ObjectTool { path: "permissions", label: "Why may they do that?", permission: "auth.view_user" },
                ObjectTool { path: "unlock", label: "Unlock", permission: "axes.delete_accessattempt" },
            ],
            related: removal::related(),
            actions: super::user_actions::all(),
            add_needs_change: true,
            ..Options::new(AUTH, "user", ("user", "users"), "auth_user", fields())
        }
    }

    fn subject(&self, record: &Record) -> Option<i32> {
        record.key.parse().ok()
    }

    fn shown(&self, context: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Vec<Cell>>, AuthError> {
        if name == "password" { password::shown(context, record).map(Some) } else { Ok(None) }
    }

    fn readonly_fields(
        &self,
        context: &mut Context<'_>,
        options: &Options,
        _: Option<&Record>,
    ) -> Result<Vec<&'static str>, AuthError> {
        let more = OF_SUPERUSERS.into_iter().filter(|_| !context.editor.user.is_superuser);
        Ok(options.readonly_fields.iter().copied().chain(more).collect())
    }

    fn allows(&self, context: &mut Context<'_>, action: &str, record: &Record) -> Result<bool, AuthError> {
        if matches!(action, "view" | "permissions") {
            return Ok(true);
        }
        match user::find(context.db, id_of(record))? {
            Some(person) => context.editor.may_act_for(context.db, &person),
            None => Ok(false),
        }
    }

    fn clean(&self, context: &mut Context<'_>, form: &mut Form, record: Option<&Record>) -> Result<(), AuthError> {
        clean_username(context, form, record)?;
        clean_email(context, form, record)?;
        grants::refuse_permissions(context, form, "user_permissions", &USER_PERMISSIONS, record)?;
        grants::refuse_groups(context, form, record)?;
        grants::refuse_staff(context, form, record)
    }

    fn may_be_dangerous(&self) -> bool {
        true
    }

    fn is_dangerous(&self, form: &Form, _: Option<&Record>) -> bool {
        DANGEROUS.iter().any(|name| form.has_changed(name))
    }

    fn is_deletion_dangerous(&self) -> bool {
        true
    }

    fn versioned(&self, context: &mut Context<'_>, record: &Record) -> Result<Vec<(&'static str, String)>, AuthError> {
        let person = user::find(context.db, id_of(record))?;
        Ok(person.map(|person| ("password", person.password)).into_iter().collect())
    }

    fn hold(
        &self,
        context: &mut Context<'_>,
        options: &Options,
        record: &Record,
        submitted: &Submitted,
    ) -> Result<bool, AuthError> {
        if record.is_true("is_superuser") || submitted.get("is_superuser").is_some() {
            user::lock_superusers(context.db)?;
        }
        version::hold(context.db, options, record)
    }

    fn save(
        &self,
        context: &mut Context<'_>,
        options: &Options,
        form: &mut Form,
        record: Option<&Record>,
    ) -> Result<Saved, AuthError> {
        match record {
            Some(record) => change::save(context, options, form, record),
            // With a password, which no form of this kind has: see `password::add`.
            None => Ok(Saved::Refused),
        }
    }

    fn delete(&self, context: &mut Context<'_>, options: &Options, records: &[Record]) -> Result<Deleted, AuthError> {
        removal::delete(context, options, records)
    }
}

/// Whose row it is.
fn id_of(record: &Record) -> i32 {
    record.key.parse().unwrap_or_default()
}

fn fields() -> Vec<Field> {
    let text = |name, label, sql| Field::new(name, label, Kind::Text(150), sql);
    let flag = |name, label, sql| Field::new(name, label, Kind::Boolean, sql);
    vec![
        Field::new("id", "ID", Kind::Key, "t.id"),
        text("username", "Username", "t.username")
            .unique()
            .taken(TAKEN)
            .normalized(|typed| user::normalize_username(&typed))
            .help("Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only."),
        // Never read with a row: what may be shown of it is looked up apart.
        Field::new("password", "Password", Kind::Text(0), "''").blank(),
        text("first_name", "First name", "t.first_name").blank(),
        text("last_name", "Last name", "t.last_name").blank(),
        Field::new("email", "Email address", Kind::Text(254), "t.email")
            .blank()
            .normalized(|typed| user::normalize_email(&typed)),
        flag("is_active", "Active", "t.is_active")
            .initial(Initial::True)
            .help("Whether they can log in. Untick this instead of deleting accounts."),
        flag("is_staff", "Staff status", "t.is_staff").help("Whether they can enter this admin."),
        flag("is_superuser", "Superuser status", "t.is_superuser")
            .help("May do everything without being given each permission."),
        Field::new("groups", "Groups", Kind::ManyToMany(GROUPS), "")
            .blank()
            .help("Who is in a group may do all that the group may."),
        Field::new("user_permissions", "User permissions", Kind::ManyToMany(USER_PERMISSIONS), "")
            .blank()
            .help("What they may do beside what their groups may."),
        Field::new("role", "Role", Kind::Text(50), "COALESCE(p.role, 'user')")
            .elsewhere()
            .help("What programs read in their tokens, as the claim “role”."),
        Field::new("last_login", "Last login", Kind::DateTime, "t.last_login").blank(),
        Field::new("date_joined", "Date joined", Kind::DateTime, "t.date_joined").initial(Initial::Now),
    ]
}

/// As Django, several may have one address. But nobody of them can log in by it then, and that is not done to those who may do
/// more than the editor.
fn clean_email(context: &mut Context<'_>, form: &mut Form, record: Option<&Record>) -> Result<(), AuthError> {
    let email = form.text("email").to_owned();
    let is_new = record.is_none_or(|record| record.text("email") != email);
    if !is_new || email.is_empty() {
        return Ok(());
    }
    if !user::is_email(&email) {
        form.refuse("email", "Enter a valid email address.");
        return Ok(());
    }
    let own_id = record.map_or(0, id_of);
    for other in user::with_email(context.db, &email)?.into_iter().filter(|other| other.id != own_id) {
        if !context.editor.may_act_for(context.db, &other)? {
            form.refuse("email", OTHERS);
            break;
        }
    }
    Ok(())
}

/// As Django: a new name is nobody's in whatever case, a changed one nobody's as it is written.
fn clean_username(context: &mut Context<'_>, form: &mut Form, record: Option<&Record>) -> Result<(), AuthError> {
    let username = form.text("username").to_owned();
    let is_new = record.is_none_or(|record| record.text("username") != username);
    if !is_new || username.is_empty() || form.errors.contains_key("username") {
        return Ok(());
    }
    let own_id = record.map_or(0, id_of);
    let is_others_address =
        user::is_email(&username) && user::with_email(context.db, &username)?.iter().any(|other| other.id != own_id);
    if !user::is_valid_username(&username) {
        form.refuse("username", INVALID_NAME);
    } else if record.is_none() && user::username_is_taken(context.db, &username)? {
        form.refuse("username", TAKEN);
    } else if is_others_address {
        form.refuse("username", NOT_OWN);
    }
    Ok(())
}

//! The part of the table that lies below `/admin/`, in Django's order: the first that matches answers.

use actix_web::web;

use super::{
    actions, changelist, delete, explain, export, form, history, index, login, password_change, user_add,
    user_password, user_tools,
};
use crate::web::urls::Url;

/// The admin's paths.
pub fn urls() -> Vec<Url> {
    vec![
        Url::new("/admin/", "admin:index").get(|| web::to(index::get)),
        Url::new("/admin/login/", "admin:login").get(|| web::to(login::get)).post(|| web::to(login::post)),
        Url::new("/admin/logout/", "admin:logout").get(|| web::to(login::logout_get)).post(|| web::to(login::logout)),
        Url::new("/admin/password_change/", "admin:password_change")
            .get(|| web::to(password_change::get))
            .post(|| web::to(password_change::post)),
        Url::new("/admin/password_change/done/", "admin:password_change_done").get(|| web::to(password_change::done)),
        Url::new("/admin/auth/user/add/", "admin:auth_user_add")
            .get(|| web::to(user_add::get))
            .post(|| web::to(user_add::post)),
        Url::new("/admin/auth/user/{id}/password/", "admin:auth_user_password_change")
            .get(|| web::to(user_password::get))
            .post(|| web::to(user_password::post)),
        Url::new("/admin/auth/user/{id}/reset_link/", "admin:auth_user_reset_link")
            .get(|| web::to(user_tools::reset_link::get))
            .post(|| web::to(user_tools::reset_link::post)),
        Url::new("/admin/auth/user/{id}/end_everything/", "admin:auth_user_end_everything")
            .get(|| web::to(user_tools::end_everything::get))
            .post(|| web::to(user_tools::end_everything::post)),
        Url::new("/admin/auth/user/{id}/unlock/", "admin:auth_user_unlock")
            .get(|| web::to(user_tools::unlock::get))
            .post(|| web::to(user_tools::unlock::post)),
        Url::new("/admin/auth/user/{id}/permissions/", "admin:auth_user_permissions")
            .get(|| web::to(explain::permissions::get)),
        Url::new("/admin/auth/user/{id}/permissions/export/", "admin:auth_user_permissions_export")
            .get(|| web::to(explain::permissions::export)),
        Url::new("/admin/auth/permission/{id}/holders/", "admin:auth_permission_holders")
            .get(|| web::to(explain::holders::get)),
        Url::new("/admin/auth/permission/{id}/holders/export/", "admin:auth_permission_holders_export")
            .get(|| web::to(explain::holders::export)),
        Url::new("/admin/{app_label}/", "admin:app_list").get(|| web::to(index::app)),
        Url::new("/admin/{app_label}/{model}/", "admin:changelist")
            .get(|| web::to(changelist::get))
            .post(|| web::to(actions::post)),
        Url::new("/admin/{app_label}/{model}/export/", "admin:export").get(|| web::to(export::get)),
        Url::new("/admin/{app_label}/{model}/add/", "admin:add")
            .get(|| web::to(form::add_get))
            .post(|| web::to(form::add_post)),
        Url::new("/admin/{app_label}/{model}/{id}/change/", "admin:change")
            .get(|| web::to(form::change_get))
            .post(|| web::to(form::change_post)),
        Url::new("/admin/{app_label}/{model}/{id}/delete/", "admin:delete")
            .get(|| web::to(delete::get))
            .post(|| web::to(delete::post)),
        Url::new("/admin/{app_label}/{model}/{id}/history/", "admin:history").get(|| web::to(history::get)),
        Url::new("/admin/{app_label}/{model}/{id}/", "admin:object").get(|| web::to(super::object)),
    ]
}

//! What every page of the admin has beside its content.

use actix_web::HttpRequest;

pub use crate::web::messages::{Level, Message, say};
use crate::{
    admin::{Context, Registered},
    web::messages,
};

/// The frame of a page of the admin.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// What the page is called.
    pub title: String,
    /// The way to it: what each step says, and its path below `/admin/`.
    pub breadcrumbs: Vec<(String, String)>,
    /// What they may see.
    pub apps: Vec<App>,
    /// What was done just now.
    pub messages: Vec<Message>,
}

/// An app in the list at the side.
#[derive(Debug, Clone, Default)]
pub struct App {
    /// Its label.
    pub label: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Its models.
    pub models: Vec<Entry>,
}

/// A model in that list.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// What its rows are called.
    pub name: String,
    /// Its path below `/admin/`.
    pub path: String,
    /// What it is for.
    pub about: &'static str,
    /// Whether the list may be seen; else only added to.
    pub may_view: bool,
    /// Whether they may add one.
    pub may_add: bool,
    /// Whether it is the one that is shown.
    pub is_current: bool,
}

impl Frame {
    /// The frame of a page; its way leads over the app and the model, if it shows one.
    pub fn new(context: &Context<'_>, title: impl Into<String>, model: Option<&Registered>) -> Self {
        let mut breadcrumbs = vec![("Home".to_owned(), String::new())];
        if let Some(model) = model {
            let options = &model.options;
            breadcrumbs.push((options.app_name.to_owned(), format!("{}/", options.app_label)));
            breadcrumbs.push((super::capitalized(options.verbose_name_plural), path_of(model)));
        }
        Self { title: title.into(), breadcrumbs, apps: apps(context, model), messages: Vec::new() }
    }

    /// With another step on the way.
    #[must_use]
    pub fn step(mut self, label: impl Into<String>, path: impl Into<String>) -> Self {
        self.breadcrumbs.push((label.into(), path.into()));
        self
    }

    /// With what is to be said on this page.
    #[must_use]
    pub fn saying(mut self, request: &HttpRequest) -> Self {
        self.messages = messages::take(request);
        self
    }
}

/// The path of a model's list below `/admin/`.
pub fn path_of(model: &Registered) -> String {
    format!("{}/{}/", model.options.app_label, model.options.model)
}

/// The apps of which they may see anything.
pub fn apps(context: &Context<'_>, current: Option<&Registered>) -> Vec<App> {
    let mut apps: Vec<App> = Vec::new();
    for model in context.admin.models() {
        let may = |action| context.may(model, action);
        if !["view", "add", "change", "delete"].into_iter().any(may) {
            continue;
        }
        let options = &model.options;
        let entry = Entry {
            name: super::capitalized(options.verbose_name_plural),
            path: path_of(model),
            about: options.about,
            may_view: may("view"),
            may_add: may("add"),
            is_current: current.is_some_and(|current| std::ptr::eq(current, model)),
        };
        match apps.iter_mut().find(|app| app.label == options.app_label) {
            Some(app) => app.models.push(entry),
            None => apps.push(App { label: options.app_label, name: options.app_name, models: vec![entry] }),
        }
    }
    apps
}

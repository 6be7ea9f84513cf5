//! Templates that a library user puts in place of ours: one function for each page or letter, found by its type.
//!
//! askama compiles templates in, so another one is another type: it borrows ours, which says what there is to show.
//!
//! ```
//! use askama::Template;
//! use vestibule::web::account::login::LoginPage;
//!
//! #[derive(Template)]
//! #[template(source = "<h1>{{ login.page.site_name }}</h1>…", ext = "html")]
//! struct OurLogin<'a> {
//!     login: &'a LoginPage,
//! }
//!
//! fn customize(site: vestibule::site::Builder) -> vestibule::site::Builder {
//!     site.template(|login: &LoginPage| OurLogin { login }.render())
//! }
//! ```

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
};

use askama::Template;

type Render<T> = Box<dyn Fn(&T) -> askama::Result<String> + Send + Sync>;

/// The templates in force.
#[derive(Default)]
pub struct Templates(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Templates {
    /// Shows what `T` holds by `render` from now on.
    pub fn replace<T: 'static>(&mut self, render: impl Fn(&T) -> askama::Result<String> + Send + Sync + 'static) {
        let render: Render<T> = Box::new(render);
        self.0.insert(TypeId::of::<T>(), Box::new(render));
    }

    /// `shown` as text, by the template that takes the place of its own if there is one.
    pub fn render<T: Template + 'static>(&self, shown: &T) -> askama::Result<String> {
        let replaced = self.0.get(&TypeId::of::<T>()).and_then(|render| render.downcast_ref::<Render<T>>());
        match replaced {
            Some(render) => render(shown),
            None => shown.render(),
        }
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Templates").field("replaced", &self.0.len()).finish()
    }
}

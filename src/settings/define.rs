//! The one description of a setting, from which everything else is made.

use super::value::{BadValue, Raw};

/// A setting as `vestibule settings` and the reference show it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Django's name; the name of a table and of a key in it are joined by a dot.
    pub name: &'static str,
    /// What it is for, in Markdown.
    pub meaning: &'static str,
    /// What a value looks like.
    pub expected: &'static str,
    /// Whether the value is never shown and may be given as the path of a file under `<name>_FILE`.
    pub secret: bool,
}

/// A group of settings that belong together.
pub trait Section {
    /// Heading and one sentence on the section.
    fn title(&self) -> &'static str;
    /// Its settings, in order.
    fn entries(&self) -> &'static [Entry];
    /// Sets `name` from what a file or the environment holds; `None` if the section has no such setting.
    fn set(&mut self, name: &str, raw: &Raw) -> Option<Result<(), BadValue>>;
    /// The value in force as a person writes it, secrets hidden.
    fn show(&self, name: &str) -> Option<String>;
}

/// Declares a section: a struct, its defaults, its [`Section`] implementation.
macro_rules! section {
    (
        $(#[doc = $title:literal])*
        pub struct $section:ident {
            $( $(#[doc = $doc:literal])* $name:literal $field:ident: $type:ty = $default:expr; )*
        }
    ) => {
        $(#[doc = $title])*
        #[derive(Debug, Clone)]
        pub struct $section {
            $(
                #[doc = concat!("`", $name, "`:")]
                $(#[doc = $doc])*
                pub $field: $type,
            )*
        }

        impl Default for $section {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl $crate::settings::Section for $section {
            fn title(&self) -> &'static str {
                concat!($($title),*).trim_ascii()
            }

            fn entries(&self) -> &'static [$crate::settings::Entry] {
                use $crate::settings::Value;
                const ENTRIES: &[$crate::settings::Entry] = &[ $( $crate::settings::Entry {
                    name: $name,
                    meaning: concat!($($doc),*).trim_ascii(),
                    expected: <$type as Value>::EXPECTED,
                    secret: <$type as Value>::SECRET,
                }, )* ];
                ENTRIES
            }

            fn set(
                &mut self,
                name: &str,
                raw: &$crate::settings::Raw,
            ) -> Option<Result<(), $crate::settings::value::BadValue>> {
                match name {
                    $( $name => Some($crate::settings::Value::read(raw).map(|value| self.$field = value)), )*
                    _ => None,
                }
            }

            fn show(&self, name: &str) -> Option<String> {
                match name {
                    $( $name => Some($crate::settings::Value::show(&self.$field)), )*
                    _ => None,
                }
            }
        }
    };
}
pub(super) use section;

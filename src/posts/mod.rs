//! What people wrote: the rows of `vestibule_post`. Who may read and change them is decided at the doors.

mod model;

pub use model::{MAX_TITLE, NewPost, Post, count, create, delete, find, list, update};

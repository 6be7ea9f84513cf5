//! The admin, asked over HTTP.

mod axes;
mod lists;
mod logs;
mod posts;

//! The admin, asked over HTTP.

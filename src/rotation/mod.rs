//! `SECRET_KEY` gives way to another: what still rests on an older one, and from when on that can be dropped.
//!
//! - `timeline`: a serving site notes now and then with which key it signs.
//! - `status`: what is alive is counted by the key on which it rests.
//!
//! How to rotate, alone and beside a Django, is told in `docs/secret-key.md`.

mod model;
mod status;
mod timeline;

pub use status::{Droppable, Holding, KeyStatus, Status, Tokens, status};
pub use timeline::note;

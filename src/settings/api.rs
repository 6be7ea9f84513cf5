use std::num::NonZeroU32;

use super::define::section;

section! {
    /// The API.
    pub struct ApiSettings {
        /// How many entries a page of a list has.
        "REST_FRAMEWORK.PAGE_SIZE" page_size: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
        /// Origins whose pages may call the API with a token, such as `https://app.example.org`. Cookies are never taken
        /// from them.
        "CORS_ALLOWED_ORIGINS" cors_allowed_origins: Vec<String> = Vec::new();
    }
}

//! Lists, page by page (DRF's `PageNumberPagination`).

use actix_web::HttpRequest;
use serde::Serialize;

use super::{ApiError, schema::Parameter};
use crate::{client::Client, web::extract::FormData};

/// The name of the page in a query.
pub const PAGE: Parameter = Parameter {
    name: "page",
    help: "The number of the page, from 1 on, or `last`; if empty, the first.",
    pattern: "^([+]?0*[1-9][0-9]*|last)?$",
};

/// Which page is wanted.
#[derive(Debug, Clone, Copy)]
pub enum PageNumber {
    /// From 1 on.
    Number(i64),
    /// The last one.
    Last,
}

/// A page of a list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    number: i64,
    size: i64,
    /// How many entries the list has.
    count: i64,
}

impl PageNumber {
    /// That of a query; the first if it names none.
    pub fn of(query: &str) -> Result<Self, ApiError> {
        match FormData::parse_lossy(query).get(PAGE.name) {
            None | Some("") => Ok(Self::Number(1)),
            Some("last") => Ok(Self::Last),
            Some(text) => {
                let number = text.parse().ok().filter(|number: &i64| *number > 0);
                number.map(Self::Number).ok_or_else(invalid)
            }
        }
    }

    /// The page of a list of `count` entries; the first one is there even if the list is empty.
    pub fn at(self, count: i64, size: i64) -> Result<Page, ApiError> {
        let last = ((count + size - 1) / size).max(1);
        let number = match self {
            Self::Number(number) => number,
            Self::Last => last,
        };
        if number <= last { Ok(Page { number, size, count }) } else { Err(invalid()) }
    }
}

fn invalid() -> ApiError {
    ApiError::NotFound("Invalid page.".to_owned())
}

impl Page {
    /// How many entries stand before it.
    pub fn offset(self) -> i64 {
        (self.number - 1) * self.size
    }
}

/// A page as it is shown.
#[derive(Debug, Serialize)]
pub struct Paginated<T> {
    count: i64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<T>,
}

impl<T> Paginated<T> {
    /// With the addresses of those before and behind it.
    pub fn new(request: &HttpRequest, client: &Client, page: Page, results: Vec<T>) -> Self {
        let address = |number: i64| {
            let query = if number == 1 { String::new() } else { format!("?{}={number}", PAGE.name) };
            format!("{}{}{query}", client.origin(), request.path())
        };
        Self {
            count: page.count,
            next: (page.offset() + page.size < page.count).then(|| address(page.number + 1)),
            previous: (page.number > 1).then(|| address(page.number - 1)),
            results,
        }
    }
}

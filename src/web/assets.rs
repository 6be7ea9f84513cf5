//! Static files, compiled in and served under names that carry a hash of their content, so that browsers may keep them
//! for ever and still get the new ones.

use std::{collections::BTreeMap, fs, io, path::Path};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, CacheControl, CacheDirective, EntityTag, IfNoneMatch},
    web,
};
use rust_embed::RustEmbed;

use super::PageError;
use crate::{
    crypto::{hex, sha256},
    settings::ServerSettings,
};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// Hexadecimal digits of the hash in a name.
const HASH_DIGITS: usize = 12;
const YEAR: u32 = 31_536_000;

/// The static files, by both of their names.
#[derive(Debug)]
pub struct Assets {
    hashed: BTreeMap<String, String>,
    files: BTreeMap<String, Asset>,
    logo: Option<String>,
    stylesheet: Option<String>,
}

#[derive(Debug)]
struct Asset {
    bytes: web::Bytes,
    content_type: String,
    etag: String,
}

impl Assets {
    /// Reads and hashes all files: those that are compiled in, and those that the settings name.
    pub fn load(settings: &ServerSettings) -> io::Result<Self> {
        let mut assets = Self { hashed: BTreeMap::new(), files: BTreeMap::new(), logo: None, stylesheet: None };
        for path in Files::iter() {
            if let Some(file) = Files::get(&path) {
                let name = assets.add(&path, file.data.into_owned(), file.metadata.sha256_hash());
                assets.hashed.insert(path.into_owned(), name);
            }
        }
        assets.logo = assets.add_own("SITE_LOGO", "logo", &settings.site_logo)?;
        assets.stylesheet = assets.add_own("SITE_STYLESHEET", "site", &settings.site_stylesheet)?;
        Ok(assets)
    }

    /// The hashed name of a file.
    pub fn url(&self, path: &str) -> Option<&str> {
        self.hashed.get(path).map(String::as_str)
    }

    /// The hashed name of the site's own picture.
    pub fn logo(&self) -> Option<&str> {
        self.logo.as_deref()
    }

    /// The hashed name of the site's own stylesheet.
    pub fn stylesheet(&self) -> Option<&str> {
        self.stylesheet.as_deref()
    }

    fn add(&mut self, path: &str, bytes: Vec<u8>, sha256: [u8; 32]) -> String {
        let hash = hex(&sha256)[..HASH_DIGITS].to_owned();
        let (stem, extension) = path.rsplit_once('.').unwrap_or((path, ""));
        let name = format!("{stem}.{hash}.{extension}");
        let asset = Asset { bytes: bytes.into(), content_type: content_type(path), etag: hash };
        self.files.insert(name.clone(), asset);
        name
    }

    /// A file of the operator's.
    fn add_own(&mut self, setting: &str, stem: &str, file: &Path) -> io::Result<Option<String>> {
        if file.as_os_str().is_empty() {
            return Ok(None);
        }
        let named = |error| io::Error::other(format!("{setting}: {} can't be read: {error}", file.display()));
        let bytes = fs::read(file).map_err(named)?;
        let sha256 = sha256(&bytes);
        let extension = file.extension().unwrap_or_default().to_string_lossy();
        Ok(Some(self.add(&format!("own/{stem}.{extension}"), bytes, sha256)))
    }
}

fn content_type(path: &str) -> String {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let is_text = kind.type_() == "text" || kind.suffix().is_some_and(|suffix| suffix == "xml");
    if is_text { format!("{kind}; charset=utf-8") } else { kind.to_string() }
}

/// `GET /static/…`.
pub async fn get(
    request: HttpRequest,
    assets: web::Data<Assets>,
    path: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let asset = assets.files.get(path.as_str()).ok_or(PageError::NotFound)?;
    let etag = EntityTag::new_strong(asset.etag.clone());
    let known = <IfNoneMatch as header::Header>::parse(&request).is_ok_and(|given| match given {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|tag| tag.weak_eq(&etag)),
    });
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(header::ETag(etag)).insert_header(CacheControl(vec![
        CacheDirective::Public,
        CacheDirective::MaxAge(YEAR),
        CacheDirective::Extension("immutable".to_owned(), None),
    ]));
    if known {
        return Ok(response.finish());
    }
    Ok(response.insert_header((header::CONTENT_TYPE, asset.content_type.as_str())).body(asset.bytes.clone()))
}

//! The embedded files that pages load: style sheet, icon, one script.
//!
//! Their addresses carry a hash of their content, so a browser may keep them for ever and still sees a new
//! version at once.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Where the files are served, below the issuer's base path.
pub const PREFIX: &str = "/static/";

/// Value of `Cache-Control` when the address carries the right `v`: one year, never asked again.
pub const CACHE_FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Value of `Cache-Control` when it does not: one hour.
pub const CACHE_BRIEFLY: &str = "public, max-age=3600";

/// One embedded file.
pub struct StaticFile {
    /// Name below [`PREFIX`].
    pub name: &'static str,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// Content.
    pub body: &'static [u8],
    /// Hash of the content, in base64url: the value of `v` in the address.
    pub version: String,
}

impl StaticFile {
    fn new(name: &'static str, content_type: &'static str, body: &'static [u8]) -> Self {
        let version =
            URL_SAFE_NO_PAD.encode(Sha256::digest(body).iter().take(9).copied().collect::<Vec<u8>>());
        Self { name, content_type, body, version }
    }

    /// Value of `ETag`, with its quotes (RFC 9110 §8.8.3).
    #[must_use]
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

static FILES: LazyLock<[StaticFile; 3]> = LazyLock::new(|| {
    [
        StaticFile::new("signet.css", "text/css; charset=utf-8", include_bytes!("../../static/signet.css")),
        StaticFile::new("favicon.svg", "image/svg+xml", include_bytes!("../../static/favicon.svg")),
        StaticFile::new(
            "form_post.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../static/form_post.js"),
        ),
    ]
});

/// The file at a path, given either as a name or with [`PREFIX`] before it.
#[must_use]
pub fn find(path: &str) -> Option<&'static StaticFile> {
    let name = path.strip_prefix(PREFIX).unwrap_or(path);
    FILES.iter().find(|file| file.name == name)
}

/// Address of a file below the issuer's base path, with its version; without one for a name that is not known.
#[must_use]
pub fn url(name: &str) -> String {
    find(name).map_or_else(|| format!("{PREFIX}{name}"), |file| format!("{PREFIX}{name}?v={}", file.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_the_address_that_pages_use() {
        for file in FILES.iter() {
            let address = url(file.name);
            let (path, version) = address.split_once("?v=").expect("a version");
            assert_eq!(find(path).map(|found| found.name), Some(file.name));
            assert_eq!(version, file.version);
            assert_eq!(file.etag(), format!("\"{version}\""));
        }
    }

    #[test]
    fn nothing_else_is_found() {
        for path in ["", "/", "/static/", "/static/../Cargo.toml", "/static/signet.css/", "SIGNET.CSS"] {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn the_style_sheet_loads_nothing() {
        let css = std::str::from_utf8(find("signet.css").expect("embedded").body).expect("UTF-8");
        for loader in ["@import", "url(", "http:", "https:"] {
            assert!(!css.contains(loader), "{loader}");
        }
    }
}

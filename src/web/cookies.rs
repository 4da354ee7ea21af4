//! The two cookies: the session, and the browser that owns pending authorizations.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::clock::Seconds;

/// The value of a cookie that came exactly once: of two with one name, neither can be believed.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned());
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// A cookie to set; without a life it ends with the browser. `https` makes it Secure.
pub(super) fn set(name: &str, value: &str, https: bool, life: Option<Seconds>) -> Option<HeaderValue> {
    let mut cookie =
        Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).secure(https).build();
    if let Some(life) = life {
        cookie.set_max_age(time::Duration::seconds(life));
    }
    HeaderValue::from_str(&cookie.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect()
    }

    #[test]
    fn a_cookie_that_comes_twice_is_not_believed() {
        assert_eq!(read(&headers(&["a=1; b=2"]), "b"), Some("2".to_owned()));
        assert_eq!(read(&headers(&["b=1; b=2"]), "b"), None);
        assert_eq!(read(&headers(&["b=1", "b=1"]), "b"), None);
        assert_eq!(read(&headers(&["a=1"]), "b"), None);
    }

    #[test]
    fn a_cookie_is_lax_and_hidden_from_scripts() {
        let text = |https, life| set("__Host-s", "v", https, life).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text(true, None), "__Host-s=v; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(text(false, Some(60)), "__Host-s=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
    }
}

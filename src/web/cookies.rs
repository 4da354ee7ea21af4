//! The two cookies: the session, and the browser that owns pending authorizations.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::clock::Seconds;

/// The value of a cookie that came exactly once: of two with one name, neither can be believed.
///
/// Names are compared byte by byte. A sibling host can set cookies for the whole domain, with anything in them: bytes
/// that are not ASCII must not hide the cookies beside them, and white space beyond ASCII is part of a name, or a name
/// that a browser lets anybody set would be read as one with the prefix `__Host-`.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let mut values =
        pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"="));
    match (values.next(), values.next()) {
        (Some(value), None) => String::from_utf8(value.to_vec()).ok(),
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
    fn what_a_sibling_host_plants_beside_a_cookie_changes_nothing() {
        let read = |line: &[u8]| {
            let headers = [(header::COOKIE, HeaderValue::from_bytes(line).unwrap())].into_iter().collect();
            read(&headers, "__Host-s")
        };
        let own = Some("own".to_owned());
        assert_eq!(read("mood=größer; __Host-s=own; größe=1".as_bytes()), own);
        assert_eq!(read(b"mood=\xff\xfe; __Host-s=own"), own);
        assert_eq!(read(b"s=planted; __host-s=planted; __Host-s=own; __Host-s2=planted; =planted; ;"), own);
        // What Unicode calls white space; browsers leave it in the name.
        for space in ["\u{85}", "\u{a0}", "\u{2000}", "\u{3000}", "\u{feff}"] {
            assert_eq!(read(format!("{space}__Host-s=planted; __Host-s=own").as_bytes()), own);
            assert_eq!(read(format!("__Host-s{space}=planted").as_bytes()), None);
            assert_eq!(read(format!("{space}__Host-s=planted").as_bytes()), None);
        }
        // Two of one name are two, readable or not.
        assert_eq!(read(b"__Host-s=own; __Host-s=\xff"), None);
        assert_eq!(read(b"__Host-s=\xff"), None);
    }

    #[test]
    fn a_cookie_is_lax_and_hidden_from_scripts() {
        let text = |https, life| set("__Host-s", "v", https, life).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text(true, None), "__Host-s=v; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(text(false, Some(60)), "__Host-s=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
    }
}

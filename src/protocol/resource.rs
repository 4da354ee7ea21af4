//! `resource`: where an access token is meant to be used (RFC 8707 §2).

use url::Url;

/// Whether a requested resource is a registered one, or lies below it: of the same scheme, host and port, with a path that
/// is the registered one's or goes on behind it after a slash. A resource that is written in another way than the URL
/// standard writes it, or whose path goes on with an escaped character or has a query, must be registered as it is: those
/// who read the token may take it for another.
#[must_use]
pub fn is_within(registered: &str, resource: &str) -> bool {
    if registered == resource {
        return true;
    }
    let (Ok(base), Ok(asked)) = (Url::parse(registered), Url::parse(resource)) else { return false };
    let is_plain = asked.as_str() == resource || asked.as_str().strip_suffix('/') == Some(resource);
    let same_place = base.has_host()
        && (base.scheme(), base.host(), base.port_or_known_default())
            == (asked.scheme(), asked.host(), asked.port_or_known_default())
        && [&base, &asked].iter().all(|url| url.username().is_empty() && url.password().is_none());
    let bare = |url: &Url| url.query().is_none() && url.fragment().is_none();
    if !(is_plain && same_place && bare(&base) && bare(&asked)) {
        return false;
    }
    let path = base.path().strip_suffix('/').unwrap_or(base.path());
    match asked.path().strip_prefix(path) {
        Some("") => true,
        Some(rest) => rest.starts_with('/') && !rest.contains(['%', '\\', ';']) && !rest.contains("//"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_resource_lies_below_what_is_registered() {
        for (registered, resource) in [
            ("https://api.example.com", "https://api.example.com"),
            ("https://api.example.com", "https://api.example.com/"),
            ("https://api.example.com/", "https://api.example.com"),
            ("https://api.example.com", "https://api.example.com/v1/files"),
            ("https://api.example.com/v1", "https://api.example.com/v1/"),
            ("https://api.example.com/v1/", "https://api.example.com/v1"),
            ("https://api.example.com/v1", "https://api.example.com/v1/files/7"),
            ("http://127.0.0.1:5055", "http://127.0.0.1:5055/mcp"),
            ("urn:example:api", "urn:example:api"),
            ("api", "api"),
        ] {
            assert!(is_within(registered, resource), "{resource} in {registered}");
        }
    }

    #[test]
    fn another_place_and_what_may_be_taken_for_one_is_not_below() {
        for (registered, resource) in [
            ("https://api.example.com/v1", "https://api.example.com"),
            ("https://api.example.com/v1", "https://api.example.com/"),
            ("https://api.example.com/v1", "https://api.example.com/v10"),
            ("https://api.example.com/v1", "https://api.example.com/v2/v1"),
            ("https://api.example.com/v1", "https://api.example.com/v1/../v2"),
            ("https://api.example.com/v1", "https://api.example.com/v1/%2e%2e/v2"),
            ("https://api.example.com/v1", "https://api.example.com/v1/..%2fv2"),
            ("https://api.example.com/v1", "https://api.example.com/v1/..;/v2"),
            ("https://api.example.com/v1", "https://api.example.com/v1\\..\\v2"),
            ("https://api.example.com/v1", "https://api.example.com/v1//v2"),
            ("https://api.example.com/v1", "https://api.example.com/v1?x"),
            ("https://api.example.com/v1", "https://api.example.com/V1/x"),
            ("https://api.example.com", "http://api.example.com/x"),
            ("https://api.example.com", "https://api.example.com:8443/x"),
            ("https://api.example.com", "https://api.example.com.evil.test/x"),
            ("https://api.example.com", "https://api.example.com@evil.test/x"),
            ("https://api.example.com", "https://user@api.example.com/x"),
            ("https://api.example.com", "https://API.example.com/x"),
            ("https://api.example.com?x", "https://api.example.com/y"),
            ("urn:example:api", "urn:example:api/x"),
            ("api", "api/x"),
        ] {
            assert!(!is_within(registered, resource), "{resource} in {registered}");
        }
    }

    proptest! {
        #[test]
        fn what_is_below_begins_with_what_is_registered(rest in "[a-z/.%;\\\\?#@:]{0,12}") {
            let registered = "https://api.example.com/v1";
            let resource = format!("{registered}{rest}");
            if is_within(registered, &resource) {
                let url = Url::parse(&resource).unwrap();
                prop_assert_eq!(url.host_str(), Some("api.example.com"));
                prop_assert!(url.path() == "/v1" || url.path().starts_with("/v1/"));
                prop_assert!(resource.split('/').all(|part| part != ".."));
            }
        }
    }
}

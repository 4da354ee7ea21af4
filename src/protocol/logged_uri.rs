//! URIs of others as a log may show them.

/// The most characters that are shown.
const MAX_SHOWN: usize = 300;

/// A URI in quotation marks without its query, its fragment and its user part, which may hold secrets; it says that there
/// was a query or fragment. At most 300 characters of the URI are shown.
#[must_use]
pub fn without_query(uri: &str) -> String {
    let end = uri.find(['?', '#']).unwrap_or(uri.len());
    let (plain, rest) = uri.split_at_checked(end).unwrap_or((uri, ""));
    let plain = match plain.split_once("://") {
        Some((scheme, after)) => {
            let authority = after.find('/').unwrap_or(after.len());
            let (authority, path) = after.split_at_checked(authority).unwrap_or((after, ""));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => plain.to_owned(),
    };
    let shown: String = plain.chars().take(MAX_SHOWN).collect();
    if rest.is_empty() { format!("'{shown}'") } else { format!("'{shown}' (and a query or fragment)") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_a_secret_is_left_out() {
        for (uri, shown) in [
            ("https://rp.example.com/keys", "'https://rp.example.com/keys'"),
            (
                "https://rp.example.com/keys?token=s3cret",
                "'https://rp.example.com/keys' (and a query or fragment)",
            ),
            ("https://rp.example.com#s3cret", "'https://rp.example.com' (and a query or fragment)"),
            ("https://me:s3cret@rp.example.com/a@b", "'https://rp.example.com/a@b'"),
            ("com.example.app:/callback", "'com.example.app:/callback'"),
            ("", "''"),
        ] {
            assert_eq!(without_query(uri), shown, "{uri}");
        }
        assert_eq!(without_query(&format!("https://a/{}", "ä".repeat(400))).chars().count(), MAX_SHOWN + 2);
    }
}

//! The search for secrets finds them: without this, a log without findings would say nothing.

use axum::http::HeaderMap;

use crate::support::{App, Client, secrets};

#[test]
fn a_secret_is_found_however_it_is_written() {
    secrets::issued("fT9 kX+2/q=w");
    secrets::credentials("search", "secret-of-search");
    let mut headers = HeaderMap::new();
    headers.insert("set-cookie", "__Host-x=cookie-of-a-search; Secure".parse().unwrap());
    headers.insert("location", "https://rp.example.com/cb?code=code-of-a-search&iss=x".parse().unwrap());
    secrets::answer(&headers, b"");
    let pushed = r#"{"request_uri": "urn:ietf:params:oauth:request_uri:pushed-thing-77", "expires_in": 300}"#;
    secrets::answer(&HeaderMap::new(), pushed.as_bytes());
    let page = r#"<form><input type="hidden" name="csrf" value="csrf-of-a-search"></form>"#;
    secrets::answer(&HeaderMap::new(), page.as_bytes());
    secrets::one_time_code("739215");
    for line in [
        "msg=\"it is fT9 kX+2/q=w.\"",
        "query=a=fT9+kX%2B2%2Fq%3Dw",
        "x=csrf-of-a-search",
        "x=urn:ietf:params:oauth:request_uri:pushed-thing-77",
        "x=secret-of-search",
        "x=c2VhcmNoOnNlY3JldC1vZi1zZWFyY2g=",
        "x=cookie-of-a-search",
        "x=code-of-a-search",
        "code=739215 ",
        "x=signet_ac_0123456789abcdef",
        "x=eyJhbGciOiJSUzI1NiJ9.e30",
    ] {
        assert!(!secrets::leaks(line).is_empty(), "{line}");
    }
    for line in [
        "client=found-in-every-log",
        "x=1739215",
        "x=7392151",
        "time=\"2023-11-14T22:13:20.739Z\"",
        "x=signet_ac_",
    ] {
        assert_eq!(secrets::leaks(line), Vec::<String>::new(), "{line}");
    }
}

#[tokio::test]
async fn what_is_issued_over_http_is_searched_for() {
    let app = App::start().await;
    let client = Client::new(&app, "web");
    let tokens = client.login("alice", "openid offline_access").await;
    for secret in [&tokens.code, &tokens.access, &tokens.refresh, &tokens.id, &client.secret] {
        assert!(!secrets::leaks(secret).is_empty(), "{secret}");
    }
    for text in ["alice-password", crate::support::VERIFIER] {
        assert!(!secrets::leaks(text).is_empty(), "{text}");
    }
}

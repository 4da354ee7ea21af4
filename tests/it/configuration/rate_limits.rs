//! `server.endpoints.rate_limits`.

use signet::config::Loaded;
use signet::settings::{Bucket, RateLimited};
use signet::yaml::Severity;

use super::{errors, only, with};

fn limits(lines: &str) -> Loaded {
    with("session:\n", &format!("  endpoints: {{rate_limits: {{{lines}}}}}\nsession:\n"))
}

fn buckets(loaded: &Loaded, endpoint: RateLimited) -> Vec<(i64, u32)> {
    let settings = loaded.settings.as_ref().unwrap_or_else(|| panic!("{}", loaded.problems));
    let pair = |bucket: &Bucket| (bucket.period, bucket.requests);
    settings.server.rate_limits.buckets(endpoint).iter().map(pair).collect()
}

#[test]
fn defaults_are_those_of_the_contract() {
    for loaded in
        [limits(""), limits("openid_connect_token: {enable: true}, second_factor_totp: {buckets: []}")]
    {
        for endpoint in RateLimited::ALL {
            let mut expected = vec![(60, 30), (120, 40), (600, 50)];
            if endpoint != RateLimited::SecondFactorTotp {
                expected.push((3600, 100));
            }
            assert_eq!(buckets(&loaded, endpoint), expected, "{endpoint:?}");
        }
        assert!(loaded.problems.is_empty(), "{}", loaded.problems);
    }
}

#[test]
fn where_everybody_has_the_address_of_the_proxy_only_people_are_limited() {
    const TRUSTED: &str = "  trusted_proxies: ['10.0.0.1']\n";
    let limited = |server: &str, issuer: Option<&str>| {
        let folder = super::folder();
        let mut text = super::valid(folder.path()).replace(TRUSTED, server);
        if let Some(issuer) = issuer {
            text = text.replace("https://auth.example.com", issuer).replace("'example.com'", "'127.0.0.1'");
        }
        let loaded = signet::config::load_text("configuration.yml", &text);
        let told = loaded.problems.iter().any(|problem| {
            problem.code == "no_trusted_proxy"
                && problem.message.contains("server.endpoints.rate_limits are off")
                && problem.mend.contains("server.trusted_proxies")
        });
        let limited = RateLimited::ALL.into_iter().filter(|it| !buckets(&loaded, *it).is_empty());
        (told, limited.collect::<Vec<_>>())
    };
    assert_eq!(limited("", None), (true, vec![RateLimited::SecondFactorTotp]));
    for (server, issuer) in [
        (TRUSTED, None),
        ("  tls: {certificate: '/c.pem', key: '/k.pem'}\n", None),
        ("", Some("http://127.0.0.1:9091")),
    ] {
        assert_eq!(limited(server, issuer), (false, RateLimited::ALL.to_vec()), "{server} {issuer:?}");
    }
}

#[test]
fn what_is_set_takes_their_place_and_enable_turns_it_off() {
    for endpoint in RateLimited::ALL {
        let name = endpoint.name();
        let set = limits(&format!("{name}: {{buckets: [{{period: '11s', requests: 2}}]}}"));
        assert_eq!(buckets(&set, endpoint), [(11, 2)], "{name}");
        let off = limits(&format!("{name}: {{enable: false, buckets: [{{period: '1m', requests: 2}}]}}"));
        assert_eq!(buckets(&off, endpoint), [], "{name}");
    }
}

#[test]
fn a_period_is_longer_than_ten_seconds_and_a_number_more_than_one() {
    let names = RateLimited::ALL.map(RateLimited::name);
    for name in
        names.into_iter().chain(["reset_password_start", "session_elevation_finish", "second_factor_duo"])
    {
        for (bucket, key, code, says) in [
            ("period: '10s', requests: 5", "period", "out_of_range", "longer than 10 seconds"),
            ("period: 0, requests: 5", "period", "out_of_range", "longer than 10 seconds"),
            ("period: '1m', requests: 1", "requests", "out_of_range", "more than 1"),
            ("period: '1m', requests: 0", "requests", "out_of_range", "more than 1"),
            ("period: '1m'", "requests", "missing", "required"),
            ("requests: 5", "period", "missing", "required"),
        ] {
            let loaded =
                limits(&format!("{name}: {{buckets: [{{period: '1m', requests: 9}}, {{{bucket}}}]}}"));
            let path = format!("server.endpoints.rate_limits.{name}.buckets[1].{key}");
            assert_eq!(errors(&loaded), [(code, path.as_str())], "{bucket}");
            assert!(only(&loaded, code).message.contains(says), "{}", loaded.problems);
        }
    }
}

#[test]
fn limits_of_what_is_not_there_are_told() {
    for (name, severity, says) in [
        ("reset_password_start", Severity::Warning, "password"),
        ("reset_password_finish", Severity::Warning, "password"),
        ("session_elevation_start", Severity::Warning, "mail"),
        ("session_elevation_finish", Severity::Warning, "mail"),
        ("second_factor_duo", Severity::Notice, "one-time codes"),
    ] {
        let loaded = limits(&format!("{name}: {{enable: false}}"));
        let problem = loaded.problems.iter().next().expect("it is told");
        assert_eq!(problem.path, format!("server.endpoints.rate_limits.{name}"));
        assert_eq!(problem.severity, severity);
        assert!(problem.message.contains(says), "{problem}");
        assert!(loaded.settings.is_some());
    }
}

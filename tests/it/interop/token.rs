//! `signet token`: a program gets its token, and what a token says is told.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::house::House;
use crate::support::process::SIGNET;
use crate::support::{assertion, configuration, secrets};

/// Runs `signet token` with an environment of its own; `input` is at its standard input.
fn token(environment: &[(&str, &str)], arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(SIGNET);
    command.arg("token").args(arguments).env_clear().envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who refuses its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The token that was printed, and nothing else was.
#[track_caller]
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    let said = text(&output.stdout);
    let token = said.strip_suffix('\n').unwrap();
    assert!(!token.contains(char::is_whitespace), "{said}");
    token.to_owned()
}

/// What was said of a failure; nothing was printed.
#[track_caller]
fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    assert_eq!(text(&output.stdout), "");
    text(&output.stderr)
}

const SECRET: (&str, &str) = ("OIDC_CLIENT_SECRET", "ci-secret");

#[test]
fn a_program_gets_its_token_over_https_with_an_authority_of_ones_own_and_sees_what_it_says() {
    let house = House::over_https();
    let ca = house.path("ca.pem").display().to_string();
    let client = ["--issuer", &house.issuer, "--ca", &ca, "--client-id", "ci", "--audience", "my-registry"];
    let jwt = printed(&token(&[SECRET], &client, ""));
    let (header, claims) = super::unverified(&jwt);
    assert_eq!((&header["typ"], &claims["aud"]), (&"at+jwt".into(), &"my-registry".into()));
    secrets::issued(&jwt);

    // A folder of authorities, a secret in a file with the end of its line, two audiences and a scope.
    let (folder, file) = (house.path("authorities"), house.path("secret"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(house.path("ca.pem"), folder.join("own.crt")).unwrap();
    std::fs::write(&file, "ci-secret\n").unwrap();
    let (folder, file) = (folder.display().to_string(), file.display().to_string());
    let mut more =
        vec!["--issuer", &house.issuer, "--ca", &folder, "--client-id", "ci", "--client-secret-file", &file];
    more.extend(["--audience", "my-registry", "--audience", "my-api", "--scope", "read"]);
    let (_, claims) = super::unverified(&printed(&token(&[], &more, "")));
    assert_eq!(claims["aud"], serde_json::json!(["my-registry", "my-api"]));
    assert_eq!(claims["scope"], "read");

    let decode = |audience: &str, jwt: &str| {
        token(&[], &["--issuer", &house.issuer, "--ca", &ca, "--decode", "--audience", audience], jwt)
    };
    let good = decode("my-registry", &format!("{jwt}\n"));
    let said = text(&good.stdout);
    assert!(good.status.success(), "{said}{}", text(&good.stderr));
    for part in [
        "HEADER\n",
        "typ  at+jwt",
        "repository",
        "repo:acme/app:ref:refs/heads/main",
        "made ",
        "good: signed by https://127.0.0.1:",
        "with its key first",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    // In the very second in which it was made, or later.
    assert!(said.contains("in 1 hour") || said.contains("in 59 minutes"), "{said}");
    for (audience, changed, reason) in [
        ("another", jwt.clone(), "`aud` is my-registry: it is for somebody else"),
        ("my-registry", format!("{}AAAA", jwt.get(..jwt.len() - 4).unwrap()), "the signature does not fit"),
        ("my-registry", "signet_at_of-nobody".to_owned(), "only its issuer can say what it is worth"),
    ] {
        let bad = decode(audience, &changed);
        assert_eq!(bad.status.code(), Some(1));
        assert!(text(&bad.stdout).contains(reason), "{}", text(&bad.stdout));
    }
    // The token that was got is shown, not printed.
    let shown = token(&[SECRET], &[&client[..], &["--decode"]].concat(), "");
    assert!(
        shown.status.success() && text(&shown.stdout).contains("good: signed by"),
        "{}",
        text(&shown.stdout)
    );

    // Nobody vouches for the issuer.
    let said = refused(&token(&[SECRET], &["--issuer", &house.issuer, "--client-id", "ci"], ""));
    assert!(said.contains("--ca") || said.contains("certificate authority"), "{said}");
}

#[test]
fn a_program_proves_itself_with_its_private_key() {
    let house = House::over_http();
    let file = |name: &str, text: &str| {
        let path = house.path(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let rsa = file("rsa.pem", &assertion::key("rsa").private());
    let stranger = file("stranger.pem", &assertion::key("other-rsa").private());
    let [former, curve] =
        [("former.pem", assertion::key("p384").private()), ("curve.pem", configuration::key("p384"))]
            .map(|(name, text)| file(name, &text));
    let ask = |client: &str, key: &str, more: &[&str]| {
        let client = ["--issuer", &house.issuer, "--client-id", client, "--private-key-file", key];
        token(&[], &[&client[..], &["--audience", "my-registry"], more].concat(), "")
    };
    for (client, key, more) in [
        ("ci-rsa", &rsa, &["--key-id", "of-ci"][..]),
        // Without a name the one key that fits is meant.
        ("ci-rsa", &rsa, &[]),
        ("ci-pss", &rsa, &["--key-id", "of-ci", "--algorithm", "PS512"]),
        ("ci-ec", &curve, &["--key-id", "of-ci"]),
        ("ci-ec", &former, &["--key-id", "former", "--algorithm", "ES384"]),
    ] {
        printed(&ask(client, key, more));
    }
    for (client, key, more) in [
        ("ci-rsa", &stranger, &["--key-id", "of-ci"][..]),
        ("ci-rsa", &rsa, &["--key-id", "another"]),
        ("ci-rsa", &rsa, &["--key-id", "of-ci", "--algorithm", "RS512"]),
        ("ci-pss", &rsa, &["--key-id", "of-ci"]),
        ("ci-ec", &curve, &["--key-id", "former"]),
        ("ci-ec", &curve, &[]),
        ("ci", &rsa, &["--key-id", "of-ci"]),
    ] {
        let said = refused(&ask(client, key, more));
        assert!(said.contains("invalid_client") && said.contains("to mend: "), "{client} {more:?}: {said}");
    }
    // What cannot sign is told before anything is sent.
    let said = refused(&ask("ci-ec", &curve, &["--algorithm", "RS256"]));
    assert!(said.contains("curve.pem: ") && !said.contains("invalid_client"), "{said}");
    let said = refused(&ask("ci-rsa", &file("public.pem", &assertion::key("rsa").public()), &[]));
    assert!(said.contains("public.pem: "), "{said}");
    let said = refused(&ask("ci-rsa", "/nonexistent", &[]));
    assert!(said.contains("/nonexistent: "), "{said}");
}

#[test]
fn what_goes_wrong_is_told_with_its_mend_and_no_secret_is_sent_where_it_can_be_read() {
    let house = House::over_http();
    let issuer = house.issuer.as_str();
    let ask = |environment: &[(&str, &str)], arguments: &[&str]| {
        refused(&token(environment, &[&["--issuer", issuer][..], arguments].concat(), ""))
    };
    printed(&token(&[SECRET], &["--issuer", issuer, "--client-id", "ci"], ""));
    let wrong = ask(&[("OIDC_CLIENT_SECRET", "wrong")], &["--client-id", "ci"]);
    assert!(wrong.contains("invalid_client") && wrong.contains("to mend: compare client_id"), "{wrong}");
    assert!(wrong.contains("signet refusals show ") && !wrong.contains("wrong\n"), "{wrong}");
    let audience = ask(&[SECRET], &["--client-id", "ci", "--audience", "another"]);
    assert!(
        audience.contains("invalid_target") && audience.contains("add the audience to audience"),
        "{audience}"
    );
    let method = ask(&[SECRET], &["--client-id", "ci", "--auth-method", "post"]);
    assert!(method.contains("invalid_client"), "{method}");
    assert!(ask(&[], &["--client-id", "ci"]).contains("OIDC_CLIENT_SECRET"));
    assert!(ask(&[SECRET], &[]).contains("--client-id"));
    let file = ask(&[], &["--client-id", "ci", "--client-secret-file", "/nonexistent"]);
    assert!(file.contains("/nonexistent: "), "{file}");
    // An argument would stand in the list of processes.
    assert!(ask(&[], &["--client-id", "ci", "--client-secret", "ci-secret"]).contains("unexpected argument"));

    let other = |issuer: &str| refused(&token(&[SECRET], &["--issuer", issuer, "--client-id", "ci"], ""));
    assert!(other("http://192.0.2.1:9091").contains("is http and not on this machine"));
    assert!(other("id.example.com").contains("https://auth.example.com"));
    assert!(other(&issuer.replace("127.0.0.1", "localhost")).contains("answered 421"));
    assert!(other(&format!("{issuer}/nowhere")).contains("is this the issuer"));
    assert!(other("http://127.0.0.1:1").contains("no connection to 127.0.0.1"));
}

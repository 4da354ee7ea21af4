//! Attributes that expressions make, and the other options of people and their pages: what is refused, where, and how
//! to mend it.

use signet::config::{Loaded, load_text};
use signet::yaml::Problem;

use super::{errors, folder, only, valid, with};

/// Loads the valid configuration with these user attributes, one a line.
fn made(lines: &[&str]) -> Loaded {
    let folder = folder();
    let mut text = valid(folder.path());
    let extra = "users_database.yml', extra_attributes: {badge: {value_type: 'integer'}, rooms: {value_type: 'string', multi_valued: true}}";
    text = text.replacen("users_database.yml'", extra, 1);
    text += "definitions:\n  user_attributes:\n";
    for line in lines {
        text += &format!("    {line}\n");
    }
    load_text("configuration.yml", &text)
}

/// The one problem of an expression, as people read it.
fn said(expression: &str) -> String {
    let loaded = made(&[&format!("made: {{expression: '{expression}'}}")]);
    let problems: Vec<&Problem> = loaded.problems.iter().collect();
    assert_eq!(problems.len(), 1, "{expression}:\n{}", loaded.problems);
    let problem = problems[0];
    assert!(loaded.settings.is_none(), "{expression}");
    assert_eq!(problem.path, "definitions.user_attributes.made.expression");
    let at = problem.at.as_ref().expect("a place");
    assert!(at.line > 20 && at.column == 24, "{at}");
    format!("{}: {} / {}", problem.code, problem.message, problem.mend)
}

#[test]
fn an_expression_that_cannot_work_is_refused_with_its_place_and_mend() {
    insta::assert_snapshot!(said("\"admins\" in groups ?"), @r#"bad_expression: the expression cannot be read: line 1, column 21: something is missing at the end / write it as CEL has it, for example '"admins" in groups ? 10 : 5'"#);
    insta::assert_snapshot!(said("\"admins\" in group"), @"unknown_attribute: there is no attribute 'group' / did you mean 'groups'?");
    insta::assert_snapshot!(said("admins in groups"), @"unknown_attribute: there is no attribute 'admins' / put text into double quotes; or name one of username, groups, email and so on, or define it under authentication_backend.file.extra_attributes");
    insta::assert_snapshot!(said("username.lowerAsci()"), @"unknown_function: there is no function 'lowerAsci' in this version / did you mean 'lowerAscii'?");
    insta::assert_snapshot!(said("regex.extract(email, \"a\")"), @"unknown_function: there is no function 'regex.extract' in this version / write it with functions of CEL or its extensions for strings, lists, sets, math and encoders");
    insta::assert_snapshot!(said("timestamp(updated_at)"), @"unknown_function: there is no function 'timestamp' in this version / write it with functions of CEL or its extensions for strings, lists, sets, math and encoders");
    insta::assert_snapshot!(said("username + badge"), @"bad_expression: '+' does not take values of these types / convert one of them, for example with string(…), or take another element");
    insta::assert_snapshot!(said("bytes(username)"), @"bad_expression: what comes of the expression is no value of JSON / let it end in text, a number, true or false, or a list of them");
    insta::assert_snapshot!(said("groups.map(a, groups.map(b, groups.map(c, a + b + c)))"), @"bad_expression: the expression takes too much work for a person in a hundred groups / write fewer macros within macros");
}

#[test]
fn an_expression_may_name_what_the_users_file_holds_beside_the_standard_attributes() {
    for expression in [
        "badge > 5",
        "\"x\" in rooms",
        "emails_extra",
        "email_verified && phone_number_verified",
        "phone_number_rfc3966 + phone_number + phone_extension",
        "address.locality + street_address + locality + region + postal_code + country",
        "display_name + given_name + middle_name + family_name + nickname",
        "profile + picture + website + gender + birthdate + zoneinfo + locale",
        "openid_authreq_claim_value in groups && groups.all(group, group in openid_authreq_claim_values)",
        "string(updated_at) + username + email + emails.join()",
    ] {
        let loaded = made(&[&format!("made: {{expression: '{expression}'}}")]);
        assert!(loaded.problems.is_empty(), "{expression}:\n{}", loaded.problems);
    }
}

#[test]
fn a_name_that_is_taken_is_refused() {
    for (name, says) in [
        ("username", "every person has an attribute of this name already"),
        ("phone_number_verified", "every person has an attribute of this name already"),
        ("badge", "authentication_backend.file.extra_attributes has an attribute of this name"),
        ("openid_authreq_claim_values", "the name is kept for what a request asks for"),
    ] {
        let loaded = made(&[&format!("{name}: {{expression: 'true'}}")]);
        let problem = only(&loaded, "reserved_name");
        assert_eq!(problem.path, format!("definitions.user_attributes.{name}"));
        assert_eq!((problem.message.as_str(), problem.mend.as_str()), (says, "use another name"));
    }
}

#[test]
fn an_attribute_without_an_expression_says_so() {
    for line in ["made: {}", "made: {expression: ''}"] {
        let loaded = made(&[line]);
        assert_eq!(errors(&loaded), [("missing", "definitions.user_attributes.made.expression")], "{line}");
    }
}

#[test]
fn a_claim_of_an_expression_that_is_refused_is_one_problem() {
    let loaded = with(
        "    clients:\n",
        "    claims_policies:\n      own: {custom_claims: {made: {}}, id_token: ['made']}\n    clients:\n",
    );
    assert_eq!(
        only(&loaded, "unknown_attribute").path,
        "identity_providers.oidc.claims_policies.own.custom_claims.made.attribute"
    );
    let folder = folder();
    let text = valid(folder.path()).replacen(
        "    clients:\n",
        "    claims_policies:\n      own: {custom_claims: {made: {}}, id_token: ['made']}\n    clients:\n",
        1,
    ) + "definitions:\n  user_attributes:\n    made: {expression: 'group'}\n";
    let loaded = load_text("configuration.yml", &text);
    assert_eq!(errors(&loaded), [("unknown_attribute", "definitions.user_attributes.made.expression")]);
}

#[test]
fn the_users_file_is_held_to_the_extra_attributes() {
    let loaded = with("users_database.yml'", "users_database.yml', extra_attributes: {badge: {}}");
    assert_eq!(
        only(&loaded, "missing").path,
        "authentication_backend.file.extra_attributes.badge.value_type"
    );
    let loaded =
        with("users_database.yml'", "users_database.yml', extra_attributes: {badge: {value_type: 'float'}}");
    assert_eq!(errors(&loaded)[0].1, "authentication_backend.file.extra_attributes.badge.value_type");
    let loaded =
        with("users_database.yml'", "users_database.yml', extra_attributes: {email: {value_type: 'string'}}");
    assert_eq!(only(&loaded, "reserved_name").path, "authentication_backend.file.extra_attributes.email");
}

#[test]
fn choices_of_one_time_codes_are_codes_that_apps_can_make() {
    for (totp, path) in [
        ("allowed_digits: [6, 7]", "totp.allowed_digits[1]"),
        ("allowed_periods: [10]", "totp.allowed_periods[0]"),
        ("allowed_periods: [30, 86400]", "totp.allowed_periods[1]"),
        ("allowed_periods: [-30]", "totp.allowed_periods[0]"),
    ] {
        let loaded = with("session:\n", &format!("totp: {{{totp}}}\nsession:\n"));
        assert_eq!(errors(&loaded), [("out_of_range", path)], "{totp}");
    }
    let loaded = with("session:\n", "totp: {allowed_algorithms: ['MD5']}\nsession:\n");
    assert_eq!(errors(&loaded)[0].1, "totp.allowed_algorithms[0]");
    let loaded = with(
        "session:\n",
        "totp: {digits: 8, allowed_digits: [6], disable_reuse_security_policy: false}\nsession:\n",
    );
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
    assert_eq!(
        loaded.settings.unwrap().totp.allowed_digits,
        [8, 6],
        "what an enrolment makes is always allowed"
    );
    let loaded = with("session:\n", "totp: {disable_reuse_security_policy: true}\nsession:\n");
    let problem = only(&loaded, "never_used");
    assert_eq!(problem.path, "totp.disable_reuse_security_policy");
    assert!(problem.message.contains("accepted once"), "{problem}");
}

#[test]
fn an_address_people_are_led_to_is_whole_and_not_signet_itself() {
    for (url, says) in [
        ("https://auth.example.com", "the URL is that of Signet itself, so people would go round in circles"),
        (
            "https://AUTH.example.com:443/?x=1",
            "the URL is that of Signet itself, so people would go round in circles",
        ),
        ("www.example.com", "the value is no address of the web"),
        ("/start", "the value is no address of the web"),
        ("javascript:alert(1)", "the value is no address of the web"),
        ("data:text/html,x", "the value is no address of the web"),
        (
            "http://www.example.com",
            "people would leave an https page for one that others can read and change",
        ),
        (
            "https://alice:secret@www.example.com",
            "everyone who sees the page would read the name and password in the URL",
        ),
        (
            "https://alice@www.example.com",
            "everyone who sees the page would read the name and password in the URL",
        ),
    ] {
        let line = format!("      default_redirection_url: '{url}'\n      authelia_url:");
        let loaded = with("      authelia_url:", &line);
        let problem = only(&loaded, "bad_url");
        assert_eq!(
            (problem.path.as_str(), problem.message.as_str()),
            ("session.cookies[0].default_redirection_url", says),
            "{url}"
        );
        assert!(loaded.settings.is_none() && !problem.mend.is_empty());
    }
    for url in [
        "ftp://reset.example.com",
        "reset.example.com",
        "javascript:alert(1)",
        "https://a:b@reset.example.com",
    ] {
        let loaded = with("  file: ", &format!("  password_reset: {{custom_url: '{url}'}}\n  file: "));
        assert_eq!(
            only(&loaded, "bad_url").path,
            "authentication_backend.password_reset.custom_url",
            "{url}"
        );
    }
    let loaded =
        with("  file: ", "  password_reset: {custom_url: 'http://reset.example.com/forgot'}\n  file: ");
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
}

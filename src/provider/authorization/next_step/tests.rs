use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::authentication::Method;
use crate::protocol::claims_request::ClaimsRequest;
use crate::protocol::prompt::Prompt;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::response_type::ResponseType;
use crate::protocol::scope::Scope;

const NOW: NumericDate = 1_800_000_000;

fn request(prompt: &str, scope: &str) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: "web".to_owned(),
        redirect_uri: "https://rp.test/cb".to_owned(),
        redirect_uri_sent: true,
        response_type: ResponseType::Code,
        response_mode: ResponseMode::Query,
        scope: Scope::parse(scope).unwrap(),
        state: None,
        nonce: None,
        code_challenge: None,
        prompt: Prompt::parse(prompt).unwrap(),
        max_age: None,
        hinted_subject: None,
        login_hint: None,
        requested_level: None,
        claims: ClaimsRequest::default(),
        audience: vec![],
        requested_at: NOW,
    }
}

fn signed_in(age: Seconds, two_factors: bool) -> Authentication {
    let mut methods = vec![Method::Password];
    methods.extend(two_factors.then_some(Method::OneTimeCode));
    Authentication {
        credential: "credential".to_owned(),
        session: "s".to_owned(),
        username: "alice".to_owned(),
        auth_time: NOW - age,
        second_factor_time: None,
        methods,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

fn situation<'a>(request: &'a AuthorizationRequest, authentication: &'a Authentication) -> Situation<'a> {
    Situation {
        authentication: Some(authentication),
        requirement: Some(Requirement::Level(Level::OneFactor)),
        has_second_factor: Some(true),
        consent_mode: ConsentMode::Implicit,
        ..Situation::anonymous(request, NOW)
    }
}

fn error_of(step: Step) -> ErrorCode {
    match step {
        Step::Deny(error) => error.code,
        other => panic!("{other:?} is no refusal"),
    }
}

#[test]
fn nobody_signed_in_must_sign_in_and_prompt_none_says_login_required() {
    let plain = request("", "openid");
    assert_eq!(next_step(&Situation::anonymous(&plain, NOW)), Step::SignIn(SignInReason::SignedOut));
    let silent = request("none", "openid");
    assert_eq!(error_of(next_step(&Situation::anonymous(&silent, NOW))), ErrorCode::LoginRequired);
}

#[test]
fn max_age_is_judged_by_the_time_of_the_password() {
    let fresh = signed_in(10, false);
    let mut asked = request("", "openid");
    for (max_age, expected) in [
        (10, Step::Respond(None)),
        (9, Step::SignIn(SignInReason::Again)),
        (0, Step::SignIn(SignInReason::Again)),
    ] {
        asked.max_age = Some(max_age);
        assert_eq!(next_step(&situation(&asked, &fresh)), expected, "max_age={max_age}");
    }
    let just_now = signed_in(0, false);
    asked.max_age = Some(0);
    assert_eq!(next_step(&situation(&asked, &just_now)), Step::SignIn(SignInReason::Again));
    let here = Situation { signed_in_here: true, ..situation(&asked, &just_now) };
    assert_eq!(next_step(&here), Step::Respond(None));
}

#[test]
fn prompt_login_wants_a_sign_in_made_for_this_request() {
    let asked = request("login", "openid");
    let fresh = signed_in(0, false);
    assert_eq!(next_step(&situation(&asked, &fresh)), Step::SignIn(SignInReason::Again));
    let here = Situation { signed_in_here: true, ..situation(&asked, &fresh) };
    assert_eq!(next_step(&here), Step::Consent, "and consent is not skipped");
}

#[test]
fn a_second_factor_is_asked_for_by_policy_or_by_the_request() {
    let mut asked = request("", "openid");
    let one = signed_in(10, false);
    let two = signed_in(10, true);
    let policy = Some(Requirement::Level(Level::TwoFactor));
    let by_policy = Situation { requirement: policy, ..situation(&asked, &one) };
    assert_eq!(next_step(&by_policy), Step::SecondFactor);
    assert_eq!(next_step(&Situation { requirement: policy, ..situation(&asked, &two) }), Step::Respond(None));
    asked.requested_level = Some(Level::TwoFactor);
    assert_eq!(next_step(&situation(&asked, &one)), Step::SecondFactor);
    let without = Situation { has_second_factor: Some(false), ..situation(&asked, &one) };
    assert_eq!(next_step(&without), Step::Enrol);
    let stale = signed_in(301, false);
    let stale = Situation { has_second_factor: Some(false), ..situation(&asked, &stale) };
    assert_eq!(next_step(&stale), Step::SignIn(SignInReason::Again), "the password must be fresh to enrol");
    let off = Situation { has_second_factor: None, requirement: policy, ..situation(&asked, &one) };
    assert_eq!(error_of(next_step(&off)), ErrorCode::AccessDenied);
}

/// OpenID Connect Core 1.0 §3.1.2.1, §5.5.1.1: the answer says by `acr` which level there is.
#[test]
fn a_level_that_is_only_wished_for_is_let_go_when_it_cannot_be_had_and_an_essential_one_is_not() {
    let one = signed_in(10, false);
    let policy = Some(Requirement::Level(Level::TwoFactor));
    for (prompt, has_second_factor, unmet) in [
        ("none", Some(true), ErrorCode::InteractionRequired),
        ("none", Some(false), ErrorCode::InteractionRequired),
        ("none", None, ErrorCode::UnmetAuthenticationRequirements),
        ("", None, ErrorCode::UnmetAuthenticationRequirements),
    ] {
        let case = format!("{prompt} {has_second_factor:?}");
        let mut asked = request(prompt, "openid");
        asked.requested_level = Some(Level::TwoFactor);
        let wish = Situation { has_second_factor, ..situation(&asked, &one) };
        assert_eq!(next_step(&wish), Step::Respond(None), "{case}");
        let demanded = next_step(&Situation { requirement: policy, ..wish });
        assert!(matches!(demanded, Step::Deny(_)), "{case}: a policy is no wish");
        let claims = json!({"id_token": {"acr": {"essential": true, "value": "2"}}});
        asked.claims = ClaimsRequest::of_members(claims.as_object().unwrap().clone()).unwrap();
        let essential = Situation { has_second_factor, ..situation(&asked, &one) };
        assert_eq!(error_of(next_step(&essential)), unmet, "{case}");
        // Of several that are enough, the best is a wish again.
        let claims = json!({"id_token": {"acr": {"essential": true, "values": ["2", "1"]}}});
        asked.claims = ClaimsRequest::of_members(claims.as_object().unwrap().clone()).unwrap();
        let either = Situation { has_second_factor, ..situation(&asked, &one) };
        assert_eq!(next_step(&either), Step::Respond(None), "{case}");
    }
}

#[test]
fn a_policy_that_denies_ends_it_before_any_consent() {
    let asked = request("consent", "openid");
    let person = signed_in(10, true);
    let denied = Situation { requirement: Some(Requirement::Deny), ..situation(&asked, &person) };
    assert_eq!(error_of(next_step(&denied)), ErrorCode::AccessDenied);
}

#[test]
fn another_person_than_the_hinted_one_is_sent_to_sign_in_once() {
    let asked = request("", "openid");
    let person = signed_in(10, false);
    let other = || Situation { subject_matches: false, ..situation(&asked, &person) };
    assert_eq!(next_step(&other()), Step::SignIn(SignInReason::OtherPerson));
    let still = Situation { signed_in_here: true, ..other() };
    assert_eq!(error_of(next_step(&still)), ErrorCode::LoginRequired);
}

#[test]
fn choosing_an_account_comes_first_and_once() {
    let asked = request("select_account", "openid");
    let person = signed_in(10, false);
    assert_eq!(next_step(&situation(&asked, &person)), Step::SelectAccount);
    let chosen = Situation { account_selected: true, ..situation(&asked, &person) };
    assert_eq!(next_step(&chosen), Step::Respond(None));
}

#[test]
fn consent_is_asked_unless_mode_or_memory_spares_it_and_never_spared_for_offline_access() {
    let person = signed_in(10, false);
    let week = ConsentMode::PreConfigured { duration: 604_800 };
    let memory = || Some("c1".to_owned());
    for (scope, mode, remembered, expected) in [
        ("openid", ConsentMode::Explicit, memory(), Step::Consent),
        ("openid", ConsentMode::Implicit, None, Step::Respond(None)),
        ("openid", week, None, Step::Consent),
        ("openid", week, memory(), Step::Respond(memory())),
        ("openid offline_access", ConsentMode::Implicit, None, Step::Consent),
        ("openid offline_access", week, memory(), Step::Consent),
    ] {
        let asked = request("", scope);
        let judged = Situation { consent_mode: mode, remembered, ..situation(&asked, &person) };
        assert_eq!(next_step(&judged), expected, "{scope} {mode:?}");
    }
}

proptest! {
    /// Whatever is asked: without a page nobody is shown one, and nothing is answered that is not proven.
    #[test]
    fn prompt_none_never_shows_a_page_and_no_answer_comes_unproven(
        prompt in prop::sample::select(vec!["", "none", "login", "consent", "select_account", "login consent"]),
        offline in any::<bool>(),
        max_age in prop::option::of(0i64..1000),
        age in 0i64..1000,
        somebody in any::<bool>(),
        two_factors in any::<bool>(),
        wants_two in any::<bool>(),
        deny in any::<bool>(),
        subject_matches in any::<bool>(),
        signed_in_here in any::<bool>(),
        account_selected in any::<bool>(),
        has_second_factor in prop::option::of(any::<bool>()),
        mode_and_question in (0..3, 0..3),
        remembered in any::<bool>(),
        consented in any::<bool>(),
    ) {
        let mut asked = request(prompt, if offline { "openid offline_access" } else { "openid" });
        asked.max_age = max_age;
        let person = signed_in(age, two_factors);
        let level = if wants_two { Level::TwoFactor } else { Level::OneFactor };
        let requirement = if deny { Requirement::Deny } else { Requirement::Level(level) };
        let (mode, question) = mode_and_question;
        let question = match question {
            0 => Question::AsConfigured,
            1 => Question::EachTime,
            _ => Question::OfDevice,
        };
        let consent_mode = match mode {
            0 => ConsentMode::Explicit,
            1 => ConsentMode::Implicit,
            _ => ConsentMode::PreConfigured { duration: 60 },
        };
        let judged = Situation {
            request: &asked,
            authentication: somebody.then_some(&person),
            signed_in_here,
            account_selected,
            subject_matches,
            requirement: Some(requirement),
            has_second_factor,
            consent_mode,
            question,
            remembered: remembered.then(|| "c1".to_owned()),
            consented,
            now: NOW,
        };
        match next_step(&judged) {
            Step::Respond(_) => {
                prop_assert!(somebody && !deny && subject_matches);
                prop_assert!(!wants_two || two_factors);
                prop_assert!(!prompt.contains("login") || signed_in_here);
                prop_assert!(signed_in_here || max_age.is_none_or(|most| most > 0 && age <= most));
                prop_assert!(question != Question::OfDevice, "a device is always asked about");
                let spared = question == Question::AsConfigured && !offline && (mode == 1 || (mode == 2 && remembered));
                prop_assert!(consented || (spared && !prompt.contains("consent") && !prompt.contains("login")));
            }
            Step::Deny(_) => {}
            Step::ConfirmDevice => prop_assert!(question == Question::OfDevice),
            shown => prop_assert!(prompt != "none", "{shown:?}"),
        }
    }
}

#[test]
fn an_app_that_nothing_proves_is_asked_about_each_time() {
    let person = signed_in(10, true);
    let modes = [ConsentMode::Implicit, ConsentMode::PreConfigured { duration: 60 }];
    for (question, prompt, expected) in [
        (Question::AsConfigured, "login", Step::Consent),
        (Question::EachTime, "consent", Step::Consent),
        (Question::OfDevice, "consent", Step::ConfirmDevice),
    ] {
        for consent_mode in modes {
            for (asked, signed_in_here) in
                [(request(prompt, "openid"), true), (request("select_account", "openid"), true)]
            {
                let situation = Situation {
                    consent_mode,
                    question,
                    signed_in_here,
                    remembered: Some("c1".to_owned()),
                    ..situation(&asked, &person)
                };
                let plain = question == Question::AsConfigured && asked.prompt.select_account();
                let step = next_step(&situation);
                if plain {
                    assert!(matches!(step, Step::Respond(_)));
                } else {
                    assert_eq!(step, expected);
                }
            }
        }
    }
    let silent = request("none", "openid");
    for question in [Question::EachTime, Question::OfDevice] {
        let step = next_step(&Situation { question, ..situation(&silent, &person) });
        assert_eq!(error_of(step), ErrorCode::ConsentRequired);
    }
}

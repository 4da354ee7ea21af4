//! Claims made of attributes: those that expressions make, and those of the users file beyond the standard ones.

use serde_json::{Value, json};

use crate::support::token::verify;
use crate::support::{App, Client, Person};

const ATTRIBUTES: &str = include_str!("attributes.yml");

/// alice and bob, with these lines more for alice.
fn people(groups: Vec<&'static str>, lines: &str) -> String {
    let mut people = Person::all();
    people[0].groups = groups;
    people[1].groups = Vec::new();
    let alice = Person::file(&people[..1]);
    let bob = Person::file(&people[1..]);
    format!("{alice}{lines}{}", bob.strip_prefix("users:\n").unwrap())
}

async fn app(groups: Vec<&'static str>, lines: &str) -> App {
    let app = App::with(ATTRIBUTES).await;
    std::fs::write(app.path("users.yml"), people(groups, lines)).unwrap();
    app.clock.advance(1);
    app
}

struct Told {
    id: Value,
    access: Value,
    userinfo: Value,
    app: App,
}

/// The claims of the ID token, of the access token, and of userinfo.
async fn told(app: App, name: &str) -> Told {
    let tokens = Client::new(&app, "claims").login(name, "openid made extra").await;
    let id = verify(&app, &tokens.id).await.claims;
    let access = verify(&app, &tokens.access).await.claims;
    let userinfo = app.userinfo(&tokens.access).await.expect(200).json();
    Told { id: json!(id), access: json!(access), userinfo, app }
}

#[tokio::test]
async fn what_expressions_make_keeps_its_type_in_tokens_and_at_userinfo() {
    for (groups, role, admin, roles, level) in [
        (vec!["sftpgo_admins", "nextcloudadmins"], "admin", true, json!(["admin"]), 10),
        (vec!["sftpgo_managers", "vaultwarden_users"], "manager", false, json!(["user"]), 5),
        (vec!["others"], "user", false, json!([""]), 5),
    ] {
        let mut groups = groups;
        if admin {
            groups.extend(["vaultwarden_admins", "dev"]);
        }
        let first = groups[0];
        let told = told(app(groups, "").await, "alice").await;
        for claims in [&told.id, &told.userinfo] {
            assert_eq!(
                (&claims["sftpgo_role"], &claims["is_nextcloud_admin"]),
                (&json!(role), &json!(admin))
            );
        }
        for claims in [&told.access, &told.userinfo] {
            assert_eq!((&claims["vaultwarden_roles"], &claims["level"]), (&roles, &json!(level)));
        }
        assert_eq!(told.id.get("vaultwarden_roles"), None, "the ID token holds what its policy lists");
        assert_eq!(told.access.get("sftpgo_role"), None, "and so does the access token");
        assert_eq!(
            (&told.userinfo["first_group"], &told.userinfo["mailbox"]),
            (&json!(first), &json!("alice"))
        );
        assert_eq!(told.userinfo["number"], "+49 30 901820");
        assert_eq!(told.userinfo["number_rfc3966"], "+49 30 901820;ext=12");
    }
}

#[tokio::test]
async fn what_cannot_be_made_for_a_person_is_left_out_and_logged_by_name() {
    let app = app(vec!["dev"], "").await;
    let told = told(app, "bob").await;
    for left_out in ["first_group", "badge_text", "nothing", "mailbox", "number"] {
        assert_eq!(told.userinfo.get(left_out), None, "{left_out}");
    }
    assert_eq!(told.userinfo["sftpgo_role"], "user", "the others are told");
    let last = told.app.request_ids.lock().unwrap().last().cloned().unwrap();
    let lines = told.app.log.of_request(&last);
    let of = |name: &str| lines.iter().find(|line| line["attribute"] == name).cloned();
    let failed = of("first_group").expect("a line names the attribute");
    assert_eq!(
        (failed["level"].as_str(), failed["why"].as_str()),
        (Some("warn"), Some("an operation failed"))
    );
    let lacking = of("badge_text").expect("a line names the attribute");
    assert_eq!(lacking["level"], "debug", "who lacks an attribute is nothing to mend: {lacking}");
}

#[tokio::test]
async fn extra_attributes_of_the_users_file_become_claims_of_their_types() {
    let lines =
        "    extra: {department: 'Tea', badge: 7, contractor: false, keys: ['one', 'two'], rooms: [1, 2]}\n";
    let told = told(app(vec!["dev"], lines).await, "alice").await;
    let expected = json!({
        "department": "Tea", "badge": 7, "contractor": false, "keys": ["one", "two"], "rooms": [1, 2],
        "badge_text": "7/one,two",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&told.userinfo[name], value, "{name}");
    }
    assert_eq!((&told.id["badge"], &told.id["keys"]), (&json!(7), &json!(["one", "two"])));
    assert_eq!(told.access["department"], "Tea");
}

#[tokio::test]
async fn who_has_no_extra_attributes_has_no_claims_of_them() {
    let told = told(app(vec!["dev"], "").await, "alice").await;
    for name in ["department", "badge", "contractor", "keys", "rooms"] {
        assert_eq!(told.userinfo.get(name), None, "{name}");
    }
}

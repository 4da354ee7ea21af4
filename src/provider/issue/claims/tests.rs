use super::*;
use serde_json::json;

use crate::model::user::{PostalAddress, Profile};

fn alice() -> User {
    User {
        username: "alice".to_owned(),
        display_name: "Alice Liddell".to_owned(),
        emails: vec!["alice@example.com".to_owned(), "a@example.org".to_owned()],
        groups: vec!["admins".to_owned(), "dev".to_owned()],
        disabled: false,
        profile: Profile {
            phone_number: Some("+44 20 7946 0000".to_owned()),
            phone_extension: Some("12".to_owned()),
            address: Some(PostalAddress { locality: Some("Oxford".to_owned()), ..PostalAddress::default() }),
            nickname: Some(String::new()),
            ..Profile::default()
        },
        extra: [("badge".to_owned(), json!(7))].into(),
        credential: "credential".to_owned(),
        updated_at: 1_700_000_000,
    }
}

#[test]
fn what_the_directory_lacks_makes_no_claim() {
    assert_eq!(value("nickname", &alice(), &[]), None);
    assert_eq!(value("website", &alice(), &[]), None);
    assert_eq!(value("email_verified", &User { emails: vec![], ..alice() }, &[]), None);
}

#[test]
fn types_are_what_the_standard_says() {
    let alice = alice();
    assert_eq!(value("groups", &alice, &[]), Some(json!(["admins", "dev"])));
    assert_eq!(value("email_verified", &alice, &[]), Some(json!(true)));
    assert_eq!(value("updated_at", &alice, &[]), Some(json!(1_700_000_000)));
    assert_eq!(value("address", &alice, &[]), Some(json!({"locality": "Oxford"})));
    assert_eq!(value("phone_number", &alice, &[]), Some(json!("+44 20 7946 0000;ext=12")));
    assert_eq!(value("alt_emails", &alice, &[]), Some(json!(["a@example.org"])));
}

#[test]
fn a_custom_claim_takes_its_attribute() {
    let custom = |name: &str, attribute: &str| CustomClaim {
        name: name.to_owned(),
        source: ClaimSource::Attribute(attribute.to_owned()),
    };
    let custom = [custom("badge_number", "badge"), custom("town", "locality"), custom("name", "username")];
    assert_eq!(value("badge_number", &alice(), &custom), Some(json!(7)));
    assert_eq!(value("town", &alice(), &custom), Some(json!("Oxford")));
    assert_eq!(value("name", &alice(), &custom), Some(json!("alice")));
}

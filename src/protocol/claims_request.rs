//! `claims`: single claims that a client asks for (OpenID Connect Core 1.0 §5.5).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::OAuthError;

/// The longest text of the parameter, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;

/// The most claims that one member may ask for.
const MAX_CLAIMS: usize = 64;

/// The most values that one claim may be asked for with.
const MAX_VALUES: usize = 32;

/// The longest name of a claim, in bytes.
const MAX_NAME: usize = 256;

/// What a client asks for beside its scopes, or the part of it that was granted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Claims for userinfo, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub userinfo: BTreeMap<String, RequestedClaim>,
    /// Claims for the ID token, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub id_token: BTreeMap<String, RequestedClaim>,
}

/// How one claim is asked for (OpenID Connect Core 1.0 §5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestedClaim {
    /// Whether the client cannot do its work without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// The one value it is wanted with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values it is wanted with, in order of preference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

impl RequestedClaim {
    /// The values it is wanted with, in order of preference; none when any will do.
    pub fn wanted(&self) -> impl Iterator<Item = &Value> {
        self.value.iter().chain(&self.values)
    }

    /// Whether a value is among the wanted ones, or any will do.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        let mut wanted = self.wanted().peekable();
        wanted.peek().is_none() || wanted.any(|each| each == value)
    }

    fn of(name: &str, value: Value) -> Result<Self, OAuthError> {
        let wrong = |what: &str| OAuthError::invalid_request(format!("claims asks for {name} {what}."));
        let mut members = match value {
            Value::Null => return Ok(Self::default()),
            Value::Object(members) => members,
            _ => return Err(wrong("by something that is neither null nor an object")),
        };
        let essential = match members.remove("essential") {
            None => false,
            Some(Value::Bool(essential)) => essential,
            Some(_) => return Err(wrong("with an essential that is neither true nor false")),
        };
        let value = members.remove("value").filter(|value| !value.is_null());
        let values = match members.remove("values") {
            None => Vec::new(),
            Some(_) if value.is_some() => return Err(wrong("with value and values; send one of them")),
            Some(Value::Array(values)) if !values.is_empty() && values.len() <= MAX_VALUES => values,
            Some(_) => {
                return Err(wrong(&format!("with values that are no list of 1 to {MAX_VALUES} entries")));
            }
        };
        // Other members are not known, and ignored.
        Ok(Self { essential, value, values })
    }
}

impl ClaimsRequest {
    /// Reads the members of the parameter, which were read as JSON that holds no member twice. Members other than
    /// `userinfo` and `id_token` are ignored.
    ///
    /// # Errors
    /// `invalid_request`: a member of the wrong type, or more than the limits of this file.
    pub fn of_members(mut members: Map<String, Value>) -> Result<Self, OAuthError> {
        Ok(Self {
            userinfo: claims("userinfo", members.remove("userinfo"))?,
            id_token: claims("id_token", members.remove("id_token"))?,
        })
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// Every claim that is asked for, once, and whether it is essential at either place.
    #[must_use]
    pub fn names(&self) -> BTreeMap<&str, bool> {
        let mut names = BTreeMap::new();
        for (name, claim) in self.userinfo.iter().chain(&self.id_token) {
            *names.entry(name.as_str()).or_insert(false) |= claim.essential;
        }
        names
    }

    /// The ways that a claim is asked for, at either place.
    pub fn ways(&self, name: &str) -> impl Iterator<Item = &RequestedClaim> {
        [&self.userinfo, &self.id_token].into_iter().filter_map(move |claims| claims.get(name))
    }

    /// The values that a claim is wanted with, as JSON: each way that it is asked for, one that takes any value included.
    /// Empty when no way wants a value.
    #[must_use]
    pub fn wanted(&self, name: &str) -> BTreeSet<String> {
        if self.ways(name).all(|way| way.wanted().next().is_none()) {
            return BTreeSet::new();
        }
        self.ways(name).map(|way| json!({"value": way.value, "values": way.values}).to_string()).collect()
    }

    /// The part that asks for the claims that `keep` names.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        let part = |claims: &BTreeMap<String, RequestedClaim>| {
            let kept = claims.iter().filter(|(name, _)| keep(name));
            kept.map(|(name, claim)| (name.clone(), claim.clone())).collect()
        };
        Self { userinfo: part(&self.userinfo), id_token: part(&self.id_token) }
    }

    /// Whether a certain person is asked for, by the value of `sub` (OpenID Connect Core 1.0 §5.5.1).
    #[must_use]
    pub fn names_subject(&self) -> bool {
        self.ways("sub").any(|claim| claim.wanted().next().is_some())
    }

    /// Whether the person of this `sub` will do.
    #[must_use]
    pub fn accepts_subject(&self, subject: &str) -> bool {
        let subject = Value::from(subject);
        self.ways("sub").all(|claim| claim.accepts(&subject))
    }

    /// The values that `acr` of the ID token is wanted with, in order of preference (§5.5.1.1).
    pub fn wanted_acr(&self) -> impl Iterator<Item = &str> {
        self.id_token.get("acr").into_iter().flat_map(RequestedClaim::wanted).filter_map(Value::as_str)
    }

    /// Whether `acr` of the ID token must be one of the wanted values (§5.5.1.1).
    #[must_use]
    pub fn must_match_acr(&self) -> bool {
        self.id_token.get("acr").is_some_and(|acr| acr.essential && acr.wanted().next().is_some())
    }
}

fn claims(member: &str, value: Option<Value>) -> Result<BTreeMap<String, RequestedClaim>, OAuthError> {
    let wrong = |what: &str| OAuthError::invalid_request(format!("{member} of claims {what}."));
    let claims = match value {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(claims)) => claims,
        Some(_) => return Err(wrong("is no object")),
    };
    if claims.len() > MAX_CLAIMS {
        return Err(wrong(&format!("asks for more than {MAX_CLAIMS} claims")));
    }
    if claims.keys().any(|name| name.is_empty() || name.len() > MAX_NAME) {
        return Err(wrong(&format!("names a claim that has not 1 to {MAX_NAME} bytes")));
    }
    // One of the databases stores no NUL.
    if claims.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)) {
        return Err(wrong("holds a NUL character"));
    }
    claims
        .into_iter()
        .map(|(name, value)| {
            let claim = RequestedClaim::of(&name, value)?;
            Ok((name, claim))
        })
        .collect()
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::protocol::ErrorCode;

    fn read(value: Value) -> Result<ClaimsRequest, OAuthError> {
        ClaimsRequest::of_members(value.as_object().unwrap().clone())
    }

    /// The example of OpenID Connect Core 1.0 §5.5.
    fn example() -> ClaimsRequest {
        read(json!({
            "userinfo": {
                "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                "email_verified": {"essential": true}, "picture": null, "http://example.info/claims/groups": null
            },
            "id_token": {
                "auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}
            }
        }))
        .unwrap()
    }

    #[test]
    fn the_example_of_the_standard_is_read_and_stored() {
        let example = example();
        assert_eq!((example.userinfo.len(), example.id_token.len()), (6, 2));
        assert!(example.names()["email"] && !example.names()["nickname"] && example.names()["auth_time"]);
        assert_eq!(example.wanted_acr().collect::<Vec<_>>(), ["urn:mace:incommon:iap:silver"]);
        assert!(!example.must_match_acr() && !example.names_subject());
        let stored = serde_json::to_string(&example).unwrap();
        assert_eq!(serde_json::from_str::<ClaimsRequest>(&stored).unwrap(), example);
        assert_eq!(serde_json::to_string(&ClaimsRequest::default()).unwrap(), "{}");
    }

    #[test]
    fn a_claim_may_be_wanted_with_one_value_or_several() {
        let claims = read(json!({"id_token": {
            "one": {"value": "a"}, "some": {"values": [1, "b"]}, "any": {}, "acr": {"essential": true, "value": "2"}
        }}))
        .unwrap();
        let accepts = |name: &str, value: Value| claims.id_token[name].accepts(&value);
        assert!(accepts("one", json!("a")) && !accepts("one", json!("A")) && !accepts("one", json!(null)));
        assert!(accepts("some", json!(1)) && accepts("some", json!("b")) && !accepts("some", json!("1")));
        assert!(accepts("any", json!({"x": []})));
        assert!(claims.must_match_acr());
    }

    #[test]
    fn a_person_is_asked_for_by_the_value_of_sub_at_either_place() {
        let claims =
            read(json!({"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"values": ["a", "b"]}}}));
        let claims = claims.unwrap();
        assert!(claims.names_subject() && claims.accepts_subject("a"));
        assert!(!claims.accepts_subject("b") && !claims.accepts_subject("c"));
        let any = read(json!({"id_token": {"sub": {"essential": true}}})).unwrap();
        assert!(!any.names_subject() && any.accepts_subject("c"));
    }

    #[test]
    fn the_ways_that_a_claim_is_wanted_are_told_apart_by_their_values_alone() {
        let wanted = |claims: Value| read(claims).unwrap().wanted("c");
        let one = wanted(json!({"userinfo": {"c": {"value": "a"}}}));
        assert_eq!(one.len(), 1);
        for same in [
            json!({"id_token": {"c": {"value": "a"}}}),
            json!({"userinfo": {"c": {"value": "a", "essential": true}}, "id_token": {"c": {"value": "a"}}}),
        ] {
            assert_eq!(wanted(same.clone()), one, "{same}");
        }
        let others = [
            json!({"userinfo": {"c": {"value": "b"}}}),
            json!({"userinfo": {"c": {"values": ["a"]}}}),
            json!({"userinfo": {"c": {"values": ["a", "b"]}}}),
            json!({"userinfo": {"c": {"values": ["b", "a"]}}}),
            json!({"userinfo": {"c": {"value": "a"}}, "id_token": {"c": null}}),
            json!({"userinfo": {"c": {"value": "a"}}, "id_token": {"c": {"value": "b"}}}),
            json!({"userinfo": {"c": {"essential": true}}, "id_token": {"d": {"value": "a"}}}),
        ];
        let mut seen = BTreeSet::from([one]);
        for other in others {
            assert!(seen.insert(wanted(other.clone())), "{other}");
        }
        assert_eq!(
            wanted(json!({"userinfo": {"c": {"essential": true}}, "id_token": {"c": null}})),
            BTreeSet::new()
        );
    }

    #[test]
    fn other_members_and_other_claims_are_no_error() {
        let claims =
            json!({"verified": [1], "userinfo": {"name#ja-Kana-JP": {"purpose": "x"}}, "id_token": null});
        assert_eq!(read(claims).unwrap().userinfo.len(), 1);
        assert!(read(json!({})).unwrap().is_empty());
    }

    #[test]
    fn wrong_types_and_too_much_are_refused() {
        let many = |number: usize| (0..number).map(|n| (format!("c{n}"), Value::Null)).collect::<Map<_, _>>();
        let name = |length: usize| Map::from_iter([("n".repeat(length), Value::Null)]);
        assert!(read(json!({"userinfo": many(64)})).is_ok());
        assert!(read(json!({"userinfo": name(256)})).is_ok());
        for wrong in [
            json!({"userinfo": []}),
            json!({"id_token": "name"}),
            json!({"userinfo": many(65)}),
            json!({"userinfo": name(257)}),
            json!({"userinfo": {"": null}}),
            json!({"userinfo": {"name": true}}),
            json!({"userinfo": {"name": {"essential": "true"}}}),
            json!({"userinfo": {"name": {"essential": null}}}),
            json!({"userinfo": {"name": {"value": 1, "values": [1]}}}),
            json!({"userinfo": {"name": {"values": "a"}}}),
            json!({"userinfo": {"name": {"values": []}}}),
            json!({"userinfo": {"name": {"values": vec![0; 33]}}}),
            json!({"userinfo": {"na\u{0}me": null}}),
            json!({"userinfo": {"name": {"value": {"x": ["\u{0}"]}}}}),
        ] {
            assert_eq!(read(wrong.clone()).unwrap_err().code, ErrorCode::InvalidRequest, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_was_asked_for(names in proptest::collection::btree_set("[a-f]", 0..6), keep in "[a-f]{0,3}") {
            let asked: Map<String, Value> = names.iter().map(|name| (name.clone(), Value::Null)).collect();
            let claims = read(json!({"userinfo": asked})).unwrap();
            let kept = claims.only(|name| keep.contains(name));
            prop_assert!(kept.userinfo.keys().all(|name| names.contains(name) && keep.contains(name.as_str())));
            prop_assert_eq!(claims.only(|_| true), claims);
        }
    }
}

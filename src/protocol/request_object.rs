//! The members of a request object as parameters (RFC 9101 §4; OpenID Connect Core 1.0 §6.1).

use serde_json::{Map, Value};

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;

/// Members that are about the object itself and are no parameters (RFC 7519 §4.1).
const OF_THE_OBJECT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// Text is a parameter as it is; numbers, truth values and objects are written as JSON; null is none. A list is taken
/// where a parameter may stand several times, and is written as JSON elsewhere, which nothing takes.
///
/// # Errors
/// `invalid_request_object`: `request` or `request_uri` within (RFC 9101 §4), a list of something else than texts, or a
/// NUL character.
pub fn parameters(members: &Map<String, Value>) -> Result<Parameters, OAuthError> {
    let mut pairs: Vec<(&str, String)> = Vec::with_capacity(members.len());
    for (name, value) in members.iter().filter(|(name, _)| !OF_THE_OBJECT.contains(&name.as_str())) {
        if matches!(name.as_str(), "request" | "request_uri") {
            return Err(refused(
                "A request object must not hold request or request_uri (RFC 9101 section 4).",
            ));
        }
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((name, text.clone())),
            Value::Array(items) if Parameters::may_repeat(name) => {
                for item in items {
                    let text = item.as_str().ok_or_else(|| {
                        refused(format!("{name} of the request object is no list of texts."))
                    })?;
                    pairs.push((name, text.to_owned()));
                }
            }
            other => pairs.push((name, other.to_string())),
        }
    }
    if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(refused("A parameter of the request object holds a NUL character."));
    }
    Ok(Parameters::from_pairs(pairs))
}

/// The error of an object that is not taken (RFC 9101 §7).
pub fn refused(description: impl Into<String>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestObject, description)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Parameters, OAuthError> {
        parameters(value.as_object().unwrap())
    }

    #[test]
    fn members_become_parameters_by_their_types() {
        let object = json!({
            "client_id": "web", "max_age": 300, "scope": "openid", "claims": {"id_token": {"acr": null}}, "x": true,
            "resource": ["https://a.example", "https://b.example"], "audience": "c", "state": null,
            "prompt": ["none"], "iss": "web", "aud": "op", "exp": 1, "nbf": 1, "iat": 1, "jti": "j", "sub": "s"
        });
        let parameters = read(&object).unwrap();
        assert_eq!(parameters.get("max_age"), Some("300"));
        assert_eq!(parameters.get("claims"), Some(r#"{"id_token":{"acr":null}}"#));
        assert_eq!(parameters.all("resource").count(), 2);
        assert_eq!((parameters.get("x"), parameters.get("prompt")), (Some("true"), Some(r#"["none"]"#)));
        assert_eq!(parameters.repeated(), None);
        for absent in ["state", "iss", "aud", "exp", "nbf", "iat", "jti", "sub"] {
            assert_eq!(parameters.get(absent), None, "{absent}");
        }
    }

    #[test]
    fn another_request_within_lists_of_something_else_and_nul_are_refused() {
        for wrong in [
            json!({"request": "e30.e30."}),
            json!({"request_uri": "urn:ietf:params:oauth:request_uri:x"}),
            json!({"request": null}),
            json!({"resource": [1]}),
            json!({"resource": [["https://a.example"]]}),
            json!({"state": "a\u{0}"}),
            json!({"st\u{0}ate": "a"}),
        ] {
            assert_eq!(read(&wrong).unwrap_err().code, ErrorCode::InvalidRequestObject, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_parameter_comes_from_inside(
            members in proptest::collection::btree_map("[a-z_]{1,8}|resource|scope", "[ -~]{0,12}", 0..12)
        ) {
            let object: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
            if let Ok(parameters) = parameters(&object) {
                prop_assert!(parameters.pairs().all(|(name, value)| members.get(name).is_some_and(|it| it == value)));
                let own = members.keys().filter(|name| !OF_THE_OBJECT.contains(&name.as_str())).count();
                prop_assert_eq!(parameters.pairs().count(), own);
            }
        }
    }
}

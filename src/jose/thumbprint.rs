//! Thumbprints of keys (RFC 7638).

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The SHA-256 thumbprint of a public JWK; `None` when a required member is missing or `kty` is neither RSA nor EC.
#[must_use]
pub fn thumbprint(jwk: &Value) -> Option<[u8; 32]> {
    let members: &[&str] = match jwk.get("kty")?.as_str()? {
        "RSA" => &["e", "kty", "n"],
        "EC" => &["crv", "kty", "x", "y"],
        _ => return None,
    };
    let mut canonical = String::from("{");
    for (position, member) in members.iter().enumerate() {
        if position > 0 {
            canonical.push(',');
        }
        let value = jwk.get(member)?.as_str()?;
        canonical.push_str(&format!("\"{member}\":{}", Value::from(value)));
    }
    canonical.push('}');
    Some(Sha256::digest(canonical.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::thumbprint;

    #[test]
    fn the_example_of_rfc_7638_gives_its_thumbprint() {
        let jwk = json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29"
        });
        assert_eq!(
            URL_SAFE_NO_PAD.encode(thumbprint(&jwk).unwrap()),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
        assert_eq!(thumbprint(&json!({"kty": "RSA", "n": "AQAB"})), None);
        assert_eq!(thumbprint(&json!({"kty": "oct", "k": "AQAB"})), None);
    }
}

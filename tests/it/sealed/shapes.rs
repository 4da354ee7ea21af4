//! Shapes in which a token may come that nobody takes. Each is as right in everything else as it can be: signed by the
//! very key, with the claims that would count.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::support::assertion::{Key, compact, key};

/// What a shape is, and the token.
pub type Shape = (String, String);

/// A token that is taken, before it is signed with ES256.
pub struct Right {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    pub key: Arc<Key>,
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

fn shapes<const N: usize>(kind: &str, shapes: [(&str, String); N]) -> Vec<Shape> {
    shapes.map(|(what, token)| (format!("{kind}: {what}"), token)).into()
}

impl Right {
    pub fn token(&self) -> String {
        self.text(&self.header_text(), &self.claims_text())
    }

    fn header_text(&self) -> String {
        Value::Object(self.header.clone()).to_string()
    }

    fn claims_text(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }

    fn text(&self, header: &str, payload: &str) -> String {
        compact(header, payload, |input| self.key.sign("ES256", input))
    }

    /// With a member of the header in place of its own.
    fn header(&self, name: &str, value: impl Into<Value>) -> Map<String, Value> {
        let mut header = self.header.clone();
        header.insert(name.to_owned(), value.into());
        header
    }

    fn with_header(&self, name: &str, value: impl Into<Value>) -> String {
        self.text(&Value::Object(self.header(name, value)).to_string(), &self.claims_text())
    }

    /// With a claim in place of its own.
    pub fn with_claim(&self, name: &str, value: impl Into<Value>) -> String {
        let mut claims = self.claims.clone();
        claims.insert(name.to_owned(), value.into());
        self.text(&self.header_text(), &Value::Object(claims).to_string())
    }

    /// Other forms of the same token (RFC 7515 §7).
    pub fn forms(&self) -> Vec<Shape> {
        let token = self.token();
        let parts: Vec<&str> = token.split('.').collect();
        let (head, payload, signature) = (parts[0], parts[1], parts[2]);
        // The last letter of 64 bytes has four bits to spare.
        let (most, last) = signature.split_at(signature.len() - 1);
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let next = letters.chars().nth(letters.find(last).unwrap() + 1).unwrap();
        let flattened = json!({"protected": head, "payload": payload, "signature": signature});
        let general =
            json!({"payload": payload, "signatures": [{"protected": head, "signature": signature}]});
        shapes(
            "form",
            [
                ("one part", head.to_owned()),
                ("two parts", format!("{head}.{payload}")),
                ("four parts", format!("{token}.{signature}")),
                ("dots alone", "..".to_owned()),
                ("no signature", format!("{head}.{payload}.")),
                ("no payload", format!("{head}..{signature}")),
                ("padding", format!("{token}==")),
                ("spare bits", format!("{head}.{payload}.{most}{next}")),
                ("the other alphabet", format!("{head}.{payload}.+/{}", signature.get(2..).unwrap())),
                ("a space within", format!("{head}. {payload}.{signature}")),
                ("a line end within", format!("{head}.{payload}.\n{signature}")),
                ("another dot", token.replace('.', "\u{ff0e}")),
                ("flattened JSON", flattened.to_string()),
                ("general JSON", general.to_string()),
            ],
        )
    }

    /// Headers that weaken, cost, or bring a key along.
    pub fn headers(&self) -> Vec<Shape> {
        let evil = key("other-p256");
        let mut jwk = evil.jwk();
        jwk["kid"] = "evil".into();
        let claims = self.claims_text();
        let theirs = |name: &str, value: Value| {
            let mut header = self.header(name, value);
            header.insert("kid".to_owned(), "evil".into());
            compact(&Value::Object(header).to_string(), &claims, |input| evil.sign("ES256", input))
        };
        let by_mac = |header: Map<String, Value>, secret: &[u8]| {
            let mac = Key::secret(secret);
            compact(&Value::Object(header).to_string(), &claims, |input| mac.sign("HS256", input))
        };
        let text = self.header_text();
        let deep = |depth| self.text(&text.replacen('{', &format!("{{\"a\":{},", nested(depth)), 1), &claims);
        let mut made = shapes(
            "header",
            [
                ("crit", self.with_header("crit", json!(["exp"]))),
                ("crit of nothing", self.with_header("crit", json!([]))),
                ("b64", self.with_header("b64", false)),
                ("zip", self.with_header("zip", "DEF")),
                ("a list of algorithms", self.with_header("alg", json!(["ES256"]))),
                ("another algorithm", self.with_header("alg", "ES384")),
                ("a kid that is a number", self.with_header("kid", 1)),
                ("a kid that is a path", self.with_header("kid", "../../dev/null")),
                ("a long kid", self.with_header("kid", "k".repeat(4000))),
                ("a typ of something else", self.with_header("typ", "logout+jwt")),
                ("a typ that is a list", self.with_header("typ", json!(["JWT"]))),
                ("jwk", theirs("jwk", jwk.clone())),
                ("jku", theirs("jku", "https://evil.example.net/jwks.json".into())),
                ("x5u", theirs("x5u", "https://evil.example.net/chain.pem".into())),
                ("x5c", theirs("x5c", json!(["MIIB"]))),
                (
                    "a MAC under the public key",
                    by_mac(self.header("alg", "HS256"), self.key.public().as_bytes()),
                ),
                ("a MAC under nothing", by_mac(self.header("alg", "HS256"), b"\0")),
                ("a member twice", self.text(&text.replacen('{', "{\"alg\":\"none\",", 1), &claims)),
                (
                    "an escaped member twice",
                    self.text(&text.replacen('{', "{\"\\u0061lg\":\"ES256\",", 1), &claims),
                ),
                ("a list", self.text(&format!("[{text}]"), &claims)),
                ("a byte order mark", self.text(&format!("\u{feff}{text}"), &claims)),
                ("deep", deep(100)),
                ("deeper", deep(2000)),
            ],
        );
        let tail = self.token().rsplit_once('.').unwrap().1.to_owned();
        for writing in 0..16_u8 {
            let none: String = "none"
                .chars()
                .enumerate()
                .map(|(at, letter)| if writing >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter })
                .collect();
            let header = Value::Object(self.header("alg", none.as_str())).to_string();
            let unsigned = compact(&header, &claims, |_| Vec::new());
            made.push((format!("header: {none} and a signature"), format!("{unsigned}{tail}")));
            made.push((format!("header: {none}"), unsigned));
        }
        made
    }

    /// Claims that no reader takes.
    pub fn payloads(&self) -> Vec<Shape> {
        let (header, claims) = (self.header_text(), self.claims_text());
        let before = |member: &str| self.text(&header, &claims.replacen('{', &format!("{{{member},"), 1));
        let bytes = |payload: &[u8]| {
            let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(payload));
            let signature = URL_SAFE_NO_PAD.encode(self.key.sign("ES256", input.as_bytes()));
            format!("{input}.{signature}")
        };
        shapes(
            "claims",
            [
                ("null", self.text(&header, "null")),
                ("a list", self.text(&header, &format!("[{claims}]"))),
                ("a text", self.text(&header, "\"claims\"")),
                ("nothing", self.text(&header, "")),
                ("an open end", self.text(&header, claims.strip_suffix('}').unwrap())),
                ("two of them", self.text(&header, &format!("{claims}{claims}"))),
                ("a member twice", before("\"iss\":\"https://evil.example.net\"")),
                ("an escaped member twice", before("\"\\u0069ss\":\"https://evil.example.net\"")),
                ("a member twice within", before("\"a\":{\"b\":1,\"b\":2}")),
                ("a number without end", before("\"a\":1e999")),
                ("half a letter", before("\"a\":\"\\ud800\"")),
                ("deep", before(&format!("\"a\":{}", nested(100)))),
                ("deeper", before(&format!("\"a\":{}", nested(2000)))),
                ("a byte order mark", self.text(&header, &format!("\u{feff}{claims}"))),
                ("no UTF-8", bytes(b"{\"iss\":\"\xff\"}")),
            ],
        )
    }
}

/// Encrypted tokens to a key of this `kid`, which RSA-OAEP-256 fits, that nobody opens. Where nothing else is wrong with
/// one, its content is noise.
pub fn envelopes(kid: &str) -> Vec<Shape> {
    let header = |name: &str, value: Value| {
        let mut header = json!({"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": kid});
        header[name] = value;
        header.to_string()
    };
    let noise = |length: usize| URL_SAFE_NO_PAD.encode(vec![7; length]);
    let of = |header: &str, lengths: [usize; 4]| {
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), lengths.map(noise).join("."))
    };
    let usual = |header: String| of(&header, [256, 12, 32, 16]);
    let agreed = |crv: &str, x: Vec<u8>| {
        let (x, y) = (URL_SAFE_NO_PAD.encode(&x), URL_SAFE_NO_PAD.encode(&x));
        let epk = json!({"kty": "EC", "crv": crv, "x": x, "y": y});
        of(&json!({"alg": "ECDH-ES", "enc": "A128GCM", "kid": kid, "epk": epk}).to_string(), [0, 12, 32, 16])
    };
    let plain = header("cty", "JWT".into());
    let json = json!({"protected": URL_SAFE_NO_PAD.encode(&plain), "encrypted_key": noise(256), "iv": noise(12),
        "ciphertext": noise(32), "tag": noise(16)});
    let password =
        json!({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "c2FsdA", "p2c": 2_000_000_000});
    let mut made = shapes(
        "envelope",
        [
            ("noise", usual(plain.clone())),
            ("zip", usual(header("zip", "DEF".into()))),
            ("a password of two thousand million rounds", of(&password.to_string(), [24, 12, 32, 16])),
            ("p2c", usual(header("p2c", 2_000_000_000.into()))),
            ("RSA1_5", usual(header("alg", "RSA1_5".into()))),
            ("dir", of(&header("alg", "dir".into()), [0, 12, 32, 16])),
            ("none", usual(header("alg", "nOnE".into()))),
            ("enc none", usual(header("enc", "none".into()))),
            ("crit", usual(header("crit", json!(["exp"])))),
            ("jwk", usual(header("jwk", json!({"kty": "oct", "k": "AA"})))),
            ("jku", usual(header("jku", "https://evil.example.net/jwks.json".into()))),
            ("an unknown kid", usual(header("kid", "evil".into()))),
            ("a curve that nobody has", agreed("secp256k1", vec![7; 32])),
            ("a point of another curve", agreed("P-384", vec![7; 48])),
            ("a point that is on no curve", agreed("P-256", vec![7; 32])),
            ("a short tag", of(&plain, [256, 12, 32, 4])),
            ("a short key", of(&plain, [16, 12, 32, 16])),
            ("no key", of(&plain, [0, 12, 32, 16])),
            ("a huge key", of(&plain, [9000, 12, 32, 16])),
            ("padding", format!("{}==", usual(plain.clone()))),
            ("a member twice", usual(plain.replacen('{', "{\"alg\":\"dir\",", 1))),
            ("dots alone", "....".to_owned()),
            ("JSON", json.to_string()),
        ],
    );
    made.push(("envelope: six parts".to_owned(), format!("{}.{}", usual(plain), noise(8))));
    made
}

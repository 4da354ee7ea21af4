//! The digests below were made by other programs: Python's hashlib, crypt(3) of libxcrypt, and Authelia's guides.

use proptest::prelude::*;

use super::*;
use crate::secrets::make_digest::{Argon2Parameters, Argon2Variant, make_argon2};

/// Digests of `insecure_secret`.
const VECTORS: [(&str, &str); 18] = [
    ("pbkdf2-sha1", "$pbkdf2$1000$yMnKy8zNzs/Q0dLT1NXW1w$rmbA.2uRhWAoPwH/RBdhfz1DdmQ"),
    ("pbkdf2-sha1", "$pbkdf2-sha1$1000$yMnKy8zNzs/Q0dLT1NXW1w$rmbA.2uRhWAoPwH/RBdhfz1DdmQ"),
    ("pbkdf2-sha224", "$pbkdf2-sha224$1000$yMnKy8zNzs/Q0dLT1NXW1w$j8s4NA8qBB1sCBEQYy9BZ78ryGrpqZEJZgELHw"),
    (
        "pbkdf2-sha256",
        "$pbkdf2-sha256$1000$yMnKy8zNzs/Q0dLT1NXW1w$SlUcA3z4oTEB5Sr4MaYyLV1nL7a9sLLo6XroE7Lut2Y",
    ),
    (
        "pbkdf2-sha384",
        "$pbkdf2-sha384$1000$yMnKy8zNzs/Q0dLT1NXW1w$OfmS2NpC3/f45Dm9/urAvOUqhqbDg/dAynsC3foMbGxvJE2xVW.LqXCBw0.z7mC8",
    ),
    (
        "pbkdf2-sha512",
        "$pbkdf2-sha512$1000$yMnKy8zNzs/Q0dLT1NXW1w$2hx/it4Vw8U8AP4FE50cXvh9x6lxtb8OjUXluPo5FGufPJuyPzpI1HfryU9VfAr/7tIS.6NBFMAGfQec4H7wRw",
    ),
    ("scrypt", "$scrypt$ln=10,r=8,p=1$yMnKy8zNzs/Q0dLT1NXW1w$umafXb9XvhgCwGJnlHYoz2Or+HsOlnimNdW8xm7Rynk"),
    (
        "sha512-crypt",
        "$6$rounds=1000$saltsaltsalt1234$VSi/9XVYyy7dtxzLoOj1v3Ywg7DMdvc2uUGGr.SBkmummlh/SLHCmFUWNP3IIGZw.ksDgyFYW/8NhxszmmAKP/",
    ),
    (
        "sha512-crypt",
        "$6$saltsalt$qXJtdn4aHiEzp8LuvRD152dfwFMuToRabPjM1ZXxz39HApDl5gHoLRCjXEvzSlFWfuKm2K47EbcQL8.LWgyDk0",
    ),
    ("sha256-crypt", "$5$rounds=1000$saltsaltsalt1234$0zYA2t9cI87mrWupHK.sMKDlvWx0LR/HwnHp/mOOPTC"),
    ("sha256-crypt", "{CRYPT}$5$rounds=1000$saltsaltsalt1234$0zYA2t9cI87mrWupHK.sMKDlvWx0LR/HwnHp/mOOPTC"),
    ("bcrypt", "$2a$04$abcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW.u"),
    ("bcrypt", "$2b$04$abcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW.u"),
    ("bcrypt", "$2y$04$abcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW.u"),
    ("bcrypt", "$2x$04$abcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW.u"),
    ("bcrypt-sha256", "$bcrypt-sha256$v=2,t=2b,r=4$abcdefghijklmnopqrstuu$3VNavbghcRWyx7OYF4x3YJa.w9hBgg2"),
    ("plaintext", "$plaintext$insecure_secret"),
    ("plaintext", "$base64$aW5zZWN1cmVfc2VjcmV0"),
];

#[test]
fn digests_of_other_programs_verify() {
    for (family, text) in VECTORS {
        let digest = Digest::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert_eq!(digest.family(), family, "{text}");
        assert!(digest.verify(b"insecure_secret"), "{text}");
        assert!(!digest.verify(b"insecure_secreT"), "{text}");
        assert!(!digest.verify(b""), "{text}");
        assert_eq!(digest.is_expensive(), family != "plaintext");
        assert_eq!(digest.plaintext().is_some(), family == "plaintext");
        assert_eq!(format!("{digest:?}"), format!("Digest({family})"));
    }
}

#[test]
fn the_digest_of_the_guides_of_authelia_verifies() {
    let text = "$pbkdf2-sha512$310000$c8p78n7pUMln0jzvd4aK4Q$JNRBzwAo0ek5qKn50cFzzvE9RXV88h1wJn5KGiHrD0YKtZaR/nCb2CJPOsKaPK0hjf.9yHxzQGZziziccp6Yng";
    assert!(Digest::parse(text).unwrap().verify(b"insecure_secret"));
}

#[test]
fn a_yescrypt_digest_of_libxcrypt_verifies() {
    let text = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$wudkDJD0oOY0zkzL5AuJW.IIsY1p8KRVgnCO9GtfYF7";
    let digest = Digest::parse(text).unwrap();
    assert!(digest.verify(b"insecure_secret"));
    assert_eq!(digest.family(), "yescrypt");
}

#[test]
fn bcrypt_reads_72_bytes_and_every_byte_value() {
    let long = Digest::parse("$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i").unwrap();
    assert!(long.verify(&[b'x'; 80]) && long.verify(&[b'x'; 72]));
    assert!(!long.verify(&[b'x'; 71]));
    let umlaut = Digest::parse("$2b$04$abcdefghijklmnopqrstuuF7KK/SfP9IRGj0pPJMr8GdtCS8xpmpC").unwrap();
    assert!(umlaut.verify("päss".as_bytes()));
}

#[test]
fn a_digest_of_argon2_verifies_in_each_variant() {
    for variant in [Argon2Variant::Argon2id, Argon2Variant::Argon2i, Argon2Variant::Argon2d] {
        let parameters =
            Argon2Parameters { variant, iterations: 1, memory_kib: 64, parallelism: 2, ..Default::default() };
        let text = make_argon2(b"insecure_secret", &parameters).unwrap();
        let digest = Digest::parse(&text).unwrap();
        assert!(digest.verify(b"insecure_secret") && !digest.verify(b"insecure_secre"), "{text}");
    }
    // RFC 9106 has vectors with a key only; this one is from the reference implementation's test.c.
    let reference = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
    assert!(Digest::parse(reference).unwrap().verify(b"password"));
}

#[test]
fn the_dummy_costs_like_a_digest_and_fits_nothing() {
    let dummy = Digest::dummy();
    assert_eq!(dummy.family(), "argon2id");
    assert!(dummy.is_expensive());
    assert!(!dummy.verify(b"insecure_secret"));
}

#[test]
fn a_text_without_dollar_is_the_secret_itself() {
    let digest = Digest::parse("just a secret").unwrap();
    assert_eq!(digest.plaintext().unwrap().expose_secret(), "just a secret");
    assert!(digest.verify(b"just a secret"));
    assert_eq!(format!("{digest:?}"), "Digest(plaintext)");
    assert!(Digest::parse("$plaintext$with$dollars").unwrap().verify(b"with$dollars"));
    assert!(Digest::parse("$base64$w6Q=").unwrap().verify("ä".as_bytes()));
}

#[test]
fn a_text_that_begins_with_a_dollar_must_be_a_digest() {
    let unknown =
        ["$", "$1$salt$hash", "$argon2id", "$pbkdf2-md5$1$YWE$YWE", "{CRYPT}secret", "$ARGON2ID$v=19$a"];
    for text in unknown {
        assert_eq!(Digest::parse(text).unwrap_err(), DigestProblem::Unknown, "{text}");
    }
    for text in ["", "$plaintext$", "$base64$"] {
        assert_eq!(Digest::parse(text).unwrap_err(), DigestProblem::Empty, "{text}");
    }
    let malformed = [
        "$base64$/w",
        "$base64$!",
        "$pbkdf2-sha512$310000$...",
        "$pbkdf2-sha512$310000$$",
        "$pbkdf2-sha512$0$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$pbkdf2-sha512$+1$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$pbkdf2-sha512$1$c8p78n7pUMln0jzvd4aK4Q$c8p7",
        "$pbkdf2-sha512$1$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q==",
        "$argon2id$v=18$m=65536,t=3,p=4$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$argon2id$v=19$m=65536,t=3$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$argon2id$v=19$m=65536,t=3,t=3$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$argon2id$v=19$m=8,t=3,p=4$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$argon2id$v=19$m=8,t=3,p=4294967295$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$argon2id$v=19$m=65536,t=3,p=4$c8p7$c8p78n7pUMln0jzvd4aK4Q",
        "$scrypt$ln=0,r=8,p=1$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$2b$03$abcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW.u",
        "$2b$04$abcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW",
        "$2b$04$äbcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW.",
        "$bcrypt-sha256$v=1,t=2b,r=4$abcdefghijklmnopqrstuu$3VNavbghcRWyx7OYF4x3YJa.w9hBgg2",
        "$6$rounds=999$saltsalt$qXJtdn4aHiEzp8LuvRD152dfwFMuToRabPjM1ZXxz39HApDl5gHoLRCjXEvzSlFWfuKm2K47EbcQL8.LWgyDk0",
        "$6$saltsalt$qXJtdn4aHiEzp8LuvRD152dfwFMuToRabPjM1ZXxz39HApDl5gHoLRCjXEvzSlFWfuKm2K47EbcQL8.LWgyDk",
        "$6$saltsalt$qXJtdn4aHiEzp8LuvRD152dfwFMuToRabPjM1ZXxz39HApDl5gHoLRCjXEvzSlFWfuKm2K47EbcQL8.LWgyDk2",
        "$5$$0zYA2t9cI87mrWupHK.sMKDlvWx0LR/HwnHp/mOOPTC",
        "$y$$F5Jx5fExrKuPp53xLKQ..1$wudkDJD0oOY0zkzL5AuJW.IIsY1p8KRVgnCO9GtfYF7",
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$wudkDJD0oOY0zkzL5AuJW",
    ];
    for text in malformed {
        let problem = Digest::parse(text).unwrap_err();
        assert!(matches!(problem, DigestProblem::Malformed { .. }), "{text}: {problem}");
    }
}

#[test]
fn a_digest_that_would_take_minutes_is_refused() {
    let expensive = [
        "$argon2id$v=19$m=4194305,t=1,p=1$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$argon2id$v=19$m=65536,t=4294967295,p=1$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$scrypt$ln=30,r=8,p=1$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$scrypt$ln=64,r=8,p=1$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$scrypt$ln=16,r=8,p=4294967295$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$pbkdf2-sha512$20000001$c8p78n7pUMln0jzvd4aK4Q$c8p78n7pUMln0jzvd4aK4Q",
        "$2b$18$abcdefghijklmnopqrstuuetD7pPjMsPVYFWFIUUorW53cGfvCW.u",
        "$5$rounds=5000001$saltsaltsalt1234$0zYA2t9cI87mrWupHK.sMKDlvWx0LR/HwnHp/mOOPTC",
        "$y$jST$F5Jx5fExrKuPp53xLKQ..1$wudkDJD0oOY0zkzL5AuJW.IIsY1p8KRVgnCO9GtfYF7",
    ];
    for text in expensive {
        let problem = Digest::parse(text).unwrap_err();
        assert!(matches!(problem, DigestProblem::TooExpensive { .. }), "{text}: {problem}");
    }
}

#[test]
fn a_secret_beyond_the_limit_never_fits() {
    let secret = "x".repeat(MAX_SECRET + 1);
    assert!(!Digest::parse(&secret).unwrap().verify(secret.as_bytes()));
}

impl Family {
    fn print(&self) -> String {
        match self {
            Self::Argon2(digest) => digest.print(),
            Self::Scrypt(digest) => digest.print(),
            Self::Pbkdf2(digest) => digest.print(),
            Self::Bcrypt(digest) => digest.print(),
            Self::ShaCrypt(digest) => digest.print(),
            Self::Yescrypt(digest) => digest.print(),
            Self::Plaintext(text) => format!("$plaintext${}", text.expose_secret()),
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics_the_parser(text in "(\\{CRYPT\\})?\\$?(argon2id|scrypt|y|5|6|2b|bcrypt-sha256|pbkdf2-sha256)?\\$.{0,80}") {
        let _ = Digest::parse(&text);
    }

    #[test]
    fn no_cost_overflows(a in any::<u64>(), b in any::<u64>(), c in any::<u64>(), salt in "[A-Za-z0-9+/]{0,40}") {
        let hash = "o/vzA4myCqZZ36bUGsDY//8mKUYNZZaR0t4MFFSs+iM";
        for text in [
            format!("$argon2id$v=19$m={a},t={b},p={c}${salt}${hash}"),
            format!("$scrypt$ln={a},r={b},p={c}${salt}${hash}"),
            format!("$pbkdf2-sha512${a}${salt}${hash}"),
            format!("$6$rounds={a}${salt}${hash}"),
            format!("$2b${a}${salt}{hash}"),
            format!("$bcrypt-sha256$v={a},t=2b,r={b}${salt}${hash}"),
        ] {
            let _ = Digest::parse(&text);
        }
    }

    #[test]
    fn no_changed_digest_panics(which in 0..VECTORS.len(), at in any::<prop::sample::Index>(), with in any::<char>()) {
        let mut characters: Vec<char> = VECTORS[which].1.chars().collect();
        let at = at.index(characters.len());
        characters[at] = with;
        let _ = Digest::parse(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn a_plaintext_is_read_as_it_is_written(secret in "\\PC{1,60}") {
        let digest = Digest::parse(&format!("$plaintext${secret}")).unwrap();
        let read = digest.plaintext().map(secrecy::ExposeSecret::expose_secret);
        prop_assert_eq!(read, Some(secret.as_str()));
    }

    #[test]
    fn no_yescrypt_parameters_panic(parameters in "j?[./0-9A-Za-z]{0,12}") {
        let _ = Digest::parse(&format!("$y${parameters}$F5Jx5fExrKuPp53xLKQ..1$wudkDJD0oOY0zkzL5AuJW.IIsY1p8KRVgnCO9GtfYF7"));
    }

    #[test]
    fn what_is_read_prints_as_it_was_written(
        salt in prop::collection::vec(any::<u8>(), 8..40),
        key in prop::collection::vec(any::<u8>(), 16..70),
        fixed in any::<[u8; 39]>(),
        cost in 4_u32..=17,
        ln in 1_u32..=16,
        (r, p) in (1_u32..=8, 1_u32..=8),
    ) {
        let (plain, adapted) = (fields::to_base64, to_adapted_base64);
        // Argon2 wants eight blocks of memory for each lane.
        let memory = 1024 * p;
        let bcrypt = |bytes: &[u8]| bcrypt::BASE64.encode(bytes);
        let (bcrypt_salt, bcrypt_key) = (bcrypt(&fixed[..16]), bcrypt(&fixed[16..]));
        for text in [
            format!("$argon2id$v=19$m={memory},t={r},p={p}${}${}", plain(&salt), plain(&key)),
            format!("$argon2d$v=19$m={memory},t={r},p={p}${}${}", plain(&salt), plain(&key)),
            format!("$scrypt$ln={ln},r={r},p={p}${}${}", plain(&salt), plain(&key)),
            format!("$pbkdf2-sha512${}${}${}", 1000 * cost, adapted(&salt), adapted(&key)),
            format!("$pbkdf2-sha256${}${}${}", 1000 * cost, adapted(&salt), adapted(&key)),
            format!("$2b${cost:02}${bcrypt_salt}{bcrypt_key}"),
            format!("$bcrypt-sha256$v=2,t=2b,r={cost}${bcrypt_salt}${bcrypt_key}"),
            format!("$6$rounds={}$saltsalt${}", 1000 * cost, "a".repeat(85) + "/"),
            format!("$5$saltsalt${}", "a".repeat(42) + "."),
        ] {
            let digest = Digest::parse(&text).map_err(|problem| TestCaseError::fail(format!("{text}: {problem}")))?;
            prop_assert_eq!(digest.family.print(), text);
        }
    }
}

//! The defaults of the table are those of the code, and no option that works is read and forgotten.

use serde_yaml::Value;
use signet::config::options::{Fallback, Kind, all};
use signet::settings::Settings;

use super::option::{base, loaded, other, put};
use super::{folder, p256, rsa};

/// What settings hold, without where it came from.
fn bare(settings: &Settings) -> String {
    let mut text = format!("{settings:?}").replace("origin: Default", "origin: …");
    while let Some((before, rest)) = text.split_once("File {") {
        let (_, after) = rest.split_once('}').unwrap();
        text = format!("{before}…{after}");
    }
    text
}

#[test]
fn an_option_at_its_default_changes_nothing() {
    let folder = folder();
    let mut wrong = Vec::new();
    for option in all().filter(|option| option.state.is_none()) {
        let Fallback::Value(default) = option.fallback else { continue };
        let mut root = base(folder.path(), &option.path);
        put(&mut root, &option.path, Value::Null);
        let before = bare(&loaded(&root).settings.unwrap());
        let value = match option.kind {
            Kind::Text | Kind::OneOf(_) | Kind::Time => default.into(),
            _ => serde_yaml::from_str(default).unwrap(),
        };
        put(&mut root, &option.path, value);
        let after = loaded(&root);
        match &after.settings {
            Some(settings) if bare(settings) == before => {}
            Some(_) => wrong.push(format!("{}: {default} is not what holds without it", option.path)),
            None => wrong.push(format!("{}: {default}: {}", option.path, after.problems)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Values of options that are judged by more than their kind.
fn fitting(path: &str, folder: &std::path::Path) -> Option<Value> {
    let file = |name: &str| Some(Value::from(folder.join(name).display().to_string()));
    let text = match path.strip_prefix("identity_providers.oidc.").unwrap_or(path) {
        "log.file_path" | "storage.local.path" => return file("other"),
        "authentication_backend.file.path" => {
            std::fs::write(folder.join("others.yml"), "users: {}\n").unwrap();
            return file("others.yml");
        }
        "server.address" => "tcp://127.0.0.1:9092/",
        "telemetry.metrics.address" => "tcp://127.0.0.1:9960/figures",
        "storage.postgres.address" | "storage.postgres.servers[].address" => "tcp://other:5432",
        "server.trusted_proxies"
        | "outbound.allowed_networks"
        | "definitions.network.<name>"
        | "authorization_policies.<name>.rules[].networks" => "198.51.100.0/24",
        "server.buffers.read" | "telemetry.metrics.buffers.read" => return Some(65_536.into()),
        "totp.allowed_periods" => return Some(60.into()),
        "authentication_backend.password_reset.custom_url" | "session.cookies[].default_redirection_url" => {
            "https://www.example.com/"
        }
        "regulation.find_time" | "session.cookies[].inactivity" | "session.inactivity" => "3m",
        "session.cookies[].domain" => "auth.example.com",
        "session.cookies[].authelia_url" => "https://login.example.com",
        "authorization_policies.<name>.rules[].subject" => "group:admins",
        "claims_policies.<name>.id_token"
        | "claims_policies.<name>.access_token"
        | "scopes.<name>.claims" => "locale",
        "claims_policies.<name>.custom_claims.<name>.attribute" => "locale",
        "cors.allowed_origins" => "https://spa.example.com",
        "cors.endpoints" => "token",
        "clients[].redirect_uris" | "clients[].post_logout_redirect_uris" => "https://app.example.com/other",
        "clients[].request_uris" => "https://app.example.com/request.jwt",
        "clients[].jwks_uri" => "https://app.example.com/keys.json",
        "clients[].sector_identifier_uri" => "https://app.example.com/sector.json",
        "clients[].authorization_policy" => "one_factor",
        "clients[].claims_policy" => "generous",
        "clients[].scopes" => "openid",
        "clients[].grant_types" => return Some(vec!["authorization_code", "refresh_token"].into()),
        "clients[].consent_mode" => "implicit",
        "clients[].pkce_challenge_method" => "S256",
        "clients[].response_modes" => "fragment",
        "clients[].jwks[].algorithm" => "PS256",
        _ if path.ends_with("_endpoint_auth_signing_alg") => "HS512",
        _ if path.ends_with(".buckets[].requests") => return Some(31.into()),
        _ if path.ends_with("_endpoint_auth_method") => "client_secret_post",
        _ => return None,
    };
    Some(text.into())
}

/// Options that change nothing by themselves: each is shown by a test of its own.
const TOGETHER: &[&str] = &[
    // the two files belong together
    "server.tls.certificate",
    "server.tls.key",
    "storage.postgres.tls.certificate_chain",
    "storage.postgres.tls.private_key",
    "storage.postgres.servers[].tls.certificate_chain",
    "storage.postgres.servers[].tls.private_key",
    // a folder of certificates, which are read from it; an expression, which a claim must name
    "certificates_directory",
    "definitions.user_attributes.<name>.expression",
    // only what Signet works with is taken
    "session.same_site",
    "session.cookies[].same_site",
    "identity_providers.oidc.jwks[].use",
    "identity_providers.oidc.discovery_signed_response_key_id",
    "identity_providers.oidc.discovery_signed_response_alg",
    "identity_providers.oidc.jwks[].state",
    "identity_providers.oidc.jwks[].certificate_chain",
    "identity_providers.oidc.issuer_certificate_chain",
    "identity_providers.oidc.clients[].response_types",
    // none but another of the same kind can stand there
    "identity_providers.oidc.jwks[].algorithm",
    "identity_providers.oidc.jwks[].key",
    "identity_providers.oidc.issuer_private_key",
    "identity_providers.oidc.hmac_secret",
    "storage.encryption_key",
    "storage.postgres.password",
    "identity_providers.oidc.clients[].client_secret",
    "identity_providers.oidc.clients[].jwks[].key",
    "identity_providers.oidc.clients[].jwks[].certificate_chain",
    // they name a key of another algorithm
    "identity_providers.oidc.clients[].id_token_signed_response_alg",
    "identity_providers.oidc.clients[].id_token_signed_response_key_id",
    "identity_providers.oidc.clients[].access_token_signed_response_alg",
    "identity_providers.oidc.clients[].access_token_signed_response_key_id",
    "identity_providers.oidc.clients[].userinfo_signed_response_alg",
    "identity_providers.oidc.clients[].userinfo_signed_response_key_id",
    "identity_providers.oidc.clients[].introspection_signed_response_alg",
    "identity_providers.oidc.clients[].introspection_signed_response_key_id",
    "identity_providers.oidc.clients[].authorization_signed_response_alg",
    "identity_providers.oidc.clients[].authorization_signed_response_key_id",
    // they belong together, and need a key to encrypt to
    "identity_providers.oidc.clients[].request_object_encryption_alg",
    "identity_providers.oidc.clients[].request_object_encryption_enc",
    "identity_providers.oidc.clients[].authorization_encrypted_response_alg",
    "identity_providers.oidc.clients[].authorization_encrypted_response_enc",
    "identity_providers.oidc.clients[].authorization_encrypted_response_key_id",
    "identity_providers.oidc.clients[].id_token_encrypted_response_alg",
    "identity_providers.oidc.clients[].id_token_encrypted_response_enc",
    "identity_providers.oidc.clients[].id_token_encrypted_response_key_id",
    "identity_providers.oidc.clients[].access_token_encrypted_response_alg",
    "identity_providers.oidc.clients[].access_token_encrypted_response_enc",
    "identity_providers.oidc.clients[].access_token_encrypted_response_key_id",
    "identity_providers.oidc.clients[].userinfo_encrypted_response_alg",
    "identity_providers.oidc.clients[].userinfo_encrypted_response_enc",
    "identity_providers.oidc.clients[].userinfo_encrypted_response_key_id",
    "identity_providers.oidc.clients[].introspection_encrypted_response_alg",
    "identity_providers.oidc.clients[].introspection_encrypted_response_enc",
    "identity_providers.oidc.clients[].introspection_encrypted_response_key_id",
    // they are for a client that acts for itself: configuration::machine
    "identity_providers.oidc.clients[].subject",
    "identity_providers.oidc.clients[].claims.<name>",
    // it must name another, and is refused for a client that has a secret
    "identity_providers.oidc.clients[].lifespan",
    "identity_providers.oidc.clients[].public",
];

#[test]
fn every_option_that_works_reaches_the_settings() {
    let folder = folder();
    let mut lost = Vec::new();
    for option in all().filter(|option| option.state.is_none()) {
        if TOGETHER.contains(&option.path.as_str()) {
            continue;
        }
        let mut root = base(folder.path(), &option.path);
        if matches!(option.fallback, Fallback::Value(_)) {
            put(&mut root, &option.path, Value::Null);
        }
        let before = bare(&loaded(&root).settings.unwrap());
        put(&mut root, &option.path, fitting(&option.path, folder.path()).unwrap_or_else(|| other(&option)));
        let after = loaded(&root);
        match &after.settings {
            Some(settings) if bare(settings) != before => {}
            Some(_) => lost.push(format!("{}: changes nothing\n{}", option.path, after.problems)),
            None => lost.push(format!("{}: {}", option.path, after.problems)),
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn options_that_need_others_reach_the_settings_together() {
    let folder = folder();
    let more = |pairs: &[(&str, Value)]| {
        let mut root = base(folder.path(), pairs[0].0);
        let before = bare(&loaded(&root).settings.unwrap());
        for (path, value) in pairs {
            put(&mut root, path, value.clone());
        }
        let after = loaded(&root);
        let settings = after.settings.unwrap_or_else(|| panic!("{pairs:?}: {}", after.problems));
        assert_ne!(bare(&settings), before, "{pairs:?}");
    };
    more(&[("server.tls.certificate", "/c.pem".into()), ("server.tls.key", "/k.pem".into())]);
    for tls in ["storage.postgres.tls", "storage.postgres.servers[].tls"] {
        let chain = (format!("{tls}.certificate_chain"), format!("{tls}.private_key"));
        more(&[(&chain.0, "C".into()), (&chain.1, "K".into())]);
    }
    more(&[("storage.postgres.password", "p".into())]);
    let client = |option: &str| format!("identity_providers.oidc.clients[].{option}");
    let keys = |second: &str, more: &str| -> Value {
        let json = |pem: &str| serde_json::to_string(pem).unwrap();
        let text = format!("[{{key: {}}}, {{key_id: 'second', key: {}{more}}}]", json(rsa()), json(second));
        serde_yaml::from_str(&text).unwrap()
    };
    let with_keys = |keys: Value| {
        let mut root = base(folder.path(), "");
        put(&mut root, "identity_providers.oidc.jwks", keys);
        root
    };
    let algorithms = ["", ", algorithm: 'PS256'"]
        .map(|more| bare(&loaded(&with_keys(keys(rsa(), more))).settings.unwrap()));
    assert_ne!(algorithms[0], algorithms[1]);
    for (option, value) in [
        ("id_token_signed_response_alg", "ES256"),
        ("id_token_signed_response_key_id", "second"),
        ("access_token_signed_response_alg", "ES256"),
        ("access_token_signed_response_key_id", "second"),
        ("userinfo_signed_response_alg", "ES256"),
        ("userinfo_signed_response_key_id", "second"),
        ("introspection_signed_response_alg", "ES256"),
        ("introspection_signed_response_key_id", "second"),
        ("authorization_signed_response_alg", "ES256"),
        ("authorization_signed_response_key_id", "second"),
    ] {
        let mut root = with_keys(keys(p256(), ""));
        let before = bare(&loaded(&root).settings.unwrap());
        put(&mut root, &client(option), value.into());
        assert_ne!(bare(&loaded(&root).settings.unwrap()), before, "{option}");
    }
    for object in ["id_token", "access_token", "userinfo", "introspection", "authorization"] {
        let public = |pem: &str| {
            let key = openssl::pkey::PKey::private_key_from_pem(pem.as_bytes()).unwrap();
            String::from_utf8(key.public_key_to_pem().unwrap()).unwrap()
        };
        let json = |pem: &str| serde_json::to_string(&public(pem)).unwrap();
        let key = |kid: &str| format!("{{key_id: '{kid}', use: 'enc', key: {}}}", json(p256()));
        let mut root = base(folder.path(), "");
        let keys = serde_yaml::from_str(&format!("[{}, {}]", key("a"), key("b"))).unwrap();
        put(&mut root, &client("jwks"), keys);
        put(&mut root, &client(&format!("{object}_signed_response_alg")), "RS256".into());
        for (part, value) in [("alg", "ECDH-ES"), ("enc", "A256GCM"), ("key_id", "b")] {
            let before = bare(&loaded(&root).settings.unwrap());
            put(&mut root, &client(&format!("{object}_encrypted_response_{part}")), value.into());
            assert_ne!(bare(&loaded(&root).settings.unwrap()), before, "{object} {part}");
        }
    }
    more(&[(&client("public"), true.into()), (&client("client_secret"), Value::Null)]);
    more(&[(&client("lifespan"), Value::Null)]);
}

//! The JSON Schema takes what Signet takes, and refuses what it refuses by key and type.

use std::fs;
use std::path::Path;
use std::process::Command;

use boon::{Compiler, Schemas};
use serde_json::{Value, json};

use signet::config::options::{Kind, Standing, all};
use signet::yaml::Problem;

use super::example::switched_on;
use super::option::{loaded, put, told};

/// A validator of draft 2020-12, and the schema as the program writes it.
struct Judge {
    schemas: Schemas,
    index: boon::SchemaIndex,
}

impl Judge {
    fn new() -> Self {
        let output = Command::new(env!("CARGO_BIN_EXE_signet"))
            .args(["config", "schema"])
            .env_clear()
            .output()
            .unwrap();
        assert!(output.status.success());
        let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("configuration.json", schema).unwrap();
        let index = compiler.compile("configuration.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn judge(&self, configuration: &Value) -> Result<(), String> {
        self.schemas.validate(configuration, self.index).map_err(|error| format!("{error:#}"))
    }
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// The second over the first, as files of a configuration are merged.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_example_the_demo_and_the_whole_corpus_are_taken() {
    let judge = Judge::new();
    let example = read("configuration.yml.example");
    let mut wrong = Vec::new();
    let mut take = |name: &str, configuration: &Value| {
        if let Err(error) = judge.judge(configuration) {
            wrong.push(format!("{name}: {error}"));
        }
    };
    take("example", &yaml(&example));
    take("example, all switched on", &yaml(&switched_on(&example)));
    take("demo", &yaml(&read("src/cli/demo/configuration.yml")));
    let base = yaml(&read("tests/it/configuration/corpus/base.yml"));
    let mut count = 0;
    for entry in
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/configuration/corpus")).unwrap()
    {
        let path = entry.unwrap().path();
        let beside = ["base.yml", "users_database.yml"].iter().any(|name| path.ends_with(name));
        if path.extension().is_some_and(|extension| extension == "yml") && !beside {
            let mut whole = base.clone();
            merge(&mut whole, yaml(&fs::read_to_string(&path).unwrap()));
            take(&path.display().to_string(), &whole);
            count += 1;
        }
    }
    assert!(count > 80, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_wrong_by_key_or_type_is_refused() {
    let judge = Judge::new();
    let oidc = |inner: Value| json!({"identity_providers": {"oidc": inner}});
    let client = |inner: Value| oidc(json!({"clients": [inner]}));
    for (right, wrong) in [
        (json!({"server": {"address": "tcp://:9091/"}}), json!({"server": {"adress": "tcp://:9091/"}})),
        (json!({"theme": "dark"}), json!({"theme": "pink"})),
        (json!({"session": {"cookies": []}}), json!({"session": {"cookies": {"domain": "example.com"}}})),
        (json!({"log": {"keep_stdout": true}}), json!({"log": {"keep_stdout": "yes"}})),
        (json!({"totp": {"digits": 8}}), json!({"totp": {"digits": 7}})),
        (json!({"totp": {"secret_size": 20}}), json!({"totp": {"secret_size": 19}})),
        (json!({"totp": {"period": 30}}), json!({"totp": {"period": 30.5}})),
        (json!({"regulation": {"modes": ["user", "ip"]}}), json!({"regulation": {"modes": ["users"]}})),
        (json!({"regulation": {"find_time": "1h30m"}}), json!({"regulation": {"find_time": "soon"}})),
        (json!({"regulation": {"ban_time": 300}}), json!({"regulation": {"ban_time": 1.5}})),
        (
            oidc(json!({"lifespans": {"custom": {"any name": {"access_token": "2 days"}}}})),
            oidc(json!({"lifespans": {"custom": {"any name": {"acess_token": "2 days"}}}})),
        ),
        (
            oidc(json!({"lifespans": {"id_token": "1 hour and 5 m"}})),
            oidc(json!({"lifespans": {"id_token": "1 x"}})),
        ),
        (client(json!({"scopes": "openid"})), client(json!({"scopes": {"openid": true}}))),
        (client(json!({"response_modes": ["query"]})), client(json!({"response_modes": ["querry"]}))),
        (client(json!({"client_id": 123})), client(json!({"client_id": ["app"]}))),
        (client(json!({"pkce_challenge_method": ""})), client(json!({"pkce_challenge_method": "s256"}))),
        (
            oidc(
                json!({"authorization_policies": {"p": {"rules": [{"subject": [["user:a", "group:b"], "user:c"]}]}}}),
            ),
            oidc(json!({"authorization_policies": {"p": {"rules": [{"subject": [[["user:a"]]]}]}}})),
        ),
        (oidc(json!({"minimum_parameter_entropy": -1})), oidc(json!({"minimum_parameter_entropy": "many"}))),
        (json!({"server": null}), json!({"server": "tcp://:9091/"})),
        (json!({}), json!(["server"])),
    ] {
        assert_eq!(judge.judge(&right), Ok(()));
        assert!(judge.judge(&wrong).is_err(), "{wrong}");
    }
}

/// Whether the check of keys and types finds nothing at an option or below it.
fn taken_by_the_check(option: &str, value: &Value) -> bool {
    let mut root = serde_yaml::Value::Mapping(serde_yaml::Mapping::new());
    put(&mut root, option, serde_yaml::to_value(value).unwrap());
    let path = told(option);
    let found = |problem: &Problem| {
        let by_kind = ["wrong_type", "bad_duration", "unknown_option"].contains(&problem.code)
            || problem.code == "out_of_range" && problem.message.starts_with("the number must be")
            || problem.code == "bad_value" && problem.message.starts_with("the value must be one of")
            || problem.code == "bad_value" && problem.message.starts_with("the number must be");
        problem.path.starts_with(&path) && by_kind
    };
    !loaded(&root).problems.iter().any(found)
}

#[test]
fn the_schema_takes_what_the_check_takes() {
    let judge = Judge::new();
    let mut wrong = Vec::new();
    for option in
        all().filter(|option| option.state.is_none_or(|state| state.standing() != Standing::Renamed))
    {
        let values = [
            json!(true),
            json!(7),
            json!(-1),
            json!(20000),
            json!(1.5),
            json!("true"),
            json!("7"),
            json!("7m"),
            json!("1 hour and 30 minutes"),
            json!("-5m"),
            json!("sample"),
            json!(""),
            json!(null),
            json!([]),
            json!(["sample"]),
            json!([7]),
            json!([["sample"]]),
            json!({"sample": 1}),
            json!("always"),
        ];
        for value in values {
            // A number in quotes is held against its range by the check alone, and a free value by its section.
            if matches!(option.kind, Kind::Whole(..)) && value == "7"
                || matches!(option.kind, Kind::Anything) && option.state.is_none()
            {
                continue;
            }
            let mut root = serde_yaml::Value::Mapping(serde_yaml::Mapping::new());
            put(&mut root, &option.path, serde_yaml::to_value(&value).unwrap());
            let by_schema = judge.judge(&serde_json::to_value(&root).unwrap());
            if by_schema.is_ok() != taken_by_the_check(&option.path, &value) {
                wrong.push(format!("{}: {value}: {by_schema:?}", option.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn options_say_what_they_are_for_and_what_becomes_of_them() {
    let schema = signet::config::options::schema();
    let oidc = &schema["properties"]["identity_providers"]["properties"]["oidc"]["properties"];
    assert_eq!(oidc["enforce_pkce"]["default"], "public_clients_only");
    assert!(oidc["enforce_pkce"]["description"].as_str().unwrap().contains("PKCE"));
    assert_eq!(oidc["minimum_parameter_entropy"]["default"], 8);
    assert_eq!(schema["properties"]["regulation"]["properties"]["modes"]["default"], json!(["user"]));
    assert_eq!(schema["properties"]["log"]["properties"]["keep_stdout"]["default"], false);
    for old in
        [&schema["properties"]["access_control"], &schema["properties"]["ntp"]["properties"]["version"]]
    {
        assert_eq!(old["deprecated"], true);
    }
    let host = &schema["properties"]["host"];
    assert_eq!(
        (&host["deprecated"], &host["description"]),
        (&json!(true), &json!("Write it as server.address"))
    );
    assert_eq!(oidc["hmac_secret"].get("deprecated"), None);
}

//! `docs/relying-parties/`: what the pages of the fast lane show is what is run.

use std::path::Path;
use std::process::Command;

use crate::support::process::SIGNET;
use crate::support::{Person, configuration};

/// The pages, and the files that each of them names.
const PAGES: &[(&str, &[&str])] = &[
    ("angos", &["tests/it/verifiers/angos.rs", "tests/it/verifiers/angos.yml"]),
    ("cloudsmith", &["tests/interop/svcx.py", "tests/interop/services.py", "tests/interop/services.jsonl"]),
    (
        "octopus-deploy",
        &["tests/interop/svcx.py", "tests/interop/services.py", "tests/interop/services.jsonl"],
    ),
    ("github-actions-style-jobs", &["tests/interop/actions.mjs", "tests/interop/services.py"]),
    (
        "openid-client",
        &[
            "tests/interop/relying_party.mjs",
            "tests/interop/code_flow.mjs",
            "tests/interop/machines_and_keys.mjs",
            "tests/interop/lies.mjs",
        ],
    ),
    (
        "openidconnect",
        &["tests/it/interop/openidconnect.rs", "tests/it/interop/openidconnect/application.rs"],
    ),
    ("authlib", &["tests/interop/flask_app.py", "tests/interop/authlib_flask.py"]),
    ("pyjwt", &["tests/interop/pyjwt_api.py"]),
];

/// The code of a page: its language, the file of the page in which it stands, and what the page writes for the names there.
struct Code {
    page: &'static str,
    language: &'static str,
    file: &'static str,
    written: &'static [(&'static str, &'static str)],
}

const CODE: &[Code] = &[
    Code { page: "authlib", language: "python", file: "tests/interop/flask_app.py", written: &[] },
    Code { page: "pyjwt", language: "python", file: "tests/interop/pyjwt_api.py", written: &[] },
    Code {
        page: "github-actions-style-jobs",
        language: "js",
        file: "tests/interop/actions.mjs",
        written: &[],
    },
    Code {
        page: "openid-client",
        language: "js",
        file: "tests/interop/relying_party.mjs",
        written: &[
            ("const config = await client.discovery", "return client.discovery"),
            ("'https://auth.example.com'", "issuer"),
            ("'node-app'", "clientId"),
            ("'replace-this-with-the-secret'", "`${clientId}-secret`"),
            ("'https://app.example.com/callback'", "REDIRECT_URI"),
            ("'openid profile email groups offline_access'", "more.scope ?? SCOPE"),
        ],
    },
    Code {
        page: "openidconnect",
        language: "rust",
        file: "tests/it/interop/openidconnect/application.rs",
        written: &[("\"https://auth.example.com\".to_owned()", "issuer")],
    },
];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn page(name: &str) -> String {
    read(&format!("docs/relying-parties/{name}.md"))
}

/// The blocks of a page, each after its language; what is typed at a shell has none.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    // Every other piece between fences is a block.
    page.split("\n```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap()).collect()
}

/// The registration of a page, with a secret that tests know.
pub fn registration(name: &str, secret: &str) -> String {
    let page = page(name);
    let shown: Vec<_> = blocks(&page).into_iter().filter(|(language, _)| *language == "yaml").collect();
    assert_eq!(shown.len(), 1, "{name} shows one configuration of Signet");
    shown[0].1.replace("replace-this-with-a-digest", &format!("digest:{secret}"))
}

/// Without white space, which is formatted as a page or a program has room.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn every_page_names_its_scripts_and_shows_a_configuration_that_is_valid() {
    for (name, files) in PAGES {
        let text = page(name);
        for file in *files {
            assert!(text.contains(&format!("`{file}`")), "{name} does not name {file}");
            read(file);
        }
        let fragment = registration(name, "secret");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
        configuration::settings(&configuration::text(&fragment, folder.path(), None));
    }
}

#[test]
fn code_that_a_page_shows_is_the_code_that_is_run() {
    let mut compared = 0;
    for (name, files) in PAGES {
        for (language, block) in blocks(&page(name)) {
            let code = CODE.iter().find(|code| (code.page, code.language) == (*name, language));
            let Some(Code { file, written, .. }) = code else {
                let elsewhere = matches!(language, "" | "yaml") || (*name, language) == ("angos", "toml");
                assert!(elsewhere, "{name} shows code that nothing runs:\n{block}");
                continue;
            };
            assert!(files.contains(file), "{name} does not name {file}");
            let meant =
                written.iter().fold(block.to_owned(), |text, (shown, meant)| text.replace(shown, meant));
            let run = read(file);
            // Indentation says something in Python; elsewhere lines between two blank ones may stand apart.
            let stands = match language {
                "python" => run.contains(&meant),
                _ => meant.split("\n\n").all(|lines| dense(&run).contains(&dense(lines))),
            };
            assert!(stands, "{name} shows what {file} does not hold:\n{block}");
            compared += 1;
        }
    }
    assert!(compared >= CODE.len(), "{compared} blocks were compared");
    let angos = page("angos");
    let rule = crate::verifiers::angos::RULE;
    assert!(
        blocks(&angos).iter().any(|(language, block)| *language == "toml" && block.contains(rule)),
        "the rule of the page is not the one that is tried"
    );
}

/// What stands behind each `signet token` of a shell: to the end of the line, a pipe, or the end of a substitution.
fn commands(block: &str) -> impl Iterator<Item = Vec<&str>> {
    let rests = block.split("signet token").skip(1);
    rests.map(|rest| rest.split(['\n', '|', ')']).next().unwrap().split_whitespace().collect())
}

#[test]
fn commands_of_signet_that_a_page_shows_are_those_that_it_takes() {
    let mut tried = 0;
    for (name, _) in PAGES {
        for (_, block) in blocks(&page(name)).into_iter().filter(|(language, _)| language.is_empty()) {
            for command in commands(block) {
                // Help is given once all that stands before was understood, and nobody is asked for a token.
                let ran = Command::new(SIGNET).arg("token").args(&command).arg("--help").output().unwrap();
                assert!(
                    ran.status.success(),
                    "{name}: {command:?}\n{}",
                    String::from_utf8_lossy(&ran.stderr)
                );
                tried += 1;
            }
        }
    }
    assert!(tried >= 5, "{tried} commands were tried");
}

//! `docs/relying-parties/`: what the pages of the fast lane show is what is run.

use std::path::Path;

use crate::support::{Person, configuration};

/// The pages, and what each shows of the files that it names.
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
        &["tests/interop/code_flow.mjs", "tests/interop/machines_and_keys.mjs", "tests/interop/lies.mjs"],
    ),
    ("openidconnect", &["tests/it/interop/openidconnect.rs"]),
    ("authlib", &["tests/interop/flask_app.py", "tests/interop/authlib_flask.py"]),
    ("pyjwt", &["tests/interop/pyjwt_api.py"]),
];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of a language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let opening = format!("```{language}\n");
    page.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_page_names_its_scripts_and_shows_a_configuration_that_is_valid() {
    for (name, files) in PAGES {
        let page = read(&format!("docs/relying-parties/{name}.md"));
        for file in *files {
            assert!(page.contains(&format!("`{file}`")), "{name} does not name {file}");
            read(file);
        }
        let shown = blocks(&page, "yaml");
        assert_eq!(shown.len(), 1, "{name} shows one configuration of Signet");
        let fragment = shown[0].replace("replace-this-with-a-digest", "digest:secret");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
        configuration::settings(&configuration::text(&fragment, folder.path(), None));
    }
}

#[test]
fn code_that_a_page_shows_is_the_code_that_is_run() {
    let shown = |page: &str, language: &str| {
        blocks(&read(&format!("docs/relying-parties/{page}.md")), language).concat()
    };
    for (page, language, file) in [
        ("authlib", "python", "tests/interop/flask_app.py"),
        ("pyjwt", "python", "tests/interop/pyjwt_api.py"),
    ] {
        let (page_text, code) = (read(&format!("docs/relying-parties/{page}.md")), read(file));
        for block in blocks(&page_text, language) {
            assert!(code.contains(block), "{page} shows what {file} does not hold:\n{block}");
        }
    }
    let rule = crate::verifiers::angos::RULE;
    assert!(shown("angos", "toml").contains(rule), "the rule of the page is not the one that is tried");
}

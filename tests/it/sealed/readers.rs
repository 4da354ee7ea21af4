//! Two libraries that are no relatives of Signet's: node's `jose` and Python's `jwcrypto`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// A sealed token, and what its reader has to know.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// What tells it from the others of one run.
    pub name: String,
    pub token: String,
    /// `alg` and `enc`.
    pub encrypted: Option<(String, String)>,
    /// The PEM of the private key that it is encrypted to.
    pub private: Option<String>,
    pub secret: String,
    /// `alg` of the signature within.
    pub signed: String,
}

/// Opens everything with both libraries; what they read must be the same.
pub async fn read(jwks: Value, sealed: Vec<Sealed>) -> Value {
    let input = sealed.iter().map(|it| {
        let (alg, enc) = it.encrypted.clone().unzip();
        json!({ "name": it.name, "token": it.token, "alg": alg, "enc": enc, "private": it.private,
            "secret": it.secret, "jwks": jwks, "signed": it.signed })
    });
    let input = Value::Array(input.collect()).to_string();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    assert!(
        folder.join("node_modules/jose").exists(),
        "jose is missing: run `npm ci` in tests/interop (`make test` does); npm is the Debian package `npm`"
    );
    let (node, python) =
        (run("node", &["open.mjs"], &folder, &input), run("/usr/bin/python3", &["open.py"], &folder, &input));
    let (node, python) = tokio::join!(node, python);
    assert_eq!(node, python, "the two libraries read different things");
    node
}

/// Encrypts by `jwcrypto`: a list of what `seal.py` takes, and the tokens by their names.
pub async fn sealed_by_python(cases: Value) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    run("/usr/bin/python3", &["-B", "seal.py"], &folder, &cases.to_string()).await
}

async fn run(program: &'static str, arguments: &'static [&'static str], folder: &Path, input: &str) -> Value {
    let (folder, input) = (folder.to_owned(), input.to_owned());
    let ran = tokio::task::spawn_blocking(move || {
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().expect("a pipe");
        let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output();
        let _ = writing.join();
        output
    });
    let output = ran.await.unwrap().unwrap_or_else(|error| {
        panic!("{program} is missing ({error}): apt-get install -y --no-install-recommends nodejs npm python3-jwcrypto")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?} (python3-jwcrypto is a Debian package):\n{said}"
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

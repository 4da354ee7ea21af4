//! Signet as its own process, over http on loopback or over https with an authority that only its clients know.

use std::path::PathBuf;

use tempfile::TempDir;

use super::web::Web;
use crate::support::certificates::Authority;
use crate::support::fleet::free_ports;
use crate::support::process::{Process, signet};
use crate::support::wait::{PATIENCE, until};
use crate::support::{Person, configuration};

/// The clients of every script.
const CLIENTS: &str = include_str!("relying_parties.yml");

/// Alice's.
const PASSWORD: &str = "alice-password";

/// A running provider, and all that a script must know of it.
pub struct House {
    pub issuer: String,
    process: Process,
    folder: TempDir,
    https: bool,
}

impl House {
    /// At `http://127.0.0.1`.
    pub fn over_http() -> Self {
        Self::of(CLIENTS, false)
    }

    /// At `https://127.0.0.1`.
    pub fn over_https() -> Self {
        Self::of(CLIENTS, true)
    }

    /// With clients of one's own.
    pub fn of(clients: &str, https: bool) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_ports(1)[0]);
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (host, scheme) = ("127.0.0.1", if https { "https" } else { "http" });
        let issuer = format!("{scheme}://{host}:{port}");
        let mut tls = String::new();
        if https {
            let authority = Authority::new();
            let made = authority.made(host);
            std::fs::write(path("ca.pem"), authority.root()).unwrap();
            std::fs::write(path("tls.crt"), made.chain).unwrap();
            std::fs::write(path("tls.key"), made.key).unwrap();
            tls = format!(", tls: {{certificate: '{}', key: '{}'}}", path("tls.crt"), path("tls.key"));
        }
        let own = format!(
            "server: {{address: 'tcp://127.0.0.1:{port}/'{tls}}}\nsession: {{cookies: [{{domain: {host}, authelia_url: '{issuer}'}}]}}\n"
        );
        let written = |states: [Option<&str>; 2]| {
            let keys = states.into_iter().zip([("first", "rsa"), ("second", "other-rsa")]);
            let keys = keys.filter_map(|(state, (name, key))| {
                Some(format!("{{key_id: {name}, state: {}, key: 'key:{key}'}}, ", state?))
            });
            let keys: String = keys.collect();
            let jwks = format!("identity_providers: {{oidc: {{jwks: [{keys}{{key: 'key:p256'}}]}}}}");
            let fragment = configuration::joined(&configuration::joined(clients, &own), &jwks);
            configuration::text(&fragment, folder.path(), None)
        };
        for (name, states) in [
            ("configuration", [Some("sign"), None]),
            ("publish", [Some("sign"), Some("publish")]),
            ("sign", [Some("retire"), Some("sign")]),
            ("remove", [None, Some("sign")]),
        ] {
            std::fs::write(path(&format!("{name}.yml")), written(states)).unwrap();
        }
        std::fs::write(path("users.yml"), Person::file(&Person::all())).unwrap();
        std::fs::write(path("signing.pem"), configuration::key("rsa")).unwrap();
        std::fs::write(path("client.pem"), configuration::key("p384")).unwrap();
        let mut command = signet(&folder);
        command.args(["serve", "--config", "configuration.yml"]);
        let mut process = Process::start(command, tempfile::tempdir().unwrap());
        process.wait_for("ready in ");
        Self { issuer, process, folder, https }
    }

    /// Takes another configuration: `publish`, `sign` or `remove`.
    pub fn configure(&self, state: &str) {
        let taken = || self.process.output().matches("the configuration was reloaded").count();
        let before = taken();
        std::fs::copy(self.path(&format!("{state}.yml")), self.path("configuration.yml")).unwrap();
        self.process.signal("HUP");
        until("the configuration is reloaded", PATIENCE, || taken() > before);
    }

    /// What reaches it: over https, told of its authority.
    pub fn web(&self) -> Web {
        if self.https {
            Web::tls(&self.issuer, &std::fs::read(self.path("ca.pem")).unwrap())
        } else {
            Web::clear()
        }
    }

    /// Alice at a browser that was never here.
    pub fn alice(&self) -> super::person::Person {
        super::person::Person::with(self.web(), PASSWORD)
    }

    /// A file beside the configuration.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What `tests/interop/provider.py` and `provider.mjs` read.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.path(name).display().to_string();
        let mut environment = vec![
            ("ISSUER", self.issuer.clone()),
            ("PASSWORD", PASSWORD.to_owned()),
            ("SIGNING_KEY", path("signing.pem")),
            ("CLIENT_KEY", path("client.pem")),
            ("STATES", path("")),
            ("CONFIGURATION", path("configuration.yml")),
            ("PID", self.process.id().to_string()),
        ];
        if self.https {
            let names = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];
            environment.extend(names.map(|name| (name, path("ca.pem"))));
        }
        environment
    }
}

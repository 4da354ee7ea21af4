//! TLS that Signet speaks itself: the built program, with certificates of an authority of the tests.

mod handshake;
mod refused;
mod renewal;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::certificates::{Authority, Made};
use crate::support::fleet::free_ports;
use crate::support::process::{Process, signet};
use crate::support::tls::Dial;
use crate::support::{Person, Site, configuration};

/// The host of the one issuer.
const HOST: &str = "op.example.com";

/// A folder with people, a configuration with TLS, and the files it names.
struct House {
    authority: Authority,
    port: u16,
    folder: TempDir,
}

impl House {
    fn new(made: impl Fn(&Authority) -> Made) -> Self {
        let authority = Authority::new();
        let (folder, port) = (tempfile::tempdir().unwrap(), free_ports(1)[0]);
        let house = Self { authority, port, folder };
        house.put(&made(&house.authority));
        fs::write(house.path("users.yml"), Person::file(&Person::all())).unwrap();
        house.configure("{}");
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration, with a fragment over it.
    fn configure(&self, fragment: &str) {
        let own = format!(
            "server: {{address: 'tcp://127.0.0.1:{}/', tls: {{certificate: tls.crt, key: tls.key}}}}\nsession: {{cookies: [{{domain: {HOST}, authelia_url: 'https://{HOST}'}}]}}\nlog: {{level: debug}}\n",
            self.port
        );
        let text = configuration::text(&own, self.folder.path(), None);
        fs::write(self.path("configuration.yml"), text).unwrap();
        fs::set_permissions(self.path("configuration.yml"), Permissions::from_mode(0o600)).unwrap();
        fs::write(self.path("more.yml"), fragment).unwrap();
    }

    /// Puts a certificate and its key in place by renaming, the way renewals do.
    fn put(&self, made: &Made) {
        self.replace("tls.crt", &made.chain);
        self.replace("tls.key", &made.key);
    }

    fn replace(&self, name: &str, text: &str) {
        let next = self.path("next");
        private(&next, text);
        fs::rename(&next, self.path(name)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = signet(&self.folder);
        command.args(arguments).args(["--config", "configuration.yml", "--config", "more.yml"]);
        command
    }

    /// What `config validate` prints, and whether it succeeds.
    fn validate(&self) -> (String, bool) {
        let output = self.command(&["config", "validate"]).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.success())
    }

    fn dial(&self) -> Dial {
        Dial::new(self.port, HOST, &self.authority.root())
    }

    fn site(&self) -> Site {
        Site::over_tls(&format!("https://{HOST}"), self.dial())
    }

    /// Serves until the test ends.
    fn serve(&self) -> Process {
        let mut process = Process::start(self.command(&["serve"]), tempfile::tempdir().unwrap());
        process.wait_for("ready in ");
        process
    }

    /// Whether new connections are served with this certificate.
    async fn shows(&self, made: &Made) -> bool {
        self.dial().connect(None).await.is_ok_and(|line| line.certificate == made.leaf.to_der().unwrap())
    }
}

/// A file for its owner alone.
fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

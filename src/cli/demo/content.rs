//! What the demo's files say, what is laid over them, and what is printed.

use std::net::SocketAddr;
use std::path::Path;

use secrecy::SecretString;

use super::address::DemoAddress;
use super::files::Files;
use crate::demo::{DemoClient, DemoClientKind, DemoSettings};
use crate::settings::RateLimited;
use crate::yaml::{Location, Node};

/// The configuration, as it is written when there is none: it names its files by their absolute paths, so that it
/// can be served from any folder.
pub(super) fn configuration(database: &Path, users: &Path) -> String {
    CONFIGURATION.replacen("'signet.sqlite3'", &quoted(database), 1).replacen(
        "'users_database.yml'",
        &quoted(users),
        1,
    )
}

const CONFIGURATION: &str = include_str!("configuration.yml");

/// A path as a YAML scalar: with JSON's escapes between double quotes, which YAML shares (YAML 1.2.2 §1.2).
fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.display().to_string()).to_string()
}

/// The people, as they are written when there are none.
pub(super) const USERS: &str = include_str!("users_database.yml");

/// Where the two parties listen.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub provider: SocketAddr,
    /// As the issuer names it.
    pub issuer: DemoAddress,
    pub relying_party: SocketAddr,
}

/// `keys.yml`: secrets and signing keys, made for one demo.
pub(super) fn keys(hmac_secret: &str, encryption_key: &str, rsa: &str, ecdsa: &str) -> String {
    let indented = |pem: &str| pem.lines().map(|line| format!("          {line}\n")).collect::<String>();
    format!(
        "# What must stay secret, made for this demo alone. Changing hmac_secret ends every token; losing\n\
         # encryption_key loses the one-time code devices.\n\
         storage:\n  encryption_key: '{encryption_key}'\n\
         identity_providers:\n  oidc:\n    hmac_secret: '{hmac_secret}'\n    jwks:\n\
         \x20     # Signs ID tokens and access tokens unless a client asks for another algorithm (RS256).\n\
         \x20     - key: |\n{}\
         \x20     # Signs where a client asks for ES256.\n\
         \x20     - key: |\n{}",
        indented(rsa),
        indented(ecdsa)
    )
}

impl Place {
    fn issuer(&self) -> String {
        format!("http://{}", self.issuer)
    }

    fn relying_party_url(&self) -> String {
        format!("http://{}", self.relying_party)
    }

    /// What is laid over the files: they are never written again.
    pub fn overlay(&self, files: &Files) -> Node {
        let at = Location::whole("signet demo");
        let text = |value: String| Node::text(value, at.clone());
        let redirects = |path: &str| {
            let mut uris = vec![format!("http://127.0.0.1:9092{path}")];
            let present = format!("{}{path}", self.relying_party_url());
            if !uris.contains(&present) {
                uris.push(present);
            }
            Node::texts(uris, at.clone())
        };
        let mut top = Node::mapping(at.clone());
        top.set(&["server", "address"], text(format!("tcp://{}/", self.provider)));
        top.set(&["session", "cookies", "0", "domain"], text(self.issuer.host.to_owned()));
        top.set(&["session", "cookies", "0", "authelia_url"], text(self.issuer()));
        top.set(&["storage", "local", "path"], text(files.database.display().to_string()));
        top.set(&["authentication_backend", "file", "path"], text(files.users.display().to_string()));
        // Whoever tries what fails has come to see it fail.
        for endpoint in RateLimited::ALL {
            let option = ["server", "endpoints", "rate_limits", endpoint.name(), "enable"];
            top.set(&option, text("false".to_owned()));
        }
        for (client, path) in [
            ("demo-web", "/callback"),
            ("demo-web-2fa", "/callback"),
            ("demo-wiki", "/callback"),
            ("demo-spa", "/spa"),
        ] {
            let option = ["identity_providers", "oidc", "clients", client, "redirect_uris"];
            top.set(&option, redirects(path));
        }
        top
    }

    /// What the relying party is told.
    pub fn demo_settings(&self) -> DemoSettings {
        let client = |client_id: &str, label: &str, description: &str, scopes: &[&str]| DemoClient {
            label: label.to_owned(),
            description: description.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: Some(SecretString::from(format!("{client_id}-secret"))),
            redirect_path: "/callback".to_owned(),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            resource: None,
            kind: DemoClientKind::SignIn,
        };
        let everything = ["openid", "profile", "email", "groups", "phone", "address", "offline_access"];
        DemoSettings {
            issuer: self.issuer(),
            listen: self.relying_party,
            public_url: self.relying_party_url(),
            clients: vec![
                client("demo-web", "Demo web app", "A web application with a secret.", &everything),
                client(
                    "demo-web-2fa",
                    "Demo bank",
                    "An application that asks for a one-time code as well.",
                    &everything,
                ),
                client(
                    "demo-wiki",
                    "Demo wiki",
                    "It can be allowed for a week.",
                    &["openid", "profile", "email"],
                ),
                DemoClient {
                    client_secret: None,
                    redirect_path: "/spa".to_owned(),
                    ..client(
                        "demo-spa",
                        "Demo browser app",
                        "A public client: PKCE alone proves it.",
                        &["openid", "profile", "email"],
                    )
                },
                DemoClient {
                    resource: Some("https://api.example.com".to_owned()),
                    kind: DemoClientKind::Service { introspected_by: Some("demo-api".to_owned()) },
                    ..client(
                        "demo-service",
                        "Demo service",
                        "A program that acts for itself.",
                        &["read", "write"],
                    )
                },
                DemoClient {
                    kind: DemoClientKind::ResourceServer,
                    ..client("demo-api", "Demo API", "Introspects what others present.", &[])
                },
            ],
        }
    }
}

/// A client of the configuration, as the banner names it.
struct Listed {
    client_id: &'static str,
    is_public: bool,
    shows: &'static str,
}

const fn listed(client_id: &'static str, is_public: bool, shows: &'static str) -> Listed {
    Listed { client_id, is_public, shows }
}

/// Every client of `configuration.yml`, in its order.
const CLIENTS: [Listed; 7] = [
    listed("demo-web", false, "one factor, code and refresh"),
    listed("demo-web-2fa", false, "two factors"),
    listed("demo-wiki", false, "consent that is remembered"),
    listed("demo-spa", true, "PKCE"),
    listed("demo-tv", true, "a device without a browser: docs/devices.md"),
    listed("demo-service", false, "client_credentials, RS256 access tokens"),
    listed("demo-api", false, "introspection"),
];

impl Listed {
    fn line(&self) -> String {
        let secret =
            if self.is_public { "(public)".to_owned() } else { format!("{}-secret", self.client_id) };
        format!("{:<13} {secret:<21} {}", self.client_id, self.shows)
    }
}

/// What is printed once everything answers.
pub(super) fn banner(place: &Place, files: &Files, milliseconds: u128, wished: bool) -> String {
    let moved = if wished {
        String::new()
    } else {
        "\n                 (port 9092 is taken, so it moved to a free one)".to_owned()
    };
    format!(
        "\nready in {milliseconds} ms\n\n\
         \x20 try it here    {rp}{moved}\n\
         \x20 issuer         {issuer}\n\
         \x20 people         alice / alice-demo-password   (admins, dev)\n\
         \x20                bob   / bob-demo-password     (dev)\n\
         \x20 clients        {clients}\n\
         \x20 files          {folder}\n\n\
         Ctrl-C stops it.\n\n",
        rp = place.relying_party_url(),
        issuer = place.issuer(),
        clients = CLIENTS.map(|client| client.line()).join("\n                 "),
        folder = files.folder.display(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_names_every_client_of_the_configuration() {
        let node = crate::yaml::read("configuration.yml", CONFIGURATION).unwrap();
        let clients =
            ["identity_providers", "oidc", "clients"].into_iter().try_fold(&node, Node::get).unwrap();
        let is_public = |client: &Node| client.get("public").and_then(Node::as_text) == Some("true");
        let id = |client: &Node| client.get("client_id").and_then(Node::as_text).unwrap().to_owned();
        let configured: Vec<_> =
            clients.items().iter().map(|client| (id(client), is_public(client))).collect();
        assert_eq!(
            CLIENTS.map(|client| (client.client_id.to_owned(), client.is_public)).to_vec(),
            configured
        );
    }

    #[test]
    fn the_configuration_names_its_files_by_absolute_paths() {
        let odd = "/tmp/a \"b\" 'c': #d\n";
        let text =
            configuration(Path::new(&format!("{odd}/x.sqlite3")), Path::new(&format!("{odd}/users.yml")));
        let node = crate::yaml::read("configuration.yml", &text).unwrap();
        let at = |path: [&str; 3]| {
            path.into_iter().try_fold(&node, Node::get).and_then(Node::as_text).map(str::to_owned)
        };
        assert_eq!(at(["storage", "local", "path"]), Some(format!("{odd}/x.sqlite3")));
        assert_eq!(at(["authentication_backend", "file", "path"]), Some(format!("{odd}/users.yml")));
    }
}

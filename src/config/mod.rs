//! Reading a configuration: files, environment and secrets become settings, or a list of problems.
//!
//! Files are merged into one tree of nodes; [`check`] holds the tree against the table of options; then each
//! section checks itself. Everything found goes into one report, so that all problems are told at once.

mod address;
mod check;
mod definitions;
mod directory;
mod duration;
mod environment;
mod near;
mod network;
mod oidc;
mod options;
mod protection;
mod section;
mod server;
mod session;
mod source;
mod storage;

pub use source::Sources;

use self::section::{Report, Section};
use crate::clock::{Clock, NumericDate};
use crate::settings::Settings;
use crate::yaml::{self, Node, Problem, Problems};

/// What came of reading a configuration.
#[derive(Debug)]
pub struct Loaded {
    /// The settings; none when there is an error.
    pub settings: Option<Settings>,
    /// Everything that was found, errors first.
    pub problems: Problems,
}

/// Reads, merges and checks a configuration.
pub fn load(sources: &Sources) -> Loaded {
    let report = Report::default();
    let settings = source::merged(sources, &report).and_then(|root| {
        let settings = build(&root, sources.now, &report);
        report.name_clients(&root);
        settings
    });
    finish(settings, report)
}

/// Reads one text as the whole configuration: no environment, no other files.
pub fn load_text(name: &str, text: &str) -> Loaded {
    let report = Report::default();
    let settings = match yaml::read(name, text) {
        Ok(root) => {
            let settings = build(&root, Clock::system().now(), &report);
            report.name_clients(&root);
            settings
        }
        Err(problems) => {
            report.append(problems);
            None
        }
    };
    finish(settings, report)
}

fn finish(settings: Option<Settings>, report: Report) -> Loaded {
    let mut problems = report.into_problems();
    problems.sort();
    if settings.is_none() && !problems.has_errors() {
        problems.push(
            Problem::error("incomplete", "")
                .says("the configuration is not complete")
                .mend("compare it with configuration.yml.example"),
        );
    }
    Loaded { settings: settings.filter(|_| !problems.has_errors()), problems }
}

/// Every section is read, whatever the others say, so that no problem hides another.
fn build(root: &Node, now: NumericDate, report: &Report) -> Option<Settings> {
    if !check::check(root, report) {
        return None;
    }
    let root = Section::root(root, report);
    let networks = definitions::networks(&root);
    let (server, base_path) = server::server(&root, &networks);
    let sessions = session::sessions(&root, &base_path);
    session::warn_without_proxy(&root, &sessions, &server);
    let storage = storage::storage(&root);
    let directory = directory::directory(&root);
    let totp = protection::totp(&root);
    let regulation = protection::regulation(&root);
    let oidc = oidc::oidc(&root, &networks, now);
    if let Some(oidc) = &oidc {
        protection::warn_without_totp(&root, &totp, oidc);
    }
    Some(Settings {
        server,
        log: server::log(&root),
        theme: server::theme(&root),
        sessions,
        storage: storage?,
        directory: directory?,
        totp,
        regulation,
        oidc: oidc?,
    })
}

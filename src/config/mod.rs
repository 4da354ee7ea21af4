//! Reading a configuration: files, environment and secrets become settings, or a list of problems.
//!
//! Files are merged into one tree of nodes; [`check`] holds the tree against the table of options; then each
//! section checks itself. Everything found goes into one report, so that all problems are told at once.

mod address;
mod attributes;
mod certificates;
mod check;
mod definitions;
mod directory;
mod duration;
mod effective;
mod environment;
mod files_read;
mod filters;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod layers;
mod near;
mod network;
mod oidc;
pub mod options;
mod protection;
mod rate_limits;
mod report;
mod section;
mod server;
mod session;
mod source;
mod stand_in;
mod storage;
mod telemetry;

pub use effective::{Effective, Setting, effective};
pub use files_read::{FilesRead, Look};
pub use filters::PutIn;
pub use source::{Sources, filtered};

/// A duration as the configuration writes one, in whole seconds.
///
/// # Errors
/// What is wrong with it, in words.
pub fn duration_in_seconds(text: &str) -> Result<crate::clock::Seconds, String> {
    duration::parse(text).map(duration::Span::seconds).map_err(|problem| problem.to_string())
}

/// The paths of the options that this version carries out: `[]` stands for the items of a list, `<name>` for a name of
/// the user's own.
pub fn working_options() -> impl Iterator<Item = String> {
    options::working()
}

/// The paths of the options and sections that this version does not carry out, and of older names.
pub fn set_aside_options() -> impl Iterator<Item = &'static str> {
    options::set_aside().iter().map(|(path, _)| *path)
}

use self::report::Report;
use self::section::Section;
use crate::clock::{Clock, NumericDate};
use crate::settings::{Directory, Settings, Tls};
use crate::yaml::{self, Node, Problem, Problems};

/// What came of reading a configuration.
#[derive(Debug)]
pub struct Loaded {
    /// The settings; none when there is an error.
    pub settings: Option<Settings>,
    /// Where people are known from, when that section can be used, whatever the others hold.
    pub directory: Option<Directory>,
    /// The files of the listener's TLS, when that section can be used, whatever the others hold.
    pub tls: Option<Tls>,
    /// The sections that are set, and what this version does with each.
    pub sections: Vec<(&'static str, options::Standing)>,
    /// Everything that was found, errors first.
    pub problems: Problems,
    /// What filters put in, which no problem that comes later may repeat.
    pub put_in: PutIn,
}

/// Reads, merges and checks a configuration.
pub fn load(sources: &Sources) -> Loaded {
    let report = Report::of(sources.files_read.clone());
    let built = source::merged(sources, &report).map(|root| build(&root, sources.now, &report));
    report.tell_not_read_again();
    finish(built.unwrap_or_default(), report)
}

/// Reads one text as the whole configuration: no environment, no other files.
pub fn load_text(name: &str, text: &str) -> Loaded {
    let report = Report::default();
    let (root, problems) = yaml::examine(name, text.as_bytes());
    report.append(problems);
    let built = root.map(|root| build(&root, Clock::system().now(), &report));
    finish(built.unwrap_or_default(), report)
}

/// The settings when every section is whole, and what names files of its own by itself.
#[derive(Default)]
struct Built {
    settings: Option<Settings>,
    directory: Option<Directory>,
    tls: Option<Tls>,
    sections: Vec<(&'static str, options::Standing)>,
}

fn finish(built: Built, report: Report) -> Loaded {
    let Built { settings, directory, tls, sections } = built;
    let (mut problems, put_in) = report.into_parts();
    problems.sort();
    if settings.is_none() && !problems.has_errors() {
        problems.push(
            Problem::error("incomplete", "")
                .says("the configuration is not complete")
                .mend("compare it with configuration.yml.example"),
        );
    }
    let settings = settings.filter(|_| !problems.has_errors());
    Loaded { settings, directory, tls, sections, problems, put_in }
}

/// Every section is read, whatever the others say, so that no problem hides another.
fn build(node: &Node, now: NumericDate, report: &Report) -> Built {
    if !check::check(node, report) {
        return Built::default();
    }
    let root = Section::root(node, report);
    let networks = definitions::networks(&root);
    let (mut server, base_path) = server::server(&root, &networks);
    let sessions = session::sessions(&root, &base_path);
    session::name_hosts(&root, &sessions, &mut server);
    session::judge_proxy(&root, &sessions, &mut server);
    let certificates = certificates::certificates(&root, report);
    let storage = storage::storage(&root);
    if let Some(storage) = &storage {
        certificates::notice_unused(&root, storage);
    }
    let extra_attributes = directory::extra_attributes(&root);
    let attributes = attributes::Attributes::read(&root, &extra_attributes);
    let directory = directory::directory(&root, &extra_attributes);
    let password_reset_url = directory::password_reset_url(&root);
    let totp = protection::totp(&root);
    let regulation = protection::regulation(&root);
    let oidc = oidc::oidc(&root, &networks, &attributes, now);
    if let Some(oidc) = &oidc {
        protection::warn_without_totp(&root, &totp, oidc);
    }
    let (log, theme) = (server::log(&root), server::theme(&root));
    let metrics = telemetry::metrics(&root, &server);
    report.name_clients(node);
    let tls = server.tls.clone();
    let settings = match (storage, directory.clone(), oidc) {
        (Some(storage), Some(directory), Some(oidc)) => Some(Settings {
            server,
            log,
            metrics,
            theme,
            sessions,
            certificates,
            storage,
            directory,
            password_reset_url,
            totp,
            regulation,
            oidc,
        }),
        _ => None,
    };
    Built { settings, directory, tls, sections: options::present(node) }
}

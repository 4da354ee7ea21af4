//! Where configurations come from: files, environment variables, secret files, a layer in memory.

use std::cell::Cell;
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment;
use super::files_read::{FilesRead, has_ending, in_folder};
use super::filters::{Filtered, Filters, Variables};
use super::layers::{lay, over};
use super::report::Report;
use crate::clock::{Clock, NumericDate};
use crate::yaml::{self, Location, MAX_BYTES, Node, Problem, Problems};

/// The bit of a file's mode that lets everyone read it.
const READ_BY_OTHERS: u32 = 0o004;
/// So many secrets of a file that filters filled in are looked for in its own text.
const MOST_SECRETS: usize = 64;

/// What a configuration is read from; later layers win: files in their order, environment, the layer on top.
#[derive(Default)]
pub struct Sources {
    /// Files, or directories whose `.yml` and `.yaml` files are read in the order of their names.
    pub files: Vec<PathBuf>,
    /// Laid over everything. A mapping over a list addresses its items: by their `client_id`, or by position from 0.
    pub top: Option<Node>,
    /// The names of the filters that the text of each file goes through, in their order: `template`, `expand-env`.
    pub filters: Vec<String>,
    /// The present time: certificates of signing keys must be in date.
    pub now: NumericDate,
    /// The environment: names that begin with `AUTHELIA_` or `SIGNET_` set options, filters may read the others.
    pub environment: Vec<(String, String)>,
    /// Where the files that are read are noted.
    pub files_read: FilesRead,
}

impl fmt::Debug for Sources {
    /// Without the environment, which holds secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, top, filters, now, environment: _, files_read: _ } = self;
        let mut shown = f.debug_struct("Sources");
        shown.field("files", files).field("top", top).field("filters", filters).field("now", now);
        shown.finish_non_exhaustive()
    }
}

impl Sources {
    /// Files, with the environment of this process.
    pub fn from_process(files: Vec<PathBuf>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { files, environment, now: Clock::system().now(), ..Self::default() }
    }

    /// The same, with filters.
    #[must_use]
    pub fn with_filters(mut self, filters: Vec<String>) -> Self {
        self.filters = filters;
        self
    }

    /// The same, with the files that are read noted there.
    #[must_use]
    pub fn noting(mut self, files_read: &FilesRead) -> Self {
        self.files_read = files_read.clone();
        self
    }

    /// The same, with a layer on top.
    #[must_use]
    pub fn with_top(mut self, top: Node) -> Self {
        self.top = Some(top);
        self
    }
}

/// Reads and merges everything. None when a file cannot be read; the report says why.
pub(super) fn merged(sources: &Sources, report: &Report) -> Option<Node> {
    let mut root: Option<Node> = None;
    let mut whole = true;
    each_file(sources, report, |file| match file.and_then(|file| file.node(report)) {
        Some(node) => root = Some(over(root.take(), node)),
        None => whole = false,
    })?;
    if !whole {
        return None;
    }
    let mut root = root.unwrap_or_else(|| Node::mapping(Location::whole("the configuration")));
    environment::lay_over(&mut root, &sources.environment, report);
    Some(match &sources.top {
        Some(top) => lay(root, top.clone(), true),
        None => root,
    })
}

/// The files one after the other, each with its text after the filters; what cannot be filled in is left out. The
/// problems say why.
pub fn filtered(sources: &Sources) -> (Vec<(String, String)>, Problems) {
    let report = Report::default();
    let mut texts = Vec::new();
    each_file(sources, &report, |file| {
        let Some(file) = file else { return };
        match file.text() {
            Some(text) => texts.push((file.path.display().to_string(), text.to_owned())),
            None => report.append(yaml::examine(&file.path.display().to_string(), &file.bytes).1),
        }
    });
    (texts, report.into_parts().0)
}

/// Reads every file and runs the filters over it: none for a file that cannot be read or filled in. None at all when a
/// folder cannot be listed.
fn each_file(sources: &Sources, report: &Report, mut take: impl FnMut(Option<Read>)) -> Option<()> {
    let filters = Filters::named(&sources.filters, report);
    let variables = Variables::of(&sources.environment);
    if filters.fill_templates() {
        report.fills_templates();
    }
    if filters.expand_variables() {
        report.push(
            Problem::warning("deprecated_filter", "")
                .at(&Location::whole("--config.experimental.filters or X_AUTHELIA_CONFIG_FILTERS"))
                .says("the filter `expand-env` is deprecated, and takes every dollar sign for a variable")
                .mend("use the filter `template`: {{ env \"NAME\" }} in the place of ${NAME}"),
        );
    }
    for path in &sources.files {
        for file in expand(path, report)? {
            take(read(&file, report).and_then(|read| read.through(&filters, &variables, report)));
        }
    }
    Some(())
}

fn expand(path: &Path, report: &Report) -> Option<Vec<PathBuf>> {
    if !path.is_dir() {
        return Some(vec![path.to_owned()]);
    }
    report.reads(path);
    let mut files = in_folder(path).map_err(|error| unreadable(path, &error, report)).ok()?;
    // What lies in folders of the directory is not read.
    files.retain(|file| has_ending(file, &["yml", "yaml"]) && !file.is_dir());
    if files.is_empty() {
        report.push(
            Problem::error("no_file", "")
                .at(&place(path))
                .says("the directory holds no configuration file")
                .mend("put a file whose name ends in .yml into it"),
        );
        return None;
    }
    Some(files)
}

/// A file that is read.
struct Read {
    path: PathBuf,
    mode: u32,
    bytes: Vec<u8>,
    filtered: Option<Filtered>,
}

impl Read {
    /// The same, after the filters.
    fn through(mut self, filters: &Filters, variables: &Variables<'_>, report: &Report) -> Option<Self> {
        if filters.is_empty() {
            return Some(self);
        }
        // What is no text is told by the reader of YAML.
        if let Ok(text) = std::str::from_utf8(&self.bytes) {
            let name: Arc<str> = Arc::from(self.path.display().to_string());
            self.filtered = Some(filters.run(&name, text, variables, report)?);
        }
        Some(self)
    }

    fn text(&self) -> Option<&str> {
        match &self.filtered {
            Some(filtered) => Some(&filtered.text),
            None => std::str::from_utf8(&self.bytes).ok(),
        }
    }

    fn node(&self, report: &Report) -> Option<Node> {
        let name = self.path.display().to_string();
        let (node, problems) = match &self.filtered {
            Some(Filtered { text, places }) => {
                yaml::examine_made(&name, text, &|line, column| places.of_place(line, column))
            }
            None => yaml::examine(&name, &self.bytes),
        };
        report.append(problems);
        if self.mode & READ_BY_OTHERS != 0
            && let Some(secret) = node.as_ref().and_then(|node| self.first_secret(node))
        {
            report.push(
                Problem::warning("readable_by_all", "")
                    .at(&place(&self.path))
                    .says(format!("everyone on this machine can read this file, and {secret} in it"))
                    .mend(
                        "let Signet's group alone read it: chmod 0640; or keep secrets in files that variables ending \
                         in _FILE name. Whoever read them before has them: make new ones",
                    ),
            );
        }
        node
    }

    /// The path of the first secret that stands in the file itself; what a filter put in does not.
    fn first_secret(&self, node: &Node) -> Option<String> {
        let looked_for = Cell::new(0_usize);
        let text = self.filtered.as_ref().and_then(|_| std::str::from_utf8(&self.bytes).ok());
        environment::first_secret(node, &|secret| {
            let Some(text) = text else { return true };
            looked_for.set(looked_for.get() + 1);
            looked_for.get() <= MOST_SECRETS && secret.lines().all(|line| text.contains(line.trim()))
        })
    }
}

fn read(path: &Path, report: &Report) -> Option<Read> {
    let read = report.read(path, MAX_BYTES).and_then(|bytes| Ok((bytes, std::fs::metadata(path)?)));
    let (bytes, metadata) = read.map_err(|error| unreadable(path, &error, report)).ok()?;
    let mode = metadata.permissions().mode();
    Some(Read { path: path.to_owned(), mode, bytes, filtered: None })
}

fn place(path: &Path) -> Location {
    Location { file: Arc::from(path.display().to_string()), line: 0, column: 0 }
}

fn unreadable(path: &Path, error: &std::io::Error, report: &Report) {
    let (code, mend) = match error.kind() {
        ErrorKind::NotFound => {
            ("no_file", "check the path given with --config; `signet demo` makes an example")
        }
        ErrorKind::PermissionDenied => ("no_file", "let the user Signet runs as read it"),
        ErrorKind::FileTooLarge => ("yaml_limit", "split the file, or check that it is the right one"),
        _ => ("no_file", "check the file"),
    };
    report.push(
        Problem::error(code, "")
            .at(&place(path))
            .says(format!("the file cannot be read: {error}"))
            .mend(mend),
    );
}

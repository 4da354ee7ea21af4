//! What is found while a configuration is read.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;

use super::files_read::FilesRead;
use super::filters::PutIn;
use super::stand_in::{StandIn, stand_in};
use crate::yaml::{Location, Node, Problem, Problems};

/// What source a variable is, as a place.
pub(super) const VARIABLE: &str = "variable ";

/// The code of a problem: the file that should hold a secret cannot be read.
pub(super) const SECRET_FILE: &str = "secret_file";

/// The problems found so far.
#[derive(Default)]
pub(super) struct Report {
    problems: RefCell<Problems>,
    /// Whether templates in files are filled in, so that `{{` in a value is what its author wants.
    templates: Cell<bool>,
    put_in: RefCell<PutIn>,
    files_read: FilesRead,
}

impl Report {
    /// Of a configuration whose files are noted there.
    pub(super) fn of(files_read: FilesRead) -> Self {
        files_read.begin();
        Self { files_read, ..Self::default() }
    }

    /// Where the files that are read are noted.
    pub(super) fn files_read(&self) -> FilesRead {
        self.files_read.clone()
    }

    /// A file or folder is about to be read: when it changes, the configuration has changed.
    pub(super) fn reads(&self, path: &Path) {
        self.files_read.add(path);
    }

    /// What a file holds, of at most `limit` bytes: when it changes, the configuration has changed.
    pub(super) fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        self.files_read.read(path, limit)
    }

    /// Tells which pipes and devices were not read again.
    pub(super) fn tell_not_read_again(&self) {
        for path in self.files_read.not_read_again() {
            self.push(
                Problem::notice("not_read_again", "")
                    .at(&Location::whole(&path.display().to_string()))
                    .says("it is a pipe or a device, so what it gave when Signet started goes on")
                    .mend("start Signet again when it gives something else, or name a file in its place"),
            );
        }
    }

    pub(super) fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn append(&self, problems: Problems) {
        self.problems.borrow_mut().append(problems);
    }

    /// Says of which client a problem is.
    pub(super) fn name_clients(&self, root: &Node) {
        let path = ["identity_providers", "oidc", "clients"];
        let clients = path.into_iter().try_fold(root, Node::get).map(Node::items).unwrap_or_default();
        for problem in self.problems.borrow_mut().iter_mut() {
            let index = problem
                .path
                .strip_prefix("identity_providers.oidc.clients[")
                .and_then(|rest| rest.split_once(']'))
                .and_then(|(index, _)| index.parse::<usize>().ok());
            let client =
                index.and_then(|index| clients.get(index)).and_then(|client| client.get("client_id"));
            problem.client = client.and_then(Node::as_text).filter(|id| !id.is_empty()).map(str::to_owned);
        }
    }

    /// From here on, templates in files are filled in.
    pub(super) fn fills_templates(&self) {
        self.templates.set(true);
    }

    /// Notes what filters put into the text of files.
    pub(super) fn put_in<T>(&self, note: impl FnOnce(&mut PutIn) -> T) -> T {
        note(&mut self.put_in.borrow_mut())
    }

    /// Whether the text of a scalar only stands for a value: taken as it is, everyone would know it.
    pub(super) fn stand_in(&self, node: &Node) -> Option<StandIn> {
        // What variables hold is not filled in.
        let filled = self.templates.get() && node.at.line > 0;
        stand_in(node.as_text()?, node.at.file.starts_with(VARIABLE))
            .filter(|found| *found != StandIn::Template || !filled)
    }

    /// Whether a problem of this code is told of a key.
    pub(super) fn tells(&self, code: &str, path: &str) -> bool {
        self.problems.borrow().iter().any(|problem| problem.code == code && problem.path == path)
    }

    /// All problems, and what filters put in; no problem repeats it.
    pub(super) fn into_parts(self) -> (Problems, PutIn) {
        let (mut problems, put_in) = (self.problems.into_inner(), self.put_in.into_inner());
        put_in.hide(&mut problems);
        (problems, put_in)
    }

    #[cfg(test)]
    pub(super) fn into_problems(self) -> Problems {
        self.into_parts().0
    }
}

//! Signet as those who run it see it: its figures, and the recipes it is installed by.

mod addresses;
mod bounds;
mod log;
mod metrics;
mod packaging;
mod pages;
mod reload;
mod signals;
mod trust;

use tempfile::TempDir;

use crate::support::process::{Process, log_everything, shell};
use crate::support::{Person, configuration, wait};

/// A process on a free port, at the issuer `https://op.example.com`, and its address.
fn serve(fragment: &str) -> (Process, String) {
    serve_after(fragment, "true")
}

/// The same, started by a shell after these words.
fn serve_after(fragment: &str, before: &str) -> (Process, String) {
    let folder = written(fragment, |text| text);
    let mut command = shell(&folder, before);
    log_everything(&mut command);
    command.args(["serve", "--config", "configuration.yml"]);
    let mut process = Process::start(command, folder);
    let address = process.wait_for_field("ready in ", "address");
    (process, address)
}

/// A folder with a configuration and its people.
fn written(fragment: &str, change: impl FnOnce(String) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users.yml"), Person::file(&Person::all())).unwrap();
    let fragment = configuration::joined("server: {address: 'tcp://127.0.0.1:0/'}", fragment);
    let text = change(configuration::text(&fragment, folder.path(), None));
    std::fs::write(folder.path().join("configuration.yml"), text).unwrap();
    folder
}

/// A process that logs as its configuration says, at a port that was free a moment ago, and its address.
fn serve_plain(fragment: &str) -> (Process, String) {
    let port = crate::support::fleet::free_ports(1)[0];
    let address = format!("127.0.0.1:{port}");
    let own = format!("server: {{address: 'tcp://{address}'}}");
    let folder = written(&configuration::joined(&own, fragment), |text| text);
    let mut command = shell(&folder, "true");
    command.args(["serve", "--config", "configuration.yml"]);
    let process = Process::start(command, folder);
    wait::until("it listens", wait::PATIENCE, || std::net::TcpStream::connect(&address).is_ok());
    (process, address)
}

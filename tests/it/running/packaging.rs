//! The recipes in `packaging/`: what they promise is tried with the tools that read them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::written;
use crate::support::process::{Process, SIGNET};

const PACKAGING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging");

/// Runs a command to its end and gives what it said.
#[track_caller]
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

/// The unit under a name, with drop-ins that pages of the documentation show.
fn unit(name: &str, pages: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut unit = fs::read_to_string(format!("{PACKAGING}/signet.service")).unwrap();
    unit = unit.replace("/usr/local/bin/signet", SIGNET);
    for page in pages {
        let (_, shown) = page.split_once("```ini\n").expect("a drop-in");
        // As systemd does it: what comes later counts.
        unit.push_str(shown.split("```").next().unwrap_or_default());
    }
    let path = folder.path().join(name);
    fs::write(&path, unit).unwrap();
    (folder, path)
}

const TLS: &str = include_str!("../../../docs/tls.md");
const HAPROXY: &str = include_str!("../../../docs/proxies/haproxy.md");

/// `systemd-analyze security` gives 0 (locked up) to 10 (may do everything). A port below 1024 costs a little.
#[test]
fn the_systemd_unit_leaves_an_exposure_of_at_most_1_5() {
    for (pages, threshold) in [(&[][..], 15), (&[HAPROXY], 15), (&[TLS], 16)] {
        let (_folder, path) = unit("signet.service", pages);
        let threshold = format!("--threshold={threshold}");
        let analyse = &mut Command::new("systemd-analyze");
        let report = said(analyse.args(["security", "--offline=true", &threshold]).arg(path));
        println!("{}", report.lines().last().unwrap_or_default());
    }
}

/// Without it the threads that hash passwords take their turn from everybody else, and nothing but a line of the log
/// says so.
#[test]
fn the_systemd_unit_lets_threads_stand_back() {
    let (_folder, path) = unit("signet.service", &[]);
    let resources = said(Command::new("systemd-analyze").args(["syscall-filter", "@resources"]));
    assert!(resources.lines().any(|line| line.trim() == "setpriority"), "{resources}");
    let text = fs::read_to_string(path).unwrap();
    let mut allowed = None;
    // As systemd does it: a later line takes from, or adds to, the ones before.
    for filter in text.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let (denies, names) = filter.strip_prefix('~').map_or((false, filter), |names| (true, names));
        if names
            .split_whitespace()
            .any(|name| ["@system-service", "@resources", "setpriority"].contains(&name))
        {
            allowed = Some(!denies);
        }
    }
    assert_eq!(allowed, Some(true));
}

#[test]
fn every_line_of_the_systemd_unit_is_understood() {
    for (name, pages) in
        [("signet.service", &[][..]), ("signet.service", &[TLS]), ("signet@.service", &[HAPROXY])]
    {
        let (_folder, path) = unit(name, pages);
        let report = said(Command::new("systemd-analyze").arg("verify").arg(&path));
        let ours: Vec<&str> = report.lines().filter(|line| line.contains("signet")).collect();
        assert!(ours.is_empty(), "{ours:?}");
    }
}

/// The container without its engine: the same files as its root, the same user, nothing writable but `/data`.
#[test]
fn what_the_container_holds_is_enough_to_serve() {
    let folder = written("", |text| text);
    let root = folder.path().join("root");
    said(Command::new(format!("{PACKAGING}/rootfs.sh")).args([SIGNET, root.to_str().unwrap()]));
    let configuration = fs::read_to_string(folder.path().join("configuration.yml")).unwrap();
    let inside = configuration.replace(&format!("{}/db", folder.path().display()), "/data/db");
    let inside = inside.replace(&folder.path().display().to_string(), "/config");
    fs::create_dir(root.join("config")).unwrap();
    fs::write(root.join("config/configuration.yml"), inside).unwrap();
    fs::copy(folder.path().join("users.yml"), root.join("config/users.yml")).unwrap();
    let authorities = fs::read_to_string(root.join("etc/ssl/certs/ca-certificates.crt")).unwrap();
    assert!(authorities.contains("BEGIN CERTIFICATE"), "what is fetched over https is trusted by them");
    let mut command = Command::new("unshare");
    if is_root() {
        said(Command::new("chown").arg("65532:65532").arg(root.join("data")));
        command = Command::new("chroot");
        command.arg("--userspec=65532:65532").arg(&root);
        for open in [folder.path(), &root] {
            said(Command::new("chmod").arg("0755").arg(open));
        }
    } else {
        command.args(["--map-root-user", "--root"]).arg(&root);
    }
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.args(["/signet", "serve", "--config", "/config/configuration.yml"]);
    let mut process = Process::start(command, folder);
    process.wait_for("ready in ");
    let outside: Vec<_> = entries(&root).into_iter().filter(|name| !KNOWN.contains(&name.as_str())).collect();
    assert!(outside.is_empty(), "it wrote outside of its folder: {outside:?}");
    assert!(root.join("data/db.sqlite3").exists());
}

/// What lies at the top of the container.
const KNOWN: &[&str] = &["config", "data", "etc", "lib", "lib64", "signet", "usr"];

fn entries(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn is_root() -> bool {
    said(Command::new("id").arg("-u")).trim() == "0"
}

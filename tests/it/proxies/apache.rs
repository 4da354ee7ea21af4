//! `docs/proxies/apache.conf`.

use std::fs;
use std::process::Command;

use super::{House, Shown, keeps_the_base_path};
use crate::support::process::Process;

const FILE: &str = include_str!("../../../docs/proxies/apache.conf");
const PAGE: &str = include_str!("../../../docs/proxies/apache.md");

const MODULES: [&str; 8] =
    ["mpm_event", "authz_core", "headers", "proxy", "proxy_http", "ssl", "socache_shmcb", "reqtimeout"];

fn apache(house: &House) -> Process {
    let shown = Shown::new(FILE, PAGE)
        .with("*:443", &format!("127.0.0.1:{}", house.port))
        .with("/etc/letsencrypt/live/op.example.com/fullchain.pem", &house.shown_path("proxy.crt"))
        .with("/etc/letsencrypt/live/op.example.com/privkey.pem", &house.shown_path("proxy.key"))
        .with("/var/log/apache2/", &house.shown_path(""))
        .with("127.0.0.1:9091", &format!("127.0.0.1:{}", house.upstream));
    // What Debian's apache2.conf has around it, without its paths.
    let folder = house.shown_path("apache");
    fs::create_dir(&folder).unwrap();
    let modules: String = MODULES
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    let whole = format!(
        "{modules}ServerRoot {folder}\nServerName localhost\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\nUser www-data\nGroup www-data\nErrorLog {folder}/error.log\nListen 127.0.0.1:{}\n{}",
        house.port, shown.0
    );
    fs::write(house.path("apache.conf"), whole).unwrap();
    let mut command = Command::new("/usr/sbin/apache2");
    command.args(["-D", "FOREGROUND", "-f", &house.shown_path("apache.conf")]);
    house.start(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_holds_behind_apache() {
    let house = House::new();
    let _proxy = apache(&house);
    house.holds_what_is_promised("signet.log").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_path_passes_apache() {
    let house = House::with_base("/auth");
    let _proxy = apache(&house);
    keeps_the_base_path(&house).await;
}

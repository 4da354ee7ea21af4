//! `server`, `log` and `theme`.

use std::path::{Path, PathBuf};

use super::address::{self, Address};
use super::definitions::{Networks, resolve};
use super::duration::Span;
use super::rate_limits;
use super::section::{Found, Section, what_and_mend};
use crate::settings::{
    Family, ListenAddress, Log, LogFormat, LogLevel, PemFile, Server, Theme, Timeouts, Tls,
};

const DEFAULT_PORT: u16 = 9091;
/// The first descriptor that can be handed over (`sd_listen_fds(3)`).
const FIRST_DESCRIPTOR: u32 = 3;
/// How large a header section is read in any case, and at most, in bytes.
const LEAST_HEADER_BYTES: usize = 32 * 1024;
const MOST_HEADER_BYTES: usize = 1024 * 1024;

/// The server and the base path of its address: empty, or `/name`.
pub(super) fn server(root: &Section<'_>, networks: &Networks) -> (Server, String) {
    let section = root.section("server");
    let (address, base_path) = listen(&section);
    let trusted_proxies = resolve(&section.texts("trusted_proxies"), networks);
    if trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        section.warn(
            "trusted_proxies",
            "unsafe",
            "every address is trusted as a proxy, so anyone can claim to come from any address: regulation and \
             networks in policies can be got round",
            "name the addresses or networks of the proxy only",
        );
    }
    let server = Server {
        address,
        address_origin: section.origin("address"),
        disable_healthcheck: section.flag("disable_healthcheck"),
        trusted_proxies,
        // Judged once the issuers are known.
        shared_address: false,
        rate_limits: rate_limits::rate_limits(&section),
        tls: tls(&section.section("tls")),
        timeouts: timeouts(&section),
        header_bytes: header_bytes(&section),
    };
    (server, base_path)
}

fn listen(section: &Section<'_>) -> (ListenAddress, String) {
    let default = ListenAddress::Tcp { host: None, port: DEFAULT_PORT, family: Family::Any };
    let Some(found) = section.text("address") else { return (default, String::new()) };
    let Some((address, path)) = listen_address(&found, DEFAULT_PORT, "tcp://127.0.0.1:9091/") else {
        return (default, String::new());
    };
    let segment = path.trim_matches('/');
    if !segment.chars().all(|c| c.is_ascii_alphanumeric()) {
        found.error(
            "bad_address",
            "the path of the address must be one word of letters and digits",
            "write for example tcp://:9091/auth, or leave the path out",
        );
    }
    let base_path = if segment.is_empty() { String::new() } else { format!("/{segment}") };
    (address, base_path)
}

/// The address to listen on that an option names, and its path; or an error that shows an example.
pub(super) fn listen_address(
    found: &Found<'_>,
    default_port: u16,
    example: &str,
) -> Option<(ListenAddress, String)> {
    let mend = format!("write for example {example}");
    match address::parse(found.text) {
        Ok(Address::Network { scheme, host, port, path }) => {
            let family = match scheme.as_str() {
                "tcp" => Family::Any,
                "tcp4" => Family::V4,
                "tcp6" => Family::V6,
                _ => {
                    found.error("bad_address", "the scheme cannot be listened on", mend);
                    return None;
                }
            };
            Some((ListenAddress::Tcp { host, port: port.unwrap_or(default_port), family }, path))
        }
        Ok(Address::Unix { path, umask, base }) => Some((ListenAddress::Unix { path, umask }, base)),
        Ok(Address::Descriptor { number, base }) if number >= FIRST_DESCRIPTOR => {
            Some((ListenAddress::Descriptor { number }, base))
        }
        Ok(Address::Descriptor { .. }) => {
            let says = "descriptors 0, 1 and 2 are the standard streams";
            found.error("bad_address", says, "write fd://3 for the first socket that systemd hands over");
            None
        }
        Err(problem) => {
            found.error("bad_address", what_and_mend(problem).0, mend);
            None
        }
    }
}

/// `timeouts`, with the defaults of the contract.
pub(super) fn timeouts(section: &Section<'_>) -> Timeouts {
    let section = section.section("timeouts");
    Timeouts {
        read: section.time("read", Span::of_seconds(6)).duration(),
        write: section.time("write", Span::of_seconds(6)).duration(),
        idle: section.time("idle", Span::of_seconds(30)).duration(),
    }
}

/// `buffers.read`: how large a header section is read. A smaller number than what is read in any case asks for
/// nothing; so the default of the contract, 4096, is no limit that browsers with many cookies run into.
pub(super) fn header_bytes(section: &Section<'_>) -> usize {
    let found = section.section("buffers").text("read");
    let asked = found.as_ref().and_then(|found| found.text.parse().ok()).unwrap_or(0);
    if let Some(found) = found
        && asked > MOST_HEADER_BYTES
    {
        found.error(
            "out_of_range",
            format!(
                "the number must be at most {MOST_HEADER_BYTES}: each connection can take so much memory"
            ),
            "write a smaller number, or take the option out",
        );
    }
    asked.clamp(LEAST_HEADER_BYTES, MOST_HEADER_BYTES)
}

/// Both files, or none; what is in them is judged where TLS is spoken.
fn tls(section: &Section<'_>) -> Option<Tls> {
    let file = |key: &str| {
        let found = section.text(key)?;
        Some(PemFile { path: PathBuf::from(found.text), origin: found.origin() })
    };
    let (certificate, key) = (file("certificate"), file("key"));
    for (missing, present, other) in [("certificate", "key", &key), ("key", "certificate", &certificate)] {
        if !section.has(missing) && other.is_some() {
            section.error(
                missing,
                "missing",
                format!("server.tls.{present} is set, and the two belong together"),
                format!("write the path of the PEM file, or take server.tls.{present} out"),
            );
        }
    }
    Some(Tls { certificate: certificate?, key: key?, hosts: Vec::new() })
}

pub(super) fn log(root: &Section<'_>) -> Log {
    let section = root.section("log");
    Log {
        level: match section.text_or("level", "info").as_str() {
            "error" => LogLevel::Error,
            "warn" => LogLevel::Warn,
            "debug" => LogLevel::Debug,
            "trace" => LogLevel::Trace,
            _ => LogLevel::Info,
        },
        format: match section.text_or("format", "text").as_str() {
            "json" => LogFormat::Json,
            _ => LogFormat::Text,
        },
        file_path: section.text("file_path").map(|found| log_file(&found)),
        keep_stdout: section.flag("keep_stdout"),
    }
}

/// The log file; its folder must be there, or nothing would be written.
fn log_file(found: &Found<'_>) -> PathBuf {
    let path = PathBuf::from(found.text);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() {
        found.error("bad_log_file", "the path is a folder", "write the path of a file in it");
    } else if !folder.is_dir() {
        let says = "the folder of the log file does not exist";
        found.error("bad_log_file", says, "create the folder, or correct the path");
    }
    path
}

pub(super) fn theme(root: &Section<'_>) -> Theme {
    match root.text_or("theme", "light").as_str() {
        "auto" => Theme::Auto,
        "dark" => Theme::Dark,
        "grey" => Theme::Grey,
        "oled" => Theme::Oled,
        _ => Theme::Light,
    }
}

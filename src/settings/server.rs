//! The listener, who stands before it, the log and the look.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::rate_limits::RateLimits;
use crate::model::origin::Origin;

/// Where Signet listens and whom it believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The address to listen on.
    pub address: ListenAddress,
    /// Where the address came from.
    pub address_origin: Origin,
    /// Whether `/api/health` answers 404.
    pub disable_healthcheck: bool,
    /// The proxies whose `X-Forwarded-For` counts; empty trusts nobody.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether everyone seems to come from one address: that of a proxy which is not trusted.
    pub shared_address: bool,
    /// How long a connection may take.
    pub timeouts: Timeouts,
    /// The largest header section that is read, in bytes.
    pub header_bytes: usize,
    /// How many failures endpoints bear.
    pub rate_limits: RateLimits,
    /// TLS that Signet speaks itself; `None` speaks plain HTTP, to a proxy.
    pub tls: Option<Tls>,
}

/// TLS of the listener. The files are read where it is spoken: they change while the configuration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The certificate, and behind it those of its issuers.
    pub certificate: PemFile,
    /// The private key of the certificate.
    pub key: PemFile,
    /// The hosts of the https issuers, without ports: what the certificate must name.
    pub hosts: Vec<String>,
}

/// A file in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemFile {
    /// The file, or a link to it.
    pub path: PathBuf,
    /// Where the path came from.
    pub origin: Origin,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// A TCP address.
    Tcp {
        /// The host name or IP address (IPv6 without brackets); `None` listens on all addresses.
        host: Option<String>,
        /// The port; 0 lets the system choose.
        port: u16,
        /// Which addresses of the host.
        family: Family,
    },
    /// A socket of this machine.
    Unix {
        /// Where it lies: an absolute path.
        path: PathBuf,
        /// The bits that its mode does not have; the umask of the process by default.
        umask: Option<u32>,
    },
    /// A socket that whoever started Signet listens on already, as systemd hands it over (`sd_listen_fds(3)`).
    Descriptor {
        /// Its number, at least 3.
        number: u32,
    },
}

/// Which addresses of a host to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// All of them (`tcp`).
    Any,
    /// Those of IPv4 (`tcp4`).
    V4,
    /// Those of IPv6 (`tcp6`).
    V6,
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host: Some(host), port, .. } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port, .. } => write!(f, "{}:{port}", host.as_deref().unwrap_or_default()),
            Self::Unix { path, .. } => write!(f, "unix://{}", path.display()),
            Self::Descriptor { number } => write!(f, "fd://{number}"),
        }
    }
}

/// How long a connection may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To send the head of a request.
    pub read: Duration,
    /// To take more of an answer.
    pub write: Duration,
    /// To send another request on a connection that stays open.
    pub idle: Duration,
}

/// Where figures are served (`telemetry.metrics`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// The address to listen on, apart from the provider's.
    pub address: ListenAddress,
    /// The path they are served at, beginning with a slash.
    pub path: String,
    /// How long a connection may take.
    pub timeouts: Timeouts,
    /// The largest header section that is read, in bytes.
    pub header_bytes: usize,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// What is not told.
    pub level: LogLevel,
    /// How a line is written.
    pub format: LogFormat,
    /// The file to append to; `None` writes to standard output.
    pub file_path: Option<PathBuf>,
    /// Whether standard output gets the lines too when there is a file.
    pub keep_stdout: bool,
}

/// The least important lines that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// And what deserves a look.
    Warn,
    /// And what happens.
    Info,
    /// And why.
    Debug,
    /// And every step.
    Trace,
}

impl LogLevel {
    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// How the pages look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the browser asks.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// Grey.
    Grey,
    /// Dark on black.
    Oled,
}

impl Theme {
    /// Its name, in the configuration and on the pages (`data-theme`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Grey => "grey",
            Self::Oled => "oled",
        }
    }
}

//! Where the demo's provider listens: an address of this machine that may be an issuer in plain http.

use std::fmt;
use std::str::FromStr;

/// A host of this machine with a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DemoAddress {
    /// `127.0.0.1`, `[::1]` or `localhost`.
    pub host: &'static str,
    /// The port; 0 lets the system choose.
    pub port: u16,
}

/// The hosts of an issuer in plain http.
const HOSTS: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Why a text is no address of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressProblem {
    #[error("it must be a host and a port, for example 127.0.0.1:9091")]
    NoPort,
    #[error("the port must be a number from 0 to 65535")]
    Port,
    #[error(
        "the demo speaks plain http, so its host, which is the host of the issuer too, must be 127.0.0.1, [::1] or \
         localhost"
    )]
    Host,
}

impl FromStr for DemoAddress {
    type Err = AddressProblem;

    fn from_str(text: &str) -> Result<Self, AddressProblem> {
        let (host, port) = text.rsplit_once(':').ok_or(AddressProblem::NoPort)?;
        let host =
            HOSTS.into_iter().find(|known| known.eq_ignore_ascii_case(host)).ok_or(AddressProblem::Host)?;
        Ok(Self { host, port: port.parse().map_err(|_| AddressProblem::Port)? })
    }
}

impl fmt::Display for DemoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_may_be_an_issuer_in_plain_http_are_taken() {
        for text in ["127.0.0.1:9091", "[::1]:0", "localhost:9191"] {
            assert_eq!(text.parse::<DemoAddress>().unwrap().to_string(), text);
        }
        let problem = |text: &str| text.parse::<DemoAddress>().unwrap_err();
        assert_eq!(problem("127.0.0.2:9191"), AddressProblem::Host);
        assert_eq!(problem("0.0.0.0:9191"), AddressProblem::Host);
        assert_eq!(problem("auth.example.com:9191"), AddressProblem::Host);
        assert_eq!(problem("9191"), AddressProblem::NoPort);
        assert_eq!(problem("localhost:99999"), AddressProblem::Port);
    }
}

//! Addresses as the configuration writes them: `tcp://:9091/`, `[::1]:5432`, `unix:///run/signet.sock`, `fd://3`.

use std::path::PathBuf;

/// An address to listen on or to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A network address.
    Network {
        /// `tcp`, `tcp4`, `udp`, `smtp` and so on.
        scheme: String,
        /// The host, IPv6 without brackets; `None` when the text has none.
        host: Option<String>,
        /// The port.
        port: Option<u16>,
        /// The path, empty or beginning with a slash.
        path: String,
    },
    /// A Unix socket.
    Unix {
        /// Where it lies.
        path: PathBuf,
        /// The bits that its mode does not have.
        umask: Option<u32>,
        /// The path of what is served there.
        base: String,
    },
    /// A socket that is inherited.
    Descriptor {
        /// Its number.
        number: u32,
        /// The path of what is served there.
        base: String,
    },
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressProblem {
    /// A scheme that is not known.
    #[error("the scheme of the address is not known")]
    Scheme,
    /// No host where one is needed, or one with a character that no host has.
    #[error("the address has no valid host")]
    Host,
    /// No number from 0 to 65535.
    #[error("the port of the address is no number from 0 to 65535")]
    Port,
    /// A Unix socket without an absolute path.
    #[error("the address of a Unix socket needs an absolute path")]
    SocketPath,
    /// No file descriptor after `fd://`.
    #[error("the address names no file descriptor")]
    Descriptor,
    /// No octal mask.
    #[error("the umask of the address is not three or four octal digits, as 0117")]
    Umask,
    /// A query or another part that has no meaning.
    #[error("the address has a part that means nothing here")]
    Extra,
}

const SCHEMES: &[&str] = &[
    "tcp",
    "tcp4",
    "tcp6",
    "udp",
    "udp4",
    "udp6",
    "ldap",
    "ldaps",
    "ldapi",
    "smtp",
    "submission",
    "submissions",
];

/// Reads an address; without a scheme it is `tcp`, or `unix` when it begins with a slash.
pub(super) fn parse(text: &str) -> Result<Address, AddressProblem> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None if text.starts_with('/') => ("unix", text),
        None => ("tcp", text),
    };
    match scheme {
        "unix" => return unix(rest),
        "fd" => {
            let (number, query) = rest.split_once('?').unwrap_or((rest, ""));
            let (_, base) = socket_options(query)?;
            let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let number = number.parse().ok().filter(|_| digits).ok_or(AddressProblem::Descriptor)?;
            return Ok(Address::Descriptor { number, base });
        }
        _ if SCHEMES.contains(&scheme) => {}
        _ => return Err(AddressProblem::Scheme),
    }
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at_checked(slash).unwrap_or((rest, "")),
        None => (rest, ""),
    };
    if path.contains(['?', '#']) || authority.contains(['?', '#', '@']) {
        return Err(AddressProblem::Extra);
    }
    let (host, port) = authority_parts(authority)?;
    Ok(Address::Network { scheme: scheme.to_owned(), host, port, path: path.to_owned() })
}

fn unix(rest: &str) -> Result<Address, AddressProblem> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !path.starts_with('/') {
        return Err(AddressProblem::SocketPath);
    }
    let (umask, base) = socket_options(query)?;
    Ok(Address::Unix { path: PathBuf::from(path), umask, base })
}

/// `umask` and `path` in the query of a socket that is no network address.
fn socket_options(query: &str) -> Result<(Option<u32>, String), AddressProblem> {
    let (mut umask, mut base) = (None, String::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("umask", mask)) => {
                let octal = matches!(mask.len(), 3 | 4) && mask.bytes().all(|b| (b'0'..=b'7').contains(&b));
                let mask = u32::from_str_radix(mask, 8).ok().filter(|mask| octal && *mask <= 0o777);
                umask = Some(mask.ok_or(AddressProblem::Umask)?);
            }
            Some(("path", path)) => base = path.to_owned(),
            _ => return Err(AddressProblem::Extra),
        }
    }
    Ok((umask, base))
}

fn authority_parts(authority: &str) -> Result<(Option<String>, Option<u16>), AddressProblem> {
    let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
        let (host, after) = inner.split_once(']').ok_or(AddressProblem::Host)?;
        host.parse::<std::net::Ipv6Addr>().map_err(|_| AddressProblem::Host)?;
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err(AddressProblem::Host),
        }
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    let named =
        host.contains(':') || host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if !named || (host.is_empty() && port.is_none()) {
        return Err(AddressProblem::Host);
    }
    let port = match port {
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
            Some(port.parse().map_err(|_| AddressProblem::Port)?)
        }
        Some(_) => return Err(AddressProblem::Port),
        None => None,
    };
    Ok(((!host.is_empty()).then(|| host.to_owned()), port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn network(text: &str) -> (String, Option<String>, Option<u16>, String) {
        match parse(text) {
            Ok(Address::Network { scheme, host, port, path }) => (scheme, host, port, path),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn the_forms_of_the_contract_are_read() {
        assert_eq!(network("tcp://:9091/"), ("tcp".into(), None, Some(9091), "/".into()));
        assert_eq!(
            network("127.0.0.1:9091"),
            ("tcp".into(), Some("127.0.0.1".into()), Some(9091), String::new())
        );
        assert_eq!(
            network("tcp6://[::1]:9091/auth"),
            ("tcp6".into(), Some("::1".into()), Some(9091), "/auth".into())
        );
        assert_eq!(network("tcp://db"), ("tcp".into(), Some("db".into()), None, String::new()));
        let unix = |umask, base: &str| {
            Ok(Address::Unix { path: "/run/s.sock".into(), umask, base: base.to_owned() })
        };
        assert_eq!(parse("/run/s.sock"), unix(None, ""));
        assert_eq!(parse("unix:///run/s.sock?umask=0022"), unix(Some(0o022), ""));
        assert_eq!(parse("unix:///run/s.sock?umask=117&path=auth"), unix(Some(0o117), "auth"));
        assert_eq!(parse("fd://3"), Ok(Address::Descriptor { number: 3, base: String::new() }));
        assert_eq!(parse("fd://4?path=auth"), Ok(Address::Descriptor { number: 4, base: "auth".to_owned() }));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!(parse("http://:9091"), Err(AddressProblem::Scheme));
        assert_eq!(parse("tcp://:99999"), Err(AddressProblem::Port));
        assert_eq!(parse("tcp://:http"), Err(AddressProblem::Port));
        assert_eq!(parse("tcp://a b:1"), Err(AddressProblem::Host));
        assert_eq!(parse("tcp://[::1"), Err(AddressProblem::Host));
        assert_eq!(parse("unix://run/s"), Err(AddressProblem::SocketPath));
        for mask in ["9", "22", "00022", "0o22", "1022", ""] {
            assert_eq!(parse(&format!("unix:///run/s?umask={mask}")), Err(AddressProblem::Umask), "{mask}");
        }
        assert_eq!(parse("unix:///run/s?mode=0600"), Err(AddressProblem::Extra));
        for number in ["", "x", "+3", "-1", "3/", "99999999999"] {
            assert_eq!(parse(&format!("fd://{number}")), Err(AddressProblem::Descriptor), "{number}");
        }
        assert_eq!(parse(""), Err(AddressProblem::Host));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_printed_reads_back(
            scheme in proptest::sample::select(SCHEMES),
            host in prop_oneof![
                Just(None),
                "[a-z0-9_][a-z0-9._-]{0,20}".prop_map(Some),
                any::<std::net::Ipv4Addr>().prop_map(|ip| Some(ip.to_string())),
                any::<std::net::Ipv6Addr>().prop_map(|ip| Some(ip.to_string())),
            ],
            port in any::<Option<u16>>(),
            path in "(/[a-z0-9]{0,8}){0,2}",
        ) {
            prop_assume!(host.is_some() || port.is_some());
            let printed_host = match &host {
                Some(host) if host.contains(':') => format!("[{host}]"),
                host => host.clone().unwrap_or_default(),
            };
            let printed_port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let network = Address::Network { scheme: (*scheme).to_owned(), host, port, path: path.clone() };
            let printed = format!("{scheme}://{printed_host}{printed_port}{path}");
            prop_assert_eq!(parse(&printed), Ok(network));
        }

        #[test]
        fn a_port_that_is_no_port_is_refused(port in 65_536u64..) {
            prop_assert_eq!(parse(&format!("tcp://db:{port}")), Err(AddressProblem::Port));
        }

        #[test]
        fn sockets_and_descriptors_read_back(
            path in "(/[a-z0-9._-]{1,8}){1,3}",
            mask in 0..=0o777_u32,
            base in "[a-z]{0,8}",
            number in any::<u32>(),
        ) {
            let unix = |umask, base: &str| Address::Unix { path: path.clone().into(), umask, base: base.to_owned() };
            prop_assert_eq!(parse(&format!("unix://{path}?umask={mask:03o}&path={base}")), Ok(unix(Some(mask), &base)));
            prop_assert_eq!(parse(&path), Ok(unix(None, "")));
            let descriptor = Address::Descriptor { number, base: base.clone() };
            prop_assert_eq!(parse(&format!("fd://{number}?path={base}")), Ok(descriptor));
        }
    }
}

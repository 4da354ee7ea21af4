//! Why nothing was fetched.

use std::net::IpAddr;

/// Why a URL gave no bytes: for the log. It tells of the inside of the network, so no stranger gets to read it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The URL is neither https nor http.
    #[error("the scheme {0} is not fetched, only https is")]
    Scheme(String),
    /// The URL carries a name or a password.
    #[error("the URL carries a user or a password, and Signet sends none")]
    Credentials,
    /// The URL has no host.
    #[error("the URL has no host")]
    NoHost,
    /// The address is no host of the internet, and not allowed.
    #[error(
        "{address} is {what}, and not in identity_providers.oidc.outbound.allowed_networks: \
         nothing was connected to"
    )]
    Inside {
        /// The address the host stands for.
        address: IpAddr,
        /// What it is.
        what: &'static str,
    },
    /// The URL is http, and its address is not in an allowed network.
    #[error(
        "the URL is http, which is fetched from identity_providers.oidc.outbound.allowed_networks only, \
         and {address} is not in them: nothing was connected to"
    )]
    Readable {
        /// The address the host stands for.
        address: IpAddr,
    },
    /// The name has no address.
    #[error("the host's address is not known: {0}")]
    Resolve(String),
    /// Nobody answered at the address.
    #[error("no connection to {address}: {error}")]
    Connect {
        /// The address that was tried last.
        address: IpAddr,
        /// What the system says.
        error: String,
    },
    /// The certificate is not trusted, or TLS failed otherwise.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// It took longer than three seconds.
    #[error("it took longer than 3 seconds")]
    Slow,
    /// The answer leads elsewhere, which is not followed.
    #[error("the answer has status {0} and leads elsewhere; redirects are not followed")]
    Redirect(u16),
    /// The answer is not 200.
    #[error("the answer has status {0}, not 200")]
    Status(u16),
    /// The answer is compressed, though that was not asked for.
    #[error("the answer is encoded as {0}, which was not asked for")]
    Encoding(String),
    /// The answer is longer than 64 KiB.
    #[error("the answer is longer than 64 KiB")]
    Large,
    /// The answer is no HTTP, or ended early.
    #[error("the answer is broken: {0}")]
    Broken(String),
    /// Too much is fetched at once, or too many URLs were within half a minute.
    #[error("too much is being fetched at the moment")]
    Busy,
}

//! What this version does with an option that it does not carry out; an option not named here works.

use super::state::State;
use State::{Harmless, Moved, Never, Refused};

const NO_PASSWORD_RESET: &str = "people cannot reset or change their password in Signet yet";
const NO_PASSWORD_MAIL: &str =
    "Signet sends no mail yet: nobody resets a password or confirms a step by mail";
const NO_WRITE_BUFFER: &str = "an answer is as long as it is, whatever buffer it goes through";
const NO_ELEVATION: &str = "Signet has no step yet that a code sent by mail confirms";
const TLS_DEFAULT: &[&str] = &["TLS1.2", "TLS 1.2"];

pub(super) const STATES: &[(&str, State)] = &[
    // around the provider
    ("default_2fa_method", Harmless("one-time codes are the only second factor yet", &["totp"])),
    ("telemetry.metrics.buffers.write", Never(NO_WRITE_BUFFER, &[])),
    ("webauthn", Harmless("nobody signs in with a passkey or security key yet; one-time codes work", &[])),
    ("notifier", Harmless(NO_PASSWORD_MAIL, &[])),
    ("identity_validation", Harmless(NO_PASSWORD_MAIL, &[])),
    ("password_policy", Harmless("nobody sets a new password in Signet yet, so no policy is applied", &[])),
    ("privacy_policy", Harmless("the pages do not show a privacy policy yet", &[])),
    ("server.asset_path", Harmless("the pages show Signet's own pictures", &[])),
    ("server.buffers.write", Never(NO_WRITE_BUFFER, &[])),
    ("server.endpoints.rate_limits.reset_password_start", Harmless(NO_PASSWORD_RESET, &[])),
    ("server.endpoints.rate_limits.reset_password_finish", Harmless(NO_PASSWORD_RESET, &[])),
    ("server.endpoints.rate_limits.second_factor_duo", Never("use one-time codes as the second factor", &[])),
    ("server.endpoints.rate_limits.session_elevation_start", Harmless(NO_ELEVATION, &[])),
    ("server.endpoints.rate_limits.session_elevation_finish", Harmless(NO_ELEVATION, &[])),
    ("server.endpoints.enable_pprof", Never("Signet has no such endpoint", &["false"])),
    ("server.endpoints.enable_expvars", Never("Signet has no such endpoint", &["false"])),
    (
        "server.endpoints.authz",
        Never("Signet is no forward-auth server: put a proxy that speaks OpenID Connect before the app", &[]),
    ),
    ("server.headers.csp_template", Never("the pages carry a strict policy of their own", &[])),
    (
        "server.tls.client_certificates",
        Refused("this version does not ask clients for certificates, so everyone could connect", &[]),
    ),
    ("access_control", Never("Signet is no forward-auth server: use authorization_policies per client", &[])),
    ("duo_api", Never("use one-time codes as the second factor", &[])),
    ("ntp", Never("let the operating system keep the time", &[])),
    (
        "session.secret",
        Never("session identifiers are random and stored hashed, nothing is encrypted with it", &[]),
    ),
    ("session.redis", Never("sessions live in the database that `storage` names", &[])),
    ("session.domain", Moved("session.cookies[].domain")),
    ("default_redirection_url", Moved("session.cookies[].default_redirection_url")),
    ("storage.mysql", Refused("this version cannot use MySQL", &[])),
    ("storage.postgres.ssl", Moved("storage.postgres.tls")),
    (
        "storage.postgres.tls.server_name",
        Harmless("the certificate is checked against the host of the address", &[]),
    ),
    (
        "storage.postgres.tls.minimum_version",
        Refused("this version cannot raise it above TLS1.2", TLS_DEFAULT),
    ),
    (
        "storage.postgres.tls.maximum_version",
        Harmless("the best version both sides know is used", &["TLS1.3", "TLS 1.3"]),
    ),
    (
        "storage.postgres.servers[].tls.server_name",
        Harmless("the certificate is checked against the host of the address", &[]),
    ),
    (
        "storage.postgres.servers[].tls.minimum_version",
        Refused("this version cannot raise it above TLS1.2", TLS_DEFAULT),
    ),
    (
        "storage.postgres.servers[].tls.maximum_version",
        Harmless("the best version both sides know is used", &["TLS1.3", "TLS 1.3"]),
    ),
    (
        "authentication_backend.ldap",
        Refused("this version cannot ask an LDAP server, so nobody could sign in", &[]),
    ),
    ("authentication_backend.password_reset.disable", Harmless(NO_PASSWORD_RESET, &["true"])),
    ("authentication_backend.password_change.disable", Harmless(NO_PASSWORD_RESET, &["true"])),
    (
        "authentication_backend.refresh_interval",
        Never("the users file is read again whenever it changes, at most a second later", &["always"]),
    ),
    (
        "authentication_backend.file.watch",
        Never("the users file is always read again when it changes", &["true"]),
    ),
    (
        "authentication_backend.file.password",
        Harmless("nobody sets a new password in Signet yet; digests of every known format are accepted", &[]),
    ),
    (
        "authentication_backend.file.password.iterations",
        Moved("authentication_backend.file.password.argon2.iterations"),
    ),
    (
        "authentication_backend.file.password.memory",
        Moved("authentication_backend.file.password.argon2.memory"),
    ),
    (
        "authentication_backend.file.password.parallelism",
        Moved("authentication_backend.file.password.argon2.parallelism"),
    ),
    (
        "authentication_backend.file.password.key_length",
        Moved("authentication_backend.file.password.argon2.key_length"),
    ),
    (
        "authentication_backend.file.password.salt_length",
        Moved("authentication_backend.file.password.argon2.salt_length"),
    ),
    ("totp.disable_reuse_security_policy", Never("a one-time code is accepted once", &["false"])),
    // the provider
    (
        "identity_providers.oidc.lifespans.custom.<name>.grants.implicit.authorize_code",
        Never("the code of a hybrid answer is one of the grant authorize_code", &[]),
    ),
    (
        "identity_providers.oidc.lifespans.custom.<name>.grants.implicit.refresh_token",
        Never("that grant gives no refresh token", &[]),
    ),
    (
        "identity_providers.oidc.lifespans.custom.<name>.grants.device_code.authorize_code",
        Never("that grant gives no authorization code", &[]),
    ),
    (
        "identity_providers.oidc.lifespans.custom.<name>.grants.jwt_bearer",
        Never("that grant does not exist", &[]),
    ),
    (
        "identity_providers.oidc.lifespans.custom.<name>.grants.refresh_token.authorize_code",
        Never("a refresh gives no authorization code", &[]),
    ),
    (
        "identity_providers.oidc.lifespans.custom.<name>.grants.client_credentials.authorize_code",
        Never("that grant gives no authorization code", &[]),
    ),
    (
        "identity_providers.oidc.lifespans.custom.<name>.grants.client_credentials.refresh_token",
        Never("that grant gives no refresh token", &[]),
    ),
    (
        "identity_providers.oidc.lifespans.custom.<name>.grants.client_credentials.id_token",
        Never("that grant gives no ID token", &[]),
    ),
    (
        "identity_providers.oidc.access_token_lifespan",
        Moved("identity_providers.oidc.lifespans.access_token"),
    ),
    (
        "identity_providers.oidc.authorize_code_lifespan",
        Moved("identity_providers.oidc.lifespans.authorize_code"),
    ),
    ("identity_providers.oidc.id_token_lifespan", Moved("identity_providers.oidc.lifespans.id_token")),
    (
        "identity_providers.oidc.refresh_token_lifespan",
        Moved("identity_providers.oidc.lifespans.refresh_token"),
    ),
    // a client
    ("identity_providers.oidc.clients[].id", Moved("client_id")),
    ("identity_providers.oidc.clients[].description", Moved("client_name")),
    ("identity_providers.oidc.clients[].secret", Moved("client_secret")),
    ("identity_providers.oidc.clients[].sector_identifier", Moved("sector_identifier_uri")),
    ("identity_providers.oidc.clients[].userinfo_signing_algorithm", Moved("userinfo_signed_response_alg")),
    // keys of older configurations
    ("jwt_secret", Moved("identity_validation.reset_password.jwt_secret")),
    ("host", Moved("server.address")),
    ("port", Moved("server.address")),
    ("tls_cert", Moved("server.tls.certificate")),
    ("tls_key", Moved("server.tls.key")),
    ("log_level", Moved("log.level")),
    ("log_format", Moved("log.format")),
    ("log_file_path", Moved("log.file_path")),
    ("server.host", Moved("server.address")),
    ("server.port", Moved("server.address")),
    ("server.path", Moved("server.address")),
    ("server.read_buffer_size", Moved("server.buffers.read")),
    ("server.write_buffer_size", Moved("server.buffers.write")),
    ("session.remember_me_duration", Moved("session.remember_me")),
    ("storage.postgres.host", Moved("storage.postgres.address")),
    ("storage.postgres.port", Moved("storage.postgres.address")),
    ("authentication_backend.disable_reset_password", Moved("authentication_backend.password_reset.disable")),
];

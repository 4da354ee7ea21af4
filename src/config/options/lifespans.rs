//! The options of `identity_providers.oidc.lifespans`.

use super::entry::{Entry, Group, derived, option};
use super::kind::Kind::Time;

/// What holds where a level says nothing.
const ABOVE: &str = "that of `lifespans`";
const CUSTOM: &str = "that of the name, or else of `lifespans`";

const GLOBAL: &[Entry] = &[
    option("access_token", Time, "1h", "how long an access token is valid"),
    option("refresh_token", Time, "90m", "how long a refresh token is valid"),
    option("id_token", Time, "1h", "how long an ID token is valid"),
    option("authorize_code", Time, "1m", "how long an authorization code is valid"),
    option("device_code", Time, "10m", "how long a device code is valid (RFC 8628)"),
    option("jwt_secured_authorization", Time, "5m", "how long a JWT response is valid (JARM)"),
];

const NAMED: &[Entry] = &[
    derived(
        "<name>.access_token",
        Time,
        ABOVE,
        "how long access tokens of clients with this `lifespan` are valid",
    ),
    derived(
        "<name>.refresh_token",
        Time,
        ABOVE,
        "how long refresh tokens of clients with this `lifespan` are valid",
    ),
    derived("<name>.id_token", Time, ABOVE, "how long ID tokens of clients with this `lifespan` are valid"),
    derived(
        "<name>.authorize_code",
        Time,
        ABOVE,
        "how long authorization codes of clients with this `lifespan` are valid",
    ),
    derived(
        "<name>.device_code",
        Time,
        ABOVE,
        "how long device codes of clients with this `lifespan` are valid",
    ),
    derived(
        "<name>.grants.authorize_code.access_token",
        Time,
        CUSTOM,
        "how long an access token by the grant `authorization_code` is valid",
    ),
    derived(
        "<name>.grants.authorize_code.refresh_token",
        Time,
        CUSTOM,
        "how long a refresh token by the grant `authorization_code` is valid",
    ),
    derived(
        "<name>.grants.authorize_code.id_token",
        Time,
        CUSTOM,
        "how long an ID token by the grant `authorization_code` is valid",
    ),
    derived(
        "<name>.grants.authorize_code.authorize_code",
        Time,
        CUSTOM,
        "how long an authorization code by the grant `authorization_code` is valid",
    ),
    derived(
        "<name>.grants.device_code.access_token",
        Time,
        CUSTOM,
        "how long an access token by the grant `device_code` is valid",
    ),
    derived(
        "<name>.grants.device_code.refresh_token",
        Time,
        CUSTOM,
        "how long a refresh token by the grant `device_code` is valid",
    ),
    derived(
        "<name>.grants.device_code.id_token",
        Time,
        CUSTOM,
        "how long an ID token by the grant `device_code` is valid",
    ),
    derived(
        "<name>.grants.device_code.authorize_code",
        Time,
        CUSTOM,
        "how long an authorization code by the grant `device_code` is valid",
    ),
    derived(
        "<name>.grants.implicit.access_token",
        Time,
        CUSTOM,
        "how long an access token by the grant `implicit` is valid",
    ),
    derived(
        "<name>.grants.implicit.refresh_token",
        Time,
        CUSTOM,
        "how long a refresh token by the grant `implicit` is valid",
    ),
    derived(
        "<name>.grants.implicit.id_token",
        Time,
        CUSTOM,
        "how long an ID token by the grant `implicit` is valid",
    ),
    derived(
        "<name>.grants.implicit.authorize_code",
        Time,
        CUSTOM,
        "how long an authorization code by the grant `implicit` is valid",
    ),
    derived(
        "<name>.grants.client_credentials.access_token",
        Time,
        CUSTOM,
        "how long an access token by the grant `client_credentials` is valid",
    ),
    derived(
        "<name>.grants.client_credentials.refresh_token",
        Time,
        CUSTOM,
        "how long a refresh token by the grant `client_credentials` is valid",
    ),
    derived(
        "<name>.grants.client_credentials.id_token",
        Time,
        CUSTOM,
        "how long an ID token by the grant `client_credentials` is valid",
    ),
    derived(
        "<name>.grants.client_credentials.authorize_code",
        Time,
        CUSTOM,
        "how long an authorization code by the grant `client_credentials` is valid",
    ),
    derived(
        "<name>.grants.refresh_token.access_token",
        Time,
        CUSTOM,
        "how long an access token by the grant `refresh_token` is valid",
    ),
    derived(
        "<name>.grants.refresh_token.refresh_token",
        Time,
        CUSTOM,
        "how long a refresh token by the grant `refresh_token` is valid",
    ),
    derived(
        "<name>.grants.refresh_token.id_token",
        Time,
        CUSTOM,
        "how long an ID token by the grant `refresh_token` is valid",
    ),
    derived(
        "<name>.grants.refresh_token.authorize_code",
        Time,
        CUSTOM,
        "how long an authorization code by the grant `refresh_token` is valid",
    ),
    derived(
        "<name>.grants.jwt_bearer.access_token",
        Time,
        CUSTOM,
        "how long an access token by the grant `jwt_bearer` is valid",
    ),
    derived(
        "<name>.grants.jwt_bearer.refresh_token",
        Time,
        CUSTOM,
        "how long a refresh token by the grant `jwt_bearer` is valid",
    ),
    derived(
        "<name>.grants.jwt_bearer.id_token",
        Time,
        CUSTOM,
        "how long an ID token by the grant `jwt_bearer` is valid",
    ),
    derived(
        "<name>.grants.jwt_bearer.authorize_code",
        Time,
        CUSTOM,
        "how long an authorization code by the grant `jwt_bearer` is valid",
    ),
];

pub(super) const GROUPS: &[Group] = &[
    Group { under: "identity_providers.oidc.lifespans", options: GLOBAL },
    Group { under: "identity_providers.oidc.lifespans.custom", options: NAMED },
];

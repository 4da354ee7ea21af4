//! Who may use whom. Every row is used: what nobody needs is not permitted.

/// Every room with the rooms it may use. Arrows point only downward, so there are no circles.
pub const ROOMS: &[(&str, &[&str])] = &[
    ("expression", &[]),
    ("clock", &[]),
    ("protocol", &[]),
    ("jose", &[]),
    ("secrets", &[]),
    ("yaml", &[]),
    ("model", &["clock", "expression", "protocol", "jose", "secrets"]),
    ("settings", &["clock", "jose", "model"]),
    ("config", &["clock", "expression", "protocol", "jose", "secrets", "yaml", "model", "settings"]),
    ("storage", &["clock", "protocol", "secrets", "model"]),
    ("outbound", &["clock", "protocol", "settings"]),
    ("observe", &["clock", "model"]),
    ("users", &["clock", "protocol", "secrets", "yaml", "model", "settings", "storage", "observe"]),
    (
        "provider",
        &[
            "clock",
            "expression",
            "protocol",
            "jose",
            "secrets",
            "model",
            "settings",
            "storage",
            "outbound",
            "observe",
            "users",
        ],
    ),
    ("tasks", &["clock", "model", "storage", "observe", "provider"]),
    ("web", &["clock", "protocol", "secrets", "model", "settings", "observe", "users", "provider"]),
    (
        "runtime",
        &[
            "clock", "jose", "secrets", "yaml", "model", "settings", "storage", "outbound", "observe",
            "users", "provider", "tasks", "web",
        ],
    ),
    (
        "cli",
        &[
            "clock", "jose", "secrets", "yaml", "model", "settings", "config", "storage", "outbound",
            "observe", "users", "runtime",
        ],
    ),
    ("demo", &[]),
];

/// Files and folders that may do more than their room.
pub const DOORS: &[(&str, &str)] = &[("src/cli/demo/", "demo")];

/// Outside crates and the rooms they are pinned to. A crate that is not named here may be used anywhere.
pub const CRATES: &[(&[&str], &[&str])] = &[
    (&["sqlx"], &["storage"]),
    (&["axum", "axum_extra", "tower", "tower_http"], &["web", "runtime", "demo"]),
    (&["hyper", "hyper_util"], &["runtime", "outbound"]),
    (&["rustls", "tokio_rustls"], &["runtime", "outbound"]),
    (&["rustls_native_certs"], &["outbound"]),
    (&["tower_sessions"], &["web", "runtime"]),
    (&["josekit", "rsa", "p256", "p384", "p521"], &["jose"]),
    (&["openssl"], &["jose", "secrets"]),
    (&["argon2", "pbkdf2", "scrypt", "bcrypt", "sha_crypt", "yescrypt"], &["secrets"]),
    (&["totp_rs"], &["users"]),
    (&["cel"], &["expression"]),
    (&["httparse"], &["runtime"]),
    (&["rustix"], &["runtime", "users"]),
    (&["listenfd"], &["runtime"]),
    (&["serde_yaml", "serde_saphyr"], &["yaml"]),
    (&["askama"], &["web", "demo"]),
    (&["qrcode"], &["web"]),
    (&["metrics", "metrics_exporter_prometheus", "metrics_process"], &["observe"]),
    (&["openidconnect", "oauth2"], &["demo"]),
    (&["reqwest"], &["demo"]),
    (&["clap"], &["cli"]),
];

/// Parts of the standard library that are pinned, outside of tests: the path, the rooms, and what to do instead.
pub const STANDARD: &[(&str, &[&str], &str)] = &[
    ("std::env", &["config"], "only config reads the environment"),
    ("SystemTime::now", &["clock"], "time is handed in: use clock::Clock"),
    ("OffsetDateTime::now_utc", &[], "time is handed in: use clock::Clock"),
    ("Instant::now", &["clock"], "time is handed in: use clock::Clock"),
];

/// Files (or folders, with a slash at the end) that may use a pinned part of the standard library, and why.
pub const JUSTIFIED: &[(&str, &str, &str)] = &[
    ("src/demo/", "OffsetDateTime::now_utc", "a stranger has a clock of its own"),
    ("src/demo/", "Instant::now", "a stranger has a clock of its own"),
    ("src/runtime/", "Instant::now", "measures waiting, which a wall clock that is set must not disturb"),
];

/// Lines of code, unit tests not counted, from which a file is named, and above which it is refused.
pub const LONG: usize = 400;
pub const TOO_LONG: usize = 450;

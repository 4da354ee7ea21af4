//! What holds a running Signet together: snapshot, reload, listeners, signals.

//! The people: directory, passwords, one-time codes, regulation, sign-in.

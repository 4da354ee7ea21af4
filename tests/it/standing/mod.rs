//! What was proven, granted or issued ends with what it stood on: the sign-in, the registration.

mod registration;
mod sessions;
mod sign_out;

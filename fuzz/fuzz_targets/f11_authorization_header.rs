#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::protocol::fuzz::f11_authorization_header(data));

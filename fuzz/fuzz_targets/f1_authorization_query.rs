#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::protocol::fuzz::f1_authorization_query(data));

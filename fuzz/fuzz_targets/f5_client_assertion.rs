#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::provider::fuzz::f5_client_assertion(data));

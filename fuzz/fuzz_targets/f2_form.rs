#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::protocol::fuzz::f2_form(data));

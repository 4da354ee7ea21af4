#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::config::fuzz::f9_configuration(data));

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::config::fuzz::f12_filters(data));

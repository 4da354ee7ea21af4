#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::jose::fuzz::f7_envelope(data));

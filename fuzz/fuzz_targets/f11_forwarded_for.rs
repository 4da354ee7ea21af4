#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::web::fuzz::f11_forwarded_for(data));

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signet::protocol::fuzz::f6_request_object(data));

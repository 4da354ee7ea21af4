use serde_json::json;

use super::*;

const NOW: NumericDate = 1_800_000_000;

#[test]
fn a_signed_object_has_an_end_within_a_day_and_an_unsigned_one_need_not() {
    let judge = |signed, exp| times(NOW, signed, exp, [None, None]).is_ok();
    assert!(judge(false, None) && !judge(true, None));
    for (exp, taken) in [
        (NOW + 60, true),
        (NOW, true),
        (NOW - TOLERANCE + 1, true),
        (NOW - TOLERANCE, false),
        (NOW + LONGEST_LIFE + TOLERANCE, true),
        (NOW + LONGEST_LIFE + TOLERANCE + 1, false),
        (0, false),
    ] {
        assert_eq!((judge(true, Some(exp)), judge(false, Some(exp))), (taken, taken), "{exp}");
    }
}

#[test]
fn an_object_holds_from_when_it_says() {
    for (begin, taken) in [(0, true), (NOW, true), (NOW + TOLERANCE, true), (NOW + TOLERANCE + 1, false)] {
        for begins in [[Some(begin), None], [None, Some(begin)], [Some(0), Some(begin)]] {
            assert_eq!(times(NOW, true, Some(NOW + 60), begins).is_ok(), taken, "{begins:?}");
        }
    }
    assert_eq!(
        json!(times(NOW, true, None, [None, None]).unwrap_err().code),
        json!("invalid_request_object")
    );
}

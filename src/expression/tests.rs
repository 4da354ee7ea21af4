use serde_json::json;

use super::*;

fn sample() -> BTreeMap<String, Value> {
    let groups: Vec<String> = (0..100).map(|number| format!("a-group-of-someone-else-{number}")).collect();
    let sample = json!({
        "username": "alice", "email": "alice@example.com", "groups": groups, "updated_at": 1_700_000_000,
        "address": {"locality": "Oxford"}, "badge": 7, "keys": ["one", "two"], "contractor": false,
    });
    sample.as_object().unwrap().clone().into_iter().collect()
}

fn alice(name: &str) -> Option<Value> {
    let alice = json!({
        "username": "alice", "email": "Alice@Example.com", "groups": ["admins", "dev"], "updated_at": 1_700_000_000,
        "address": {"locality": "Oxford"}, "badge": 7, "keys": [], "contractor": false,
    });
    alice.get(name).cloned()
}

fn of_alice(source: &str) -> Result<Option<Value>, Failure> {
    let expression = Expression::compile(source, &sample(), &[]);
    expression.unwrap_or_else(|problem| panic!("{source}: {problem}")).evaluate(alice)
}

fn problem(source: &str) -> Problem {
    Expression::compile(source, &sample(), &[]).expect_err(source)
}

#[test]
fn every_function_of_the_list_can_be_called() {
    let calls = [
        ("size(groups)", json!(2)),
        ("'admins'.contains('min') && 'admins'.startsWith('ad') && 'admins'.endsWith('ns')", json!(true)),
        ("email.matches('^[A-Z][a-z]+@')", json!(true)),
        ("int('3') + int(uint(4)) + int(double(5))", json!(12)),
        ("string(badge) + string(bool('true')) + string(bytes('x'))", json!("7truex")),
        ("type(dyn(badge)) == int", json!(true)),
        ("optional.of(badge).orValue(1) + optional.none().orValue(2)", json!(9)),
        (
            "optional.of(1).hasValue() && optional.ofNonZeroValue(0).or(optional.of(4)).value() == 4",
            json!(true),
        ),
        ("email.charAt(0) + string(email.indexOf('@')) + string(email.lastIndexOf('e'))", json!("A512")),
        ("groups.join('+') + ' '.trim()", json!("admins+dev")),
        ("email.lowerAscii() + username.upperAscii()", json!("alice@example.comALICE")),
        ("username.replace('l', 'L').reverse()", json!("eciLa")),
        ("email.split('@')[1].substring(0, 7)", json!("Example")),
        ("'%s has %d'.format([username, badge])", json!("alice has 7")),
        ("strings.quote(username)", json!("\"alice\"")),
        ("groups.slice(0, 1) + [['x'], ['y']].flatten()", json!(["admins", "x", "y"])),
        ("['b', 'a', 'b'].distinct().sort()", json!(["a", "b"])),
        ("lists.range(3)", json!([0, 1, 2])),
        ("sets.contains(groups, ['dev']) && !sets.contains(groups, ['x'])", json!(true)),
        (
            "sets.equivalent(groups, ['dev', 'admins', 'dev']) && !sets.equivalent(groups, ['dev'])",
            json!(true),
        ),
        ("sets.intersects(groups, ['x', 'dev']) && !sets.intersects(groups, [])", json!(true)),
        ("math.ceil(1.5) + math.floor(1.5) + math.round(1.4) + math.trunc(1.9)", json!(5.0)),
        ("math.abs(-2) + math.sign(-9) + int(math.sqrt(16))", json!(5)),
        ("math.isInf(1.0) || math.isNaN(1.0) || !math.isFinite(1.0)", json!(false)),
        ("math.bitAnd(6, 3) + math.bitOr(6, 3) + math.bitXor(6, 3) + math.bitNot(-1)", json!(14)),
        ("math.bitShiftLeft(1, 3) + math.bitShiftRight(8, 3)", json!(9)),
        ("math.greatest(1, 3) + math.least(1, 3)", json!(4)),
        ("base64.encode(bytes(username)) + string(base64.decode('YQ=='))", json!("YWxpY2U=a")),
        ("groups.sortBy(each, each)", json!(["admins", "dev"])),
        ("groups.map(each, each + '!')", json!(["admins!", "dev!"])),
        ("groups.filter(each, each != 'dev')", json!(["admins"])),
        ("groups.exists(each, each == 'dev') && groups.all(each, each != '')", json!(true)),
        ("groups.exists_one(each, each == 'dev') && has(address.locality)", json!(true)),
    ];
    for (call, value) in &calls {
        assert_eq!(of_alice(call), Ok(Some(value.clone())), "{call}");
    }
    for name in functions::NAMES.iter().chain(functions::MACROS) {
        assert!(calls.iter().any(|(call, _)| call.contains(&format!("{name}("))), "{name} is never called");
    }
}

#[test]
fn values_keep_their_types() {
    for (source, value) in [
        ("'admins' in groups", json!(true)),
        ("'admins' in groups ? 10 : 5", json!(10)),
        ("groups[0]", json!("admins")),
        ("groups", json!(["admins", "dev"])),
        ("{'b': 1, 'a': [true]}", json!({"a": [true], "b": 1})),
        ("[badge, 1.5]", json!([7, 1.5])),
        ("keys", json!([])),
        ("updated_at > 0 ? address.locality : ''", json!("Oxford")),
    ] {
        assert_eq!(of_alice(source), Ok(Some(value)), "{source}");
    }
    assert_eq!(of_alice("contractor ? 'x' : ''"), Ok(None), "empty text makes no claim");
    assert_eq!(of_alice("null"), Ok(None));
}

#[test]
fn what_has_no_value_fails_by_name_and_tells_no_value() {
    for (source, failure) in [
        ("groups[5]", Failure::Failed),
        ("1 / (badge - 7)", Failure::Failed),
        ("keys[0]", Failure::Failed),
        ("address.region", Failure::Failed),
        ("badge == 7 ? username + badge : ''", Failure::WrongType("+".to_owned())),
    ] {
        let expression = match Expression::compile(source, &sample(), &[]) {
            Ok(expression) => expression.evaluate(alice),
            Err(Problem::WrongType(operation)) => Err(Failure::WrongType(operation)),
            Err(problem) => panic!("{source}: {problem}"),
        };
        assert_eq!(expression, Err(failure), "{source}");
    }
    let expression = Expression::compile("'x' in keys", &sample(), &[]).unwrap();
    assert_eq!(expression.evaluate(|_| None), Err(Failure::Missing));
}

#[test]
fn problems_say_where_and_what() {
    for (source, says) in [
        ("groups ?", "line 1, column 9: something is missing at the end"),
        ("username\n  + * badge", "line 2, column 5: '*' is out of place"),
        ("username badge", "line 1, column 10: 'badge' is out of place"),
        ("'open", "line 1, column 1: there is text without an end, or a character that means nothing"),
        ("badge = 7", "line 1, column 7: there is text without an end, or a character that means nothing"),
    ] {
        assert_eq!(problem(source).to_string(), format!("the expression cannot be read: {says}"), "{source}");
    }
    assert_eq!(problem("'x' in group"), Problem::UnknownAttribute("group".to_owned()));
    assert_eq!(problem("groups.map(g, h)"), Problem::UnknownAttribute("h".to_owned()));
    assert_eq!(problem("groups.map(g, g)[0] + g"), Problem::UnknownAttribute("g".to_owned()));
    assert_eq!(problem("sets"), Problem::UnknownAttribute("sets".to_owned()));
    assert_eq!(problem("timestamp(updated_at)"), Problem::UnknownFunction("timestamp".to_owned()));
    assert_eq!(
        problem("regex.replace(email, 'a', 'b')"),
        Problem::UnknownFunction("regex.replace".to_owned())
    );
    assert_eq!(problem("cel.bind(x, badge, x + x)"), Problem::UnknownFunction("cel.bind".to_owned()));
    assert_eq!(problem("sets.union(groups, keys)"), Problem::UnknownFunction("sets.union".to_owned()));
    assert_eq!(problem("groups.toUpper()"), Problem::UnknownFunction("toUpper".to_owned()));
    assert_eq!(problem("Message{a: 1}"), Problem::UnknownFunction("Message".to_owned()));
    assert_eq!(problem("username + 1"), Problem::WrongType("+".to_owned()));
    assert_eq!(problem("username in username"), Problem::WrongType("in".to_owned()));
    assert_eq!(problem("bytes(username)"), Problem::NoJson);
    assert_eq!(problem("optional.of(username)"), Problem::NoJson);
    assert_eq!(problem(&format!("'{}'", "x".repeat(LONGEST))), Problem::TooLong);
}

#[test]
fn whatever_is_written_ends_soon() {
    let deep = format!("{}1{}", "[".repeat(1500), "]".repeat(1500));
    let ternary = format!("{}1", "true ? 1 : ".repeat(350));
    let sum = format!("1{}", " + 1".repeat(1000));
    for source in [deep, ternary, sum] {
        let found = problem(&source);
        assert!(
            matches!(found, Problem::TooDeep | Problem::Syntax { .. } | Problem::Unreadable),
            "{found:?}"
        );
    }
    let grown = format!("username{}", ".replace('', username)".repeat(20));
    let doubled = (0..20).fold("username".to_owned(), |inner, _| format!("[{inner}].map(x, x + x)[0]"));
    let nested = "groups.map(a, groups.map(b, groups.map(c, groups.map(d, a + b + c + d))))";
    let ranges = "lists.range(1000000)";
    let unknown_range = "lists.range(badge)";
    let joined = "groups.map(a, groups.join(a)).map(b, groups.join(b)).join(groups.join(','))";
    let padded =
        "'%.1000f%.1000f'.format([1.0, 1.0])".to_owned() + &".replace('0', '%.1000f%.1000f')".repeat(3);
    for source in [&grown, &doubled, nested, ranges, unknown_range, joined, &padded] {
        assert!(matches!(problem(source), Problem::TooCostly | Problem::TooDeep), "{source}");
    }
}

#[test]
fn the_work_is_weighed_for_each_person() {
    let source = "groups.map(a, groups.filter(b, a == b))";
    let expression = Expression::compile(source, &sample(), &[]).unwrap();
    assert!(expression.evaluate(alice).is_ok());
    let crowd: Vec<String> = (0..3000).map(|number| format!("group-{number}")).collect();
    assert_eq!(expression.evaluate(|_| Some(json!(crowd))), Err(Failure::TooCostly));
    let plain = Expression::compile("'group-2999' in groups", &sample(), &[]).unwrap();
    assert_eq!(
        plain.evaluate(|_| Some(json!(crowd))),
        Ok(Some(json!(true))),
        "many groups are no reason by themselves"
    );
}

#[test]
fn the_deepest_expression_fits_a_small_stack() {
    let deepest = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let run = move || Expression::compile(&deepest, &sample(), &[]).unwrap().evaluate(alice).unwrap();
    let small = thread::Builder::new().stack_size(512 << 10).spawn(run).unwrap();
    assert!(small.join().unwrap().is_some());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(source in "[a-z0-9 .,()\\[\\]{}?:+*'\"!<>=&|_-]{0,60}") {
        if let Ok(expression) = Expression::compile(&source, &sample(), &[]) {
            let _ = expression.evaluate(alice);
        }
    }
}

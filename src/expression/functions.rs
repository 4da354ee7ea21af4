//! The functions of expressions: CEL's own, and those of cel-go's extensions for strings, lists, sets, numbers and
//! base64, which Authelia offers too.

use std::sync::{Arc, LazyLock};

use cel::common::types::{CelBool, LIST_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError, extensions};

/// Every function that an expression may call; those of a family carry its name.
pub(super) const NAMES: &[&str] = &[
    // of CEL itself
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "bytes",
    "dyn",
    "type",
    "optional.of",
    "optional.none",
    "optional.ofNonZeroValue",
    "hasValue",
    "value",
    "or",
    "orValue",
    // strings
    "charAt",
    "indexOf",
    "lastIndexOf",
    "join",
    "lowerAscii",
    "upperAscii",
    "trim",
    "replace",
    "split",
    "substring",
    "format",
    "reverse",
    "strings.quote",
    // lists
    "slice",
    "flatten",
    "distinct",
    "sort",
    "lists.range",
    // sets
    "sets.contains",
    "sets.equivalent",
    "sets.intersects",
    // numbers
    "math.ceil",
    "math.floor",
    "math.round",
    "math.trunc",
    "math.abs",
    "math.sign",
    "math.sqrt",
    "math.isInf",
    "math.isNaN",
    "math.isFinite",
    "math.bitAnd",
    "math.bitOr",
    "math.bitXor",
    "math.bitNot",
    "math.bitShiftLeft",
    "math.bitShiftRight",
    // base64
    "base64.encode",
    "base64.decode",
];

/// The macros, which the parser writes out: named only to propose them.
pub(super) const MACROS: &[&str] =
    &["has", "all", "exists", "exists_one", "map", "filter", "sortBy", "math.greatest", "math.least"];

/// The families whose functions are called with a name before a dot; of the last two there are none here.
pub(super) const FAMILIES: &[&str] =
    &["optional", "strings", "lists", "sets", "math", "base64", "regex", "cel"];

/// What all expressions are read and evaluated with.
pub(super) fn environment() -> Arc<Env> {
    static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
        let mut env = Env::stdlib();
        let extended = extend(&mut env);
        // It fails only when two functions collide, which each unit test of a function would show.
        debug_assert!(extended.is_ok(), "{extended:?}");
        Arc::new(env)
    });
    Arc::clone(&ENVIRONMENT)
}

fn extend(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_extension(extensions::strings)?;
    env.add_extension(extensions::lists)?;
    env.add_extension(extensions::math)?;
    env.add_extension(extensions::encoders)?;
    let lists = || vec![LIST_TYPE, LIST_TYPE];
    env.add_overload("sets.contains", "list_sets_contains_list", lists(), contains)?;
    env.add_overload("sets.equivalent", "list_sets_equivalent_list", lists(), equivalent)?;
    env.add_overload("sets.intersects", "list_sets_intersects_list", lists(), intersects)
}

/// A function or an operator as an expression writes it.
pub(super) fn shown(name: &str) -> String {
    match name {
        "_?_:_" => "? :".to_owned(),
        "_[_]" => "[ ]".to_owned(),
        "@in" => "in".to_owned(),
        "add" => "+".to_owned(),
        "sub" => "-".to_owned(),
        "mul" => "*".to_owned(),
        "div" => "/".to_owned(),
        "rem" => "%".to_owned(),
        _ => name.trim_matches(['_', '@']).to_owned(),
    }
}

type Evaluated<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// Whether every element of the second list is one of the first.
fn contains<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Evaluated<'b, 'v> {
    compared(&args, |first, second| Ok(covers(first, second)? == Some(true)))
}

/// Whether each list holds what the other does.
fn equivalent<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Evaluated<'b, 'v> {
    compared(&args, |first, second| {
        Ok(covers(first, second)? == Some(true) && covers(second, first)? == Some(true))
    })
}

/// Whether the lists have an element in common.
fn intersects<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Evaluated<'b, 'v> {
    compared(&args, |first, second| {
        let mut common = false;
        each(first, |element| {
            common = common || holds(second, element)?;
            Ok(())
        })?;
        Ok(common)
    })
}

fn compared<'b, 'v>(
    args: &[CowVal<'b, 'v>],
    judge: impl Fn(&dyn Val, &dyn Val) -> Result<bool, ExecutionError>,
) -> Evaluated<'b, 'v> {
    let [first, second] = args else {
        return Err(ExecutionError::invalid_argument_count(2, args.len()));
    };
    Ok(CowVal::owned(CelBool::from(judge(first.as_ref(), second.as_ref())?)))
}

/// Whether the first list holds every element of the second.
fn covers(first: &dyn Val, second: &dyn Val) -> Result<Option<bool>, ExecutionError> {
    let mut all = true;
    each(second, |element| {
        all = all && holds(first, element)?;
        Ok(())
    })?;
    Ok(Some(all))
}

fn holds(list: &dyn Val, wanted: &dyn Val) -> Result<bool, ExecutionError> {
    let mut found = false;
    each(list, |element| {
        found = found || element.equals(wanted);
        Ok(())
    })?;
    Ok(found)
}

fn each(
    list: &dyn Val,
    mut visit: impl FnMut(&dyn Val) -> Result<(), ExecutionError>,
) -> Result<(), ExecutionError> {
    let no_list = || ExecutionError::no_such_overload("sets", vec![list.get_type().name().to_owned()]);
    let mut elements = list.as_iterable().ok_or_else(no_list)?.iter();
    while let Some(element) = elements.next() {
        visit(element)?;
    }
    Ok(())
}

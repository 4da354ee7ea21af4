//! An upper bound of the work that an evaluation takes, from the expression and the sizes of the values it names.
//!
//! CEL always ends, but macros within macros, and texts that grow when they are replaced in, can take as long as they
//! like. The bound is computed without evaluating anything, and saturates.

use std::collections::BTreeMap;

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use serde_json::Value;

/// The work of a step, whatever it does.
const STEP: u64 = 16;

/// The work of making a regular expression.
const PATTERN: u64 = 50_000;

/// What `format` can make of one character: a tenth of `%.1000f`.
const FORMATTED: u64 = 200;

/// At least as much work as the evaluation takes.
pub(super) fn of(expression: &IdedExpr, values: &BTreeMap<&str, Value>) -> u64 {
    let mut walk = Walk { values, bound: Vec::new(), work: 0 };
    walk.size(expression);
    walk.work
}

/// The size a value has at most: how many characters or elements, and how large one of these is.
#[derive(Clone, Debug, Default)]
struct Size {
    count: u64,
    /// `None` for characters.
    element: Option<Box<Size>>,
}

impl Size {
    fn text(count: u64) -> Self {
        Self { count, element: None }
    }

    fn list(count: u64, element: Self) -> Self {
        Self { count, element: Some(Box::new(element)) }
    }

    /// A number, a flag.
    fn scalar() -> Self {
        Self::text(1)
    }

    fn of(value: &Value) -> Self {
        let longest = |items: &mut dyn Iterator<Item = &Value>| {
            items.fold(Self::default(), |largest, item| largest.or(Self::of(item)))
        };
        let length = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        match value {
            Value::String(text) => Self::text(length(text.len())),
            Value::Array(items) => Self::list(length(items.len()), longest(&mut items.iter())),
            Value::Object(fields) => {
                let keys = fields.keys().map(|key| length(key.len())).max().unwrap_or_default();
                Self::list(length(fields.len()), longest(&mut fields.values()).or(Self::text(keys)))
            }
            _ => Self::scalar(),
        }
    }

    /// Bytes to look at when all of it is.
    fn weight(&self) -> u64 {
        let one = self.element.as_ref().map_or(0, |element| element.weight());
        self.count.saturating_add(self.count.saturating_mul(one))
    }

    /// As large as the larger of two.
    fn or(self, other: Self) -> Self {
        let element = match (self.element, other.element) {
            (Some(left), Some(right)) => Some(Box::new(left.or(*right))),
            (left, right) => left.or(right),
        };
        Self { count: self.count.max(other.count), element }
    }

    /// As large as two after one another.
    fn and(self, other: Self) -> Self {
        let count = self.count.saturating_add(other.count);
        Self { count, ..self.or(other) }
    }

    fn times(mut self, count: u64) -> Self {
        self.count = self.count.saturating_mul(count);
        self
    }

    fn element(&self) -> Self {
        self.element.as_deref().cloned().unwrap_or_else(Self::scalar)
    }
}

struct Walk<'a> {
    values: &'a BTreeMap<&'a str, Value>,
    /// The variables of the macros around, innermost last.
    bound: Vec<(&'a str, Size)>,
    work: u64,
}

impl<'a> Walk<'a> {
    fn spend(&mut self, work: u64) {
        self.work = self.work.saturating_add(work);
    }

    fn size(&mut self, node: &'a IdedExpr) -> Size {
        self.spend(STEP);
        match &node.expr {
            Expr::Unspecified | Expr::Struct(_) => Size::scalar(),
            Expr::Literal(LiteralValue::String(text)) => {
                Size::text(u64::try_from(text.inner().len()).unwrap_or(u64::MAX))
            }
            Expr::Literal(LiteralValue::Bytes(_)) => Size::text(super::LONGEST as u64),
            Expr::Literal(_) => Size::scalar(),
            Expr::Ident(name) => {
                let bound = self.bound.iter().rev().find(|(bound, _)| bound == name);
                match (bound, self.values.get(name.as_str())) {
                    (Some((_, size)), _) => size.clone(),
                    (None, Some(value)) => Size::of(value),
                    (None, None) => Size::scalar(),
                }
            }
            Expr::Select(select) => self.size(&select.operand).element(),
            Expr::List(list) => self.listed(list.elements.iter()),
            Expr::Map(map) => {
                let both = map.entries.iter().flat_map(|entry| match &entry.expr {
                    EntryExpr::MapEntry(entry) => [Some(&entry.key), Some(&entry.value)],
                    EntryExpr::StructField(field) => [Some(&field.value), None],
                });
                self.listed(both.flatten())
            }
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(each) => self.comprehension(each),
        }
    }

    fn listed(&mut self, elements: impl Iterator<Item = &'a IdedExpr>) -> Size {
        let (mut count, mut largest) = (0_u64, Size::default());
        for element in elements {
            count = count.saturating_add(1);
            largest = largest.or(self.size(element));
        }
        Size::list(count, largest)
    }

    /// A loop. What it gathers grows in each round by what one round adds to nothing: every macro adds to what it has,
    /// none multiplies it.
    fn comprehension(&mut self, each: &'a ComprehensionExpr) -> Size {
        let range = self.size(&each.iter_range);
        let begin = self.size(&each.accu_init);
        let around = self.bound.len();
        let rounds = range.count;
        let before = self.work;
        let key = Size::scalar().or(range.element());
        self.bound.push((&each.iter_var, key));
        self.bound.extend(each.iter_var2.as_deref().map(|name| (name, range.element())));
        let nothing = Size { count: 0, ..begin.clone() };
        self.bound.push((&each.accu_var, nothing));
        self.size(&each.loop_cond);
        let added = self.size(&each.loop_step);
        let one_round = self.work.saturating_sub(before);
        self.bound.truncate(around);
        let gathered = begin.and(added.times(rounds));
        self.work = before
            .saturating_add(one_round.saturating_mul(rounds))
            .saturating_add(gathered.count.saturating_mul(rounds));
        self.bound.push((&each.accu_var, gathered));
        let result = self.size(&each.result);
        self.bound.truncate(around);
        result
    }

    fn call(&mut self, call: &'a CallExpr) -> Size {
        let targets = call.target.iter().map(|target| &**target);
        let arguments: Vec<&IdedExpr> = targets.chain(&call.args).collect();
        let sizes: Vec<Size> = arguments.iter().map(|argument| self.size(argument)).collect();
        let weights = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(size.weight()));
        self.spend(weights);
        let at = |index: usize| sizes.get(index).cloned().unwrap_or_default();
        let product = |left: usize, right: usize| {
            at(left).weight().saturating_mul(at(right).weight().saturating_add(1))
        };
        match call.func_name.as_str() {
            operators::ADD => at(0).and(at(1)),
            operators::CONDITIONAL => at(1).or(at(2)),
            operators::INDEX | operators::OPT_INDEX => at(0).element(),
            operators::EQUALS
            | operators::NOT_EQUALS
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS
            | operators::IN
            | operators::LOGICAL_AND
            | operators::LOGICAL_OR
            | operators::LOGICAL_NOT
            | operators::NOT_STRICTLY_FALSE
            | operators::SUBSTRACT
            | operators::MULTIPLY
            | operators::DIVIDE
            | operators::MODULO
            | operators::NEGATE
            | "size"
            | "startsWith"
            | "endsWith"
            | "int"
            | "uint"
            | "double"
            | "bool" => Size::scalar(),
            "contains" | "indexOf" | "lastIndexOf" | "equivalent" | "intersects" => {
                // In a family, the family's name is the first argument.
                self.spend(product(0, 1).max(product(1, 2)));
                Size::scalar()
            }
            "matches" => {
                self.spend(product(0, 1).saturating_add(PATTERN));
                Size::scalar()
            }
            "replace" => {
                let made = at(0).count.saturating_add(1).saturating_mul(at(2).count);
                let made = made.saturating_add(at(0).count);
                self.spend(product(0, 1).saturating_add(made));
                Size::text(made)
            }
            "join" => {
                let made = at(0).weight().saturating_add(at(0).count.saturating_mul(at(1).count));
                self.spend(made);
                Size::text(made)
            }
            "split" => {
                self.spend(product(0, 1));
                Size::list(at(0).count.saturating_add(1), Size::text(at(0).count))
            }
            "format" => {
                let made =
                    at(0).count.saturating_mul(FORMATTED).saturating_add(at(1).weight().saturating_mul(8));
                self.spend(made);
                Size::text(made)
            }
            "distinct" => {
                self.spend(at(0).count.saturating_mul(at(0).weight()));
                at(0)
            }
            "flatten" => {
                let weight = at(0).weight();
                self.spend(weight);
                Size::list(weight, at(0).element().or(at(0).element().element()))
            }
            "range" => {
                let written = arguments.get(1).map(|argument| &argument.expr);
                let count = match written {
                    Some(Expr::Literal(LiteralValue::Int(count))) => {
                        u64::try_from(*count.inner()).unwrap_or(0)
                    }
                    _ => u64::MAX,
                };
                self.spend(count.saturating_mul(STEP));
                Size::list(count, Size::scalar())
            }
            "string" | "encode" | "decode" | "quote" | "bytes" => {
                Size::text(weights.saturating_mul(2).saturating_add(64))
            }
            // Whatever comes of others is no larger than all they got.
            _ => sizes.into_iter().fold(Size::scalar(), Size::and),
        }
    }
}

//! Whether every name of an expression is known, and how deep it goes.

use std::collections::BTreeSet;

use cel::Program;
use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr};

use super::functions::{FAMILIES, NAMES};
use super::{DEEPEST, Problem};

/// The names of types, which `type(x)` is compared with.
const TYPES: &[&str] =
    &["int", "uint", "double", "string", "bool", "bytes", "list", "map", "null_type", "type"];

/// The attributes that an expression names.
pub(super) fn check(program: &Program, known: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Problem> {
    let mut walk = Walk { known, bound: Vec::new(), named: BTreeSet::new() };
    walk.expression(program.expression(), 0)?;
    Ok(walk.named.into_iter().collect())
}

struct Walk<'a> {
    known: &'a dyn Fn(&str) -> bool,
    /// The variables of the macros around, innermost last.
    bound: Vec<&'a str>,
    named: BTreeSet<String>,
}

impl<'a> Walk<'a> {
    fn expression(&mut self, node: &'a IdedExpr, depth: usize) -> Result<(), Problem> {
        if depth > DEEPEST {
            return Err(Problem::TooDeep);
        }
        let below = depth + 1;
        match &node.expr {
            Expr::Unspecified | Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.expression(&select.operand, below),
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.expression(element, below)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.expression(&entry.key, below)?;
                    self.expression(&entry.value, below)
                }
                EntryExpr::StructField(field) => self.expression(&field.value, below),
            }),
            // No message type is known, so there is none to be made.
            Expr::Struct(made) => Err(Problem::UnknownFunction(made.type_name.clone())),
            Expr::Call(call) => self.call(call, below),
            Expr::Comprehension(each) => {
                self.expression(&each.iter_range, below)?;
                self.expression(&each.accu_init, below)?;
                let around = self.bound.len();
                self.bound.push(&each.accu_var);
                self.expression(&each.result, below)?;
                self.bound.push(&each.iter_var);
                self.bound.extend(each.iter_var2.as_deref());
                self.expression(&each.loop_cond, below)?;
                self.expression(&each.loop_step, below)?;
                self.bound.truncate(around);
                Ok(())
            }
        }
    }

    fn name(&mut self, name: &str) -> Result<(), Problem> {
        if self.bound.contains(&name) || TYPES.contains(&name) && !(self.known)(name) {
            return Ok(());
        }
        if !(self.known)(name) {
            return Err(Problem::UnknownAttribute(name.to_owned()));
        }
        self.named.insert(name.to_owned());
        Ok(())
    }

    fn call(&mut self, call: &'a CallExpr, below: usize) -> Result<(), Problem> {
        let family = self.family(call);
        let name = match family {
            Some(family) => format!("{family}.{}", call.func_name),
            None => call.func_name.clone(),
        };
        // Operators, and what macros are made of, bear names that no function can have.
        let is_function = name.starts_with(char::is_alphabetic) && !name.contains('@');
        if is_function && !NAMES.contains(&name.as_str()) {
            return Err(Problem::UnknownFunction(name));
        }
        if let Some(target) = call.target.as_deref().filter(|_| family.is_none()) {
            self.expression(target, below)?;
        }
        call.args.iter().try_for_each(|argument| self.expression(argument, below))
    }

    /// The family that a function is called by, as `sets` in `sets.contains(a, b)`.
    fn family(&self, call: &'a CallExpr) -> Option<&'a str> {
        match call.target.as_deref().map(|target| &target.expr) {
            Some(Expr::Ident(name)) if !self.bound.contains(&name.as_str()) => {
                FAMILIES.contains(&name.as_str()).then_some(name)
            }
            _ => None,
        }
    }
}

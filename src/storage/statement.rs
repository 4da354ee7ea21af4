//! The texts of statements that are put together from others.

use super::value::Value;

/// A statement that gives no rows, and its values.
#[derive(Clone)]
pub(super) struct Statement {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Value>,
}

/// An insertion of several rows: `VALUES ($1, $2), ($3, $4)`.
pub(super) fn text_of_rows(head: &str, rows: &[Vec<Value>], tail: &str) -> String {
    let mut number = 0;
    let groups = rows.iter().map(|row| {
        let places = row.iter().map(|_| {
            number += 1;
            format!("${number}")
        });
        format!("({})", places.collect::<Vec<_>>().join(", "))
    });
    format!("{head} VALUES {} {tail}", groups.collect::<Vec<_>>().join(", "))
}

/// Several statements as one text for SQLite, with the values of all: `$1` of the second follows the last of the first.
pub(super) fn in_one_text(statements: Vec<Statement>) -> (String, Vec<Value>) {
    let mut text = String::new();
    let mut all = Vec::new();
    for Statement { sql, values } in statements {
        let mut parts = sql.split('$');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = part.split_at_checked(digits).unwrap_or_default();
            let number = number.parse::<usize>().unwrap_or_default() + all.len();
            text.push('$');
            text.push_str(&number.to_string());
            text.push_str(rest);
        }
        text.push(';');
        all.extend(values);
    }
    (text, all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::database::values;

    #[test]
    fn rows_of_one_statement_are_numbered_on() {
        let rows = [values!["a", 1], values!["b", 2]];
        assert_eq!(
            text_of_rows("INSERT INTO t (x, y)", &rows, "ON CONFLICT (x) DO NOTHING"),
            "INSERT INTO t (x, y) VALUES ($1, $2), ($3, $4) ON CONFLICT (x) DO NOTHING"
        );
    }

    #[test]
    fn values_of_statements_in_one_text_follow_each_other() {
        let statement = |sql, values| Statement { sql, values };
        let (text, values) = in_one_text(vec![
            statement("INSERT INTO a VALUES ($1, $2, $1)", values![1, 2]),
            statement("DELETE FROM b", values![]),
            statement("UPDATE c SET d = $2 WHERE e = $1 AND f = $10", vec![Value::from(3); 10]),
        ]);
        assert_eq!(
            text,
            "INSERT INTO a VALUES ($1, $2, $1);DELETE FROM b;UPDATE c SET d = $4 WHERE e = $3 AND f = $12;"
        );
        assert_eq!(values.len(), 12);
    }
}

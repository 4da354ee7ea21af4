//! Tables on a terminal.

use std::io::{self, Write};

pub(super) use crate::clock::in_utc as date;

/// Writes rows under a heading, each column as wide as its widest cell.
pub(super) fn write<const N: usize>(
    heading: [&str; N],
    rows: &[[String; N]],
    out: &mut (dyn Write + Send),
) -> io::Result<()> {
    let rows: Vec<[String; N]> = rows.iter().map(|row| row.clone().map(|cell| plain(&cell))).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
        cells.chain(heading.get(column).copied()).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    line(&heading, &widths, out)?;
    for row in &rows {
        line(&row.each_ref().map(String::as_str), &widths, out)?;
    }
    Ok(())
}

fn line(cells: &[&str], widths: &[usize], out: &mut (dyn Write + Send)) -> io::Result<()> {
    let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    writeln!(out, "{}", cells.join("  ").trim_end())
}

/// What a terminal may be told: a name from the users file must not move its cursor.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_nothing_moves_the_cursor() {
        let row = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        let mut out = Vec::new();
        write(["A", "B"], &[row("long name", "x"), row("\u{1b}[2J", "")], &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "A          B\nlong name  x\n\u{fffd}[2J\n");
    }
}

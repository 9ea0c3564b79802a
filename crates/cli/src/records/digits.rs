//! Numbers in JSON that a double does not hold: a browser would read them with other digits.

/// As many digits as every number keeps.
const DIGITS_KEPT: usize = 15;

/// Refuses valid JSON with a number that would lose digits in a browser.
pub(super) fn check_digits(json: &str) -> Result<(), String> {
    let mut rest = json;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        rest = rest.get(start..).unwrap_or_default();
        let len = if rest.starts_with('"') {
            string_len(rest)
        } else {
            let is_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
            let len = rest.find(|c| !is_number(c)).unwrap_or(rest.len());
            check_number(rest.get(..len).unwrap_or_default())?;
            len
        };
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(())
}

/// How long the string is that begins here, with its quotes.
pub(super) fn string_len(json: &str) -> usize {
    let mut is_escaped = false;
    let inside = json.bytes().skip(1);
    let end = inside.map(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    let len = end.take_while(|is_end| !is_end).count();
    len.saturating_add(2).min(json.len())
}

fn check_number(literal: &str) -> Result<(), String> {
    if literal.len() <= DIGITS_KEPT && !literal.contains(['e', 'E']) {
        return Ok(());
    }
    let number: f64 = literal.parse().unwrap_or(f64::NAN);
    if number.is_finite() && is_shortest(literal, number) {
        return Ok(());
    }
    let shown: String = literal.chars().take(40).collect();
    Err(format!(
        "the number {shown} would be {number} in a browser: write it as a string, or in `value_typed` as \
         {{\"$\":\"bigint\",\"of\":\"…\"}} if it is whole"
    ))
}

/// Whether the literal is the shortest text of its double. Where two of that length are equally
/// near, Rust writes the upper one and a browser the even one: neither has lost a digit.
fn is_shortest(literal: &str, number: f64) -> bool {
    let Some(written) = amount(literal) else {
        return false;
    };
    let Some(upper) = amount(&format!("{number:e}")) else {
        return false;
    };
    let behind_point = upper.0.len().saturating_sub(1);
    written == upper || amount(&format!("{number:.behind_point$e}")) == Some(written)
}

/// The digits without zeros around them, and the exponent of the last one.
fn amount(number: &str) -> Option<(String, i64)> {
    let number = number.strip_prefix('-').unwrap_or(number);
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some((String::new(), 0));
    }
    let zeros = all.len().checked_sub(all.trim_end_matches('0').len())?;
    let exponent: i64 = exponent.parse().ok()?;
    let shift = i64::try_from(zeros)
        .ok()?
        .checked_sub(i64::try_from(fraction.len()).ok()?)?;
    Some((significant.to_owned(), exponent.checked_add(shift)?))
}

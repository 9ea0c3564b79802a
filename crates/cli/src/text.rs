//! Bytes and numbers as a person reads them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `bytes` as text on one line: `\\`, `\t`, `\n`, `\r`, and `\xNN` for every other control
/// character, for marks that change the direction of text, and for what is not UTF-8. Nothing that
/// a terminal would act on gets through, and different bytes give different text.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '\t' => text.push_str("\\t"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                c if acts_on_a_terminal(c) => {
                    push_hex(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                c => text.push(c),
            }
        }
        push_hex(&mut text, chunk.invalid());
    }
    text
}

/// The bytes that [`escape`] makes this text of.
pub(crate) fn unescape(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (byte, len) = match rest {
            [b'\\', ..] => (Some(b'\\'), 1),
            [b't', ..] => (Some(b'\t'), 1),
            [b'n', ..] => (Some(b'\n'), 1),
            [b'r', ..] => (Some(b'\r'), 1),
            [b'x', high, low, ..] => (hex(*high, *low), 3),
            _ => (None, 0),
        };
        let escaped = rest.get(..len.max(1)).unwrap_or_default();
        bytes.push(byte.ok_or_else(|| {
            format!(
                "`\\{}` stands for nothing: \\xNN is a byte, and \\\\ the backslash itself",
                escape(escaped)
            )
        })?);
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(bytes)
}

/// The byte that two digits mean.
fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let byte = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(byte).ok()
}

/// The beginning of [`escape`]d bytes: enough to recognise them in a sentence.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const LEN_MAX: usize = 60;
    let start = bytes.get(..LEN_MAX).unwrap_or(bytes);
    let mut text = escape(start);
    if start.len() < bytes.len() {
        text.push('…');
    }
    text
}

/// `text` with everything that a terminal would act on replaced: control characters but the line
/// feed by `\\xNN` or `\\u{…}`, and the marks that change the direction of text by `\\u{…}`. For
/// messages; it cannot be undone.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| c != '\n' && acts_on_a_terminal(c);
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => harmless.push_str("\\t"),
            '\r' => harmless.push_str("\\r"),
            c if !is_harmful(c) => harmless.push(c),
            c if c.is_ascii() => push_hex(&mut harmless, c.encode_utf8(&mut [0; 4]).as_bytes()),
            c => harmless.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(harmless)
}

/// [`harmless`], and on one line.
pub(crate) fn one_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
}

/// JSON that means the same, without anything that a terminal would act on: such characters stand
/// only in strings.
pub(crate) fn harmless_json(json: &str) -> String {
    let mut harmless = String::with_capacity(json.len());
    for c in json.chars() {
        if acts_on_a_terminal(c) {
            // All of them are below U+10000; writing to a string cannot fail.
            let _ = write!(harmless, "\\u{:04x}", u32::from(c));
        } else {
            harmless.push(c);
        }
    }
    harmless
}

/// Control characters, and the marks that change the direction of the text around them.
fn acts_on_a_terminal(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}'
        )
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "\\x{byte:02X}");
    }
}

/// `1707` as `1,707`.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what it counts: `1 record`, `1,707 records`.
pub(crate) fn count(many: u64, what: &str) -> String {
    let plural = if many == 1 { "" } else { "s" };
    format!("{} {what}{plural}", number(many))
}

/// The same as the subject of a clause: `1 record is`, `1,707 records are`.
pub(crate) fn count_is(many: u64, what: &str) -> String {
    format!(
        "{} {}",
        count(many, what),
        if many == 1 { "is" } else { "are" }
    )
}

/// Bytes in the unit that suits them: `812 bytes`, `3.4 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return count(bytes, "byte");
    }
    let mut unit = "";
    // Tenths, in whole numbers.
    let mut scaled = u128::from(bytes).saturating_mul(10);
    for next in UNITS {
        if scaled < 10 * 1024 && !unit.is_empty() {
            break;
        }
        scaled /= 1024;
        unit = next;
    }
    format!("{}.{} {unit}", scaled / 10, scaled % 10)
}

/// A duration with as many digits as mean something: `40 ms`, `1.4 s`, `12 s`.
pub(crate) fn seconds(duration: std::time::Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{} ms", duration.as_millis())
    } else if seconds < 10.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}

/// An age in the largest unit that it has been long enough for, rounded down.
pub(crate) fn age(seconds: u64) -> String {
    match seconds {
        0..60 => "less than a minute".to_owned(),
        60..3600 => count(seconds / 60, "minute"),
        3600..86_400 => count(seconds / 3600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

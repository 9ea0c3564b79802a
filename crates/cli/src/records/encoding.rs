//! Text that is no UTF-8 but names itself by its first bytes: spreadsheets and shells write UTF-16.
//! Without a byte order mark it is told by the zeros of its first characters.

/// How many bytes are read before anything else. No more is waited for where none of them is zero:
/// the source may pause.
pub(super) const HEAD_LEN: usize = 4;

/// How many tell for certain.
pub(super) const TELLING_LEN: usize = 8;

/// What is wrong with input that begins with these bytes, if they are another Unicode encoding.
pub(super) fn wrong_encoding(first: &[u8]) -> Option<String> {
    let (name, from) = match *first {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => ("UTF-32", "UTF-32"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => ("UTF-16", "UTF-16"),
        [a, 0, 0, 0, b, 0, 0, 0, ..] if a > 0 && b > 0 => ("UTF-32", "UTF-32LE"),
        [0, 0, 0, a, 0, 0, 0, b, ..] if a > 0 && b > 0 => ("UTF-32", "UTF-32BE"),
        [a, 0, b, 0, c, 0, d, 0, ..] if ![a, b, c, d].contains(&0) => ("UTF-16", "UTF-16LE"),
        [0, a, 0, b, 0, c, 0, d, ..] if ![a, b, c, d].contains(&0) => ("UTF-16", "UTF-16BE"),
        _ => return None,
    };
    Some(format!(
        "this is {name}, and only UTF-8 is read: convert it, as with `iconv -f {from} -t UTF-8`"
    ))
}

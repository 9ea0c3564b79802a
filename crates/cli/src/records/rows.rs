//! Rows of CSV (RFC 4180), as bytes: fields between commas, quotes doubled inside of quotes.
//!
//! ```text
//!                "        ,           line feed   carriage return  other     end of input
//! row begins     quoted   next field  (blank)     return           unquoted  no row
//! field begins   quoted   next field  row         return           unquoted  row
//! unquoted       taken    next field  row         return           taken     row
//! quoted         closing  taken       taken       taken            taken     ERROR
//! closing        quoted   next field  row         return           ERROR     row
//! return         ERROR    ERROR       row         ERROR            ERROR     row
//! ```
//! The quote in the state `closing` is taken into the field. The last line needs no line feed.
//!
//! Each ERROR stands where another reader might guess, and join two rows or cut a value short. The
//! existing parsers guess, and do not tell where they are when the input ends.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use super::encoding::{HEAD_LEN, TELLING_LEN, wrong_encoding};
use super::{BYTE_ORDER_MARK, LINE_LEN_MAX, Unreadable, too_long};
use crate::text;

/// How much of a long row's memory is kept after it.
const CAPACITY_KEPT: usize = 1 << 20;

/// The most fields of a row: where each of them ends takes memory besides the row's own bytes.
const FIELDS_MAX: usize = 1 << 16;

/// Reads one row after the other.
pub(super) struct Rows<R> {
    input: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    /// The line of the next byte.
    line: u64,
    row: Row,
}

/// The fields of a row, without the quotes around them.
#[derive(Default)]
pub(super) struct Row {
    /// The line it begins on, counted from 1.
    pub(super) line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    RowBegins,
    FieldBegins,
    Unquoted,
    /// Between quotes; the first of them is on this line.
    Quoted(u64),
    /// Behind a quote that closes the field, or is the first of two.
    Closing(u64),
    /// Behind a carriage return that only a line feed may follow.
    Return,
    RowEnds,
}

impl<R: Read> Rows<R> {
    /// Reads the first bytes: they show another encoding, and a byte order mark before the first
    /// row, which is no part of it.
    pub(super) fn new(mut input: R) -> Result<Self, Unreadable> {
        let mut first = Vec::new();
        let mut read = |len: usize, first: &mut Vec<u8>| {
            let mut rest = (&mut input).take(len as u64);
            rest.read_to_end(first).map_err(Unreadable::Source)
        };
        read(HEAD_LEN, &mut first)?;
        if first.contains(&0) {
            read(TELLING_LEN.saturating_sub(HEAD_LEN), &mut first)?;
        }
        if let Some(reason) = wrong_encoding(&first) {
            return Err(Unreadable::bad(1, reason));
        }
        if first.starts_with(BYTE_ORDER_MARK) {
            first.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Self {
            input: BufReader::with_capacity(64 << 10, Cursor::new(first).chain(input)),
            line: 1,
            row: Row::default(),
        })
    }

    /// The next row that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&Row>, Unreadable> {
        self.row.clear(self.line);
        let mut state = State::RowBegins;
        let mut row_len = 0_usize;
        while state != State::RowEnds {
            let is_end = match self.input.fill_buf() {
                Ok(piece) => piece.is_empty(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Unreadable::Source(error)),
            };
            if is_end {
                return self.end(state);
            }
            let piece = self.input.buffer();
            let mut rest = piece;
            while state != State::RowEnds && !rest.is_empty() {
                (state, rest) = step(state, rest, &mut self.row, &mut self.line)?;
                if state == State::RowBegins {
                    row_len = 0;
                }
            }
            let used = piece.len().saturating_sub(rest.len());
            self.input.consume(used);
            row_len = row_len.saturating_add(used);
            if row_len > LINE_LEN_MAX {
                return Err(self.too_long(state));
            }
            if self.row.ends.len() > FIELDS_MAX {
                let reason = format!("more than {}", text::count(FIELDS_MAX as u64, "field"));
                return Err(Unreadable::bad(self.row.line, reason));
            }
        }
        Ok(Some(&self.row))
    }

    /// Ends the row, or refuses it, at the end of the input.
    fn end(&mut self, state: State) -> Result<Option<&Row>, Unreadable> {
        match state {
            State::RowBegins => return Ok(None),
            State::Return if self.row.ends.is_empty() => return Ok(None),
            State::Quoted(line) => {
                let reason = "a quote is opened in this line and never closed";
                return Err(Unreadable::bad(line, reason));
            }
            State::Return => {}
            State::FieldBegins | State::Unquoted | State::Closing(_) | State::RowEnds => {
                self.row.end_field();
            }
        }
        Ok(Some(&self.row))
    }

    fn too_long(&self, state: State) -> Unreadable {
        match state {
            State::Quoted(line) => Unreadable::bad(
                line,
                format!(
                    "{}; a quote is opened in this line and not closed so far",
                    too_long("row")
                ),
            ),
            _ => Unreadable::bad(self.row.line, too_long("row")),
        }
    }
}

/// Reads at least one byte of `input`, which is not empty.
fn step<'i>(
    state: State,
    input: &'i [u8],
    row: &mut Row,
    line: &mut u64,
) -> Result<(State, &'i [u8]), Unreadable> {
    // The plain bytes of a field are copied in one go, up to the first byte with a meaning.
    let plain_len = match state {
        State::Unquoted => input.iter().position(|byte| b",\r\n".contains(byte)),
        State::Quoted(_) => input.iter().position(|byte| *byte == b'"'),
        _ => Some(0),
    };
    let (plain, rest) = input.split_at(plain_len.unwrap_or(input.len()));
    row.bytes.extend_from_slice(plain);
    *line = line.saturating_add(plain.iter().filter(|byte| **byte == b'\n').count() as u64);
    let Some((byte, rest)) = rest.split_first() else {
        return Ok((state, rest));
    };
    let next = match (state, *byte) {
        (State::RowBegins | State::FieldBegins, b'"') => State::Quoted(*line),
        (State::Quoted(opened), _) => State::Closing(opened),
        (State::Closing(opened), b'"') => {
            row.bytes.push(b'"');
            State::Quoted(opened)
        }
        (State::Return, b'\n') if row.ends.is_empty() => {
            *line = line.saturating_add(1);
            row.clear(*line);
            State::RowBegins
        }
        (State::Return, b'\n') => {
            *line = line.saturating_add(1);
            State::RowEnds
        }
        (State::Return, _) => return Err(Unreadable::bad(*line, STRAY_RETURN)),
        (State::RowBegins, b'\n') => {
            *line = line.saturating_add(1);
            row.clear(*line);
            State::RowBegins
        }
        (State::RowBegins, b'\r') => State::Return,
        (_, b',') => {
            row.end_field();
            State::FieldBegins
        }
        (_, b'\n') => {
            *line = line.saturating_add(1);
            row.end_field();
            State::RowEnds
        }
        (_, b'\r') => {
            row.end_field();
            State::Return
        }
        (State::Closing(opened), _) => return Err(text_follows(opened, *line)),
        (_, byte) => {
            row.bytes.push(byte);
            State::Unquoted
        }
    };
    Ok((next, rest))
}

const STRAY_RETURN: &str = "a carriage return stands outside of quotes and does not end the line: put the field in quotes, or end each line with a line feed";

fn text_follows(opened: u64, closed: u64) -> Unreadable {
    let place = if opened == closed {
        String::new()
    } else {
        format!(" and is closed in line {}", text::number(closed))
    };
    Unreadable::bad(
        opened,
        format!(
            "a field begins with a quote{place}, and text follows the quote that closes it: a quote within quotes is written as two"
        ),
    )
}

impl Row {
    /// The fields in their order.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(&0).chain(&self.ends);
        begins
            .zip(&self.ends)
            .map(|(begin, end)| self.bytes.get(*begin..*end).unwrap_or_default())
    }

    fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
    }

    fn clear(&mut self, line: u64) {
        self.line = line;
        self.bytes.clear();
        self.bytes.shrink_to(CAPACITY_KEPT);
        self.ends.clear();
        self.ends.shrink_to(CAPACITY_KEPT);
    }
}

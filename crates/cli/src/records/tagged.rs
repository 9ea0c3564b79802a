//! Values of the npm package, each with a tag that says what it is (docs/format.md, "Values of the
//! npm package").
//!
//! A store with the package's marker has tagged values: they are shown and exported as what they
//! are, and what is put or imported gets its tag. The package's own keys are neither shown nor
//! changed there. In a store without the marker a value is its bytes.

use std::borrow::Cow;

use steadfast::Kv;

use super::digits::check_digits;
use super::members::check_names;
use super::tree::check_tree;
use crate::text;

const RESERVED: &[u8] = b"\0steadfast/";
const MARKER: &[u8] = b"\0steadfast/values";

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bytes = 0,
    Text = 1,
    Json = 2,
    /// JSON with escapes for what JSON cannot say.
    Tree = 3,
}

/// A value and what it is. `None` in a store without tags, which does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contents<'a> {
    pub(crate) kind: Option<Kind>,
    pub(crate) payload: &'a [u8],
}

/// How a store keeps values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tagging {
    is_tagged: bool,
}

impl Tagging {
    pub(crate) fn of(kv: &Kv) -> Self {
        Self {
            is_tagged: kv.contains_key(MARKER),
        }
    }

    /// Whether the key is the package's own.
    pub(crate) fn hides(self, key: &[u8]) -> bool {
        self.is_tagged && key.starts_with(RESERVED)
    }

    /// What a stored value is; an error, as a clause, where it has no tag.
    pub(crate) fn decode(self, value: &[u8]) -> Result<Contents<'_>, &'static str> {
        if !self.is_tagged {
            return Ok(Contents {
                kind: None,
                payload: value,
            });
        }
        let (tag, payload) = value.split_first().ok_or("it is empty, without a tag")?;
        let kind = match tag {
            0 => Kind::Bytes,
            1 => Kind::Text,
            2 => Kind::Json,
            3 => Kind::Tree,
            _ => return Err("its tag is unknown: a later version wrote it, or another program"),
        };
        if kind != Kind::Bytes && std::str::from_utf8(payload).is_err() {
            return Err("it is tagged as text and is not UTF-8: another program wrote it");
        }
        let is_json = matches!(kind, Kind::Json | Kind::Tree);
        if is_json && serde_json::from_slice::<&serde_json::value::RawValue>(payload).is_err() {
            return Err("it is tagged as JSON and is none: another program wrote it");
        }
        Ok(Contents {
            kind: Some(kind),
            payload,
        })
    }

    /// What is stored of a value; an error, as a clause, where the store cannot keep it.
    pub(crate) fn encode<'a>(
        self,
        key: &[u8],
        kind: Kind,
        payload: &'a [u8],
    ) -> Result<Cow<'a, [u8]>, String> {
        if self.hides(key) {
            let key = text::excerpt(key);
            return Err(format!(
                "the key `{key}` is one of those that the browser's package keeps for itself"
            ));
        }
        if !self.is_tagged {
            return if kind == Kind::Tree {
                Err("this store does not keep `value_typed`: import it in a browser, or into a store that was a browser's backup".to_owned())
            } else {
                Ok(payload.into())
            };
        }
        if let (Kind::Json | Kind::Tree, Ok(json)) = (kind, std::str::from_utf8(payload)) {
            check_digits(json)?;
            check_names(json)?;
        }
        if kind == Kind::Tree {
            check_tree(payload)?;
        }
        let mut value = Vec::with_capacity(payload.len().saturating_add(1));
        value.push(kind as u8);
        value.extend_from_slice(payload);
        Ok(value.into())
    }
}

impl Kind {
    /// What bytes are that nobody has named.
    pub(crate) fn of(payload: &[u8]) -> Self {
        match std::str::from_utf8(payload) {
            Ok(_) => Self::Text,
            Err(_) => Self::Bytes,
        }
    }
}

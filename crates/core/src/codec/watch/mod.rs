//! What a type asks its serializer for.
//!
//! [`Watched`] wraps the format's own serializer and passes every call on. It refuses what the
//! format could not read back, and notes the kind of every part that is not in [`Shapes`]. The
//! wrapper for compound values is in [`compound`].
//!
//! A part's number is a hash of what it is (kind, name, variant) and of its place: the field of the
//! enclosing struct, and the unnamed values in between. So even a recursive type has a bounded
//! number of parts.

mod compound;

use std::cell::{Cell, RefCell};
use std::fmt::Display;

use serde::ser::{Error, Serialize, Serializer};

use super::shapes::Shapes;
use compound::Compound;

/// The greatest number of unseen parts that are noted. Beyond it the value is decoded in any case.
const UNSEEN_MAX: usize = 256;

/// The depth of nested sequences and maps, without a named type in between, up to which places
/// differ.
const DEPTH_MAX: u8 = 8;

/// What a format can encode.
#[derive(Clone, Copy)]
pub(super) struct Format {
    /// Fields are known by their position alone: none may be left out, and lengths come first.
    pub(super) is_positional: bool,
    /// Whether NaN and the infinities can be encoded.
    pub(super) has_all_floats: bool,
}

/// Watches one value while it is serialized.
pub(super) struct Watch<'s> {
    pub(super) format: Format,
    seen: Option<&'s Shapes>,
    /// The part noted last. It saves look-ups, because the elements of a long sequence are alike.
    last: Cell<u64>,
    unseen: RefCell<Vec<u64>>,
    refusal: RefCell<Option<String>>,
}

/// The place of a part in a value.
#[derive(Clone, Copy)]
struct Place {
    hash: u64,
    /// How many unnamed values lie between it and the named one.
    depth: u8,
}

/// What a part is.
#[derive(Clone, Copy)]
enum Kind {
    Bool = 1,
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
    F32,
    F64,
    Char,
    Str,
    Bytes,
    None,
    Some,
    Unit,
    Seq,
    Tuple,
    Map,
    UnitStruct,
    NewtypeStruct,
    TupleStruct,
    Struct,
    UnitVariant,
    NewtypeVariant,
    TupleVariant,
    StructVariant,
}

/// One step of a multiplicative hash. A strong hash is not needed: the parts are the program's own,
/// and no attacker chooses them.
const fn mix(a: u64, b: u64) -> u64 {
    let mixed = (a.rotate_left(5) ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// The names of types are static, so their address identifies them. Two types with the same name
/// may share an address. Then a long value of the second type counts as seen after one of the
/// first. Short values are always decoded.
fn address(name: &'static str) -> u64 {
    mix(name.as_ptr().addr() as u64, name.len() as u64)
}

impl Place {
    const WHOLE: Self = Self { hash: 0, depth: 0 };

    /// The place inside an unnamed value.
    const fn within(self, kind: Kind) -> Self {
        if self.depth >= DEPTH_MAX {
            return self;
        }
        Self {
            hash: mix(self.hash, kind as u64),
            depth: self.depth.saturating_add(1),
        }
    }

    /// The place inside a named value, wherever that value is.
    fn within_named(kind: Kind, name: &'static str, variant: u32) -> Self {
        Self {
            hash: mix(mix(address(name), kind as u64), variant.into()),
            depth: 0,
        }
    }

    const fn part(self, number: u64) -> Self {
        Self {
            hash: mix(self.hash, number),
            ..self
        }
    }
}

impl<'s> Watch<'s> {
    pub(super) const fn new(format: Format, seen: Option<&'s Shapes>) -> Self {
        Self {
            format,
            seen,
            last: Cell::new(0),
            unseen: RefCell::new(Vec::new()),
            refusal: RefCell::new(None),
        }
    }

    /// The whole value, to be serialized under this watch.
    pub(super) const fn whole<'v, T: ?Sized>(&self, value: &'v T) -> Part<'_, 'v, T> {
        Part {
            value,
            watch: self,
            place: Place::WHOLE,
        }
    }

    /// The parts that were not seen before.
    pub(super) fn into_unseen(self) -> Vec<u64> {
        self.unseen.into_inner()
    }

    /// The reason why a part was refused. Formats do not keep the text of an error, so the watch
    /// does.
    pub(super) fn refusal(&self) -> Option<String> {
        self.refusal.take()
    }

    fn note(&self, place: Place, kind: Kind) {
        self.note_number(mix(place.hash, kind as u64));
    }

    fn note_named(&self, place: Place, node: Place) {
        self.note_number(mix(place.hash, node.hash));
    }

    #[inline]
    fn note_number(&self, number: u64) {
        if let Some(seen) = self.seen
            && self.last.replace(number) != number
            && !seen.contains(number)
        {
            let mut unseen = self.unseen.borrow_mut();
            if unseen.len() < UNSEEN_MAX && !unseen.contains(&number) {
                unseen.push(number);
            }
        }
    }

    #[cold]
    fn refuse<E: Error>(&self, reason: String) -> E {
        let error = E::custom(&reason);
        *self.refusal.borrow_mut() = Some(reason);
        error
    }
}

/// A part of a value, to be serialized under a watch.
pub(super) struct Part<'w, 'v, T: ?Sized> {
    value: &'v T,
    watch: &'w Watch<'w>,
    place: Place,
}

impl<T: Serialize + ?Sized> Serialize for Part<'_, '_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Watched {
            inner,
            watch: self.watch,
            place: self.place,
        })
    }
}

/// A serializer under a watch.
struct Watched<'w, S> {
    inner: S,
    watch: &'w Watch<'w>,
    place: Place,
}

impl<'w, S: Serializer> Watched<'w, S> {
    const fn part<'v, T: ?Sized>(&self, value: &'v T, place: Place) -> Part<'w, 'v, T> {
        Part {
            value,
            watch: self.watch,
            place,
        }
    }

    fn ensure_is_number(&self, is_finite: bool) -> Result<(), S::Error> {
        if is_finite || self.watch.format.has_all_floats {
            return Ok(());
        }
        Err(self
            .watch
            .refuse("JSON has no NaN and no infinity".to_owned()))
    }

    fn ensure_is_counted(&self, what: &str, len: Option<usize>) -> Result<(), S::Error> {
        if len.is_some() || !self.watch.format.is_positional {
            return Ok(());
        }
        Err(self.watch.refuse(format!(
            "the length of a {what} in it is not known before it is written"
        )))
    }
}

macro_rules! leaves {
    ($($method:ident: $type:ty => $kind:ident,)*) => {
        $(#[inline]
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.watch.note(self.place, Kind::$kind);
            self.inner.$method(value)
        })*
    };
}

impl<'w, S: Serializer> Serializer for Watched<'w, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Compound<'w, S::SerializeSeq>;
    type SerializeTuple = Compound<'w, S::SerializeTuple>;
    type SerializeTupleStruct = Compound<'w, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Compound<'w, S::SerializeTupleVariant>;
    type SerializeMap = Compound<'w, S::SerializeMap>;
    type SerializeStruct = Compound<'w, S::SerializeStruct>;
    type SerializeStructVariant = Compound<'w, S::SerializeStructVariant>;

    leaves! {
        serialize_bool: bool => Bool,
        serialize_i8: i8 => I8,
        serialize_i16: i16 => I16,
        serialize_i32: i32 => I32,
        serialize_i64: i64 => I64,
        serialize_i128: i128 => I128,
        serialize_u8: u8 => U8,
        serialize_u16: u16 => U16,
        serialize_u32: u32 => U32,
        serialize_u64: u64 => U64,
        serialize_u128: u128 => U128,
        serialize_char: char => Char,
        serialize_str: &str => Str,
        serialize_bytes: &[u8] => Bytes,
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.watch.note(self.place, Kind::Str);
        self.inner.collect_str(value)
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.ensure_is_number(value.is_finite())?;
        self.watch.note(self.place, Kind::F32);
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.ensure_is_number(value.is_finite())?;
        self.watch.note(self.place, Kind::F64);
        self.inner.serialize_f64(value)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.watch.note(self.place, Kind::None);
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.watch.note(self.place, Kind::Some);
        let part = self.part(value, self.place.within(Kind::Some));
        self.inner.serialize_some(&part)
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.watch.note(self.place, Kind::Unit);
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        let node = Place::within_named(Kind::UnitStruct, name, 0);
        self.watch.note_named(self.place, node);
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        let node = Place::within_named(Kind::UnitVariant, name, index);
        self.watch.note_named(self.place, node);
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let node = Place::within_named(Kind::NewtypeStruct, name, 0);
        self.watch.note_named(self.place, node);
        let part = self.part(value, node);
        self.inner.serialize_newtype_struct(name, &part)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let node = Place::within_named(Kind::NewtypeVariant, name, index);
        self.watch.note_named(self.place, node);
        let part = self.part(value, node);
        let inner = self.inner;
        inner.serialize_newtype_variant(name, index, variant, &part)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.ensure_is_counted("sequence", len)?;
        self.watch.note(self.place, Kind::Seq);
        let node = self.place.within(Kind::Seq);
        let inner = self.inner.serialize_seq(len)?;
        Ok(Compound::new(inner, self.watch, node, "sequence", len))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.watch.note(self.place, Kind::Tuple);
        let node = self.place.within(Kind::Tuple);
        let inner = self.inner.serialize_tuple(len)?;
        Ok(Compound::new(inner, self.watch, node, "tuple", Some(len)))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        let node = Place::within_named(Kind::TupleStruct, name, 0);
        self.watch.note_named(self.place, node);
        let inner = self.inner.serialize_tuple_struct(name, len)?;
        Ok(Compound::new(inner, self.watch, node, name, Some(len)))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let node = Place::within_named(Kind::TupleVariant, name, index);
        self.watch.note_named(self.place, node);
        let inner = self.inner;
        let inner = inner.serialize_tuple_variant(name, index, variant, len)?;
        Ok(Compound::new(inner, self.watch, node, variant, Some(len)))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.ensure_is_counted("map", len)?;
        self.watch.note(self.place, Kind::Map);
        let node = self.place.within(Kind::Map);
        let inner = self.inner.serialize_map(len)?;
        Ok(Compound::new(inner, self.watch, node, "map", len))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let node = Place::within_named(Kind::Struct, name, 0);
        self.watch.note_named(self.place, node);
        let inner = self.inner.serialize_struct(name, len)?;
        Ok(Compound::new(inner, self.watch, node, name, Some(len)))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let node = Place::within_named(Kind::StructVariant, name, index);
        self.watch.note_named(self.place, node);
        let inner = self.inner;
        let inner = inner.serialize_struct_variant(name, index, variant, len)?;
        Ok(Compound::new(inner, self.watch, node, variant, Some(len)))
    }
}

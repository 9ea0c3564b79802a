//! Values that consist of parts: sequences, maps, structs.
//!
//! A format writes the announced number of parts in front of them, or knows it from the type. So a
//! value with another number of parts could not be read.

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Part, Place, Watch};

/// Parts of a tuple from this index on share one place, because an array is a tuple too.
const TUPLE_PLACES: u64 = 16;

/// The parts of one value, serialized under a watch.
pub(super) struct Compound<'w, S> {
    inner: S,
    watch: &'w Watch<'w>,
    node: Place,
    name: &'static str,
    announced: Option<usize>,
    written: usize,
}

impl<'w, S> Compound<'w, S> {
    pub(super) const fn new(
        inner: S,
        watch: &'w Watch<'w>,
        node: Place,
        name: &'static str,
        announced: Option<usize>,
    ) -> Self {
        Self {
            inner,
            watch,
            node,
            name,
            announced,
            written: 0,
        }
    }

    const fn at<'v, T: ?Sized>(&self, value: &'v T, place: Place) -> Part<'w, 'v, T> {
        Part {
            value,
            watch: self.watch,
            place,
        }
    }

    /// The next of several parts of the same kind.
    fn element<'v, T: ?Sized>(&mut self, value: &'v T) -> Part<'w, 'v, T> {
        self.written = self.written.saturating_add(1);
        self.at(value, self.node)
    }

    /// The next of several parts that have a place each.
    fn field<'v, T: ?Sized>(&mut self, value: &'v T, places: u64) -> Part<'w, 'v, T> {
        let place = self.node.part((self.written as u64).min(places));
        self.written = self.written.saturating_add(1);
        self.at(value, place)
    }

    fn skipped<E: Error>(&self, field: &str) -> Result<(), E> {
        if self.watch.format.is_positional {
            let name = self.name;
            let reason = format!(
                "the field `{field}` of `{name}` is left out, and could not be told from the next one"
            );
            return Err(self.watch.refuse(reason));
        }
        Ok(())
    }

    /// Checks that there were as many parts as announced.
    fn ensure_is_complete<E: Error>(&self) -> Result<(), E> {
        match self.announced {
            Some(announced) if announced != self.written => {
                let (name, written) = (self.name, self.written);
                Err(self.watch.refuse(format!(
                    "`{name}` has {written} parts, but said that it has {announced}"
                )))
            }
            _ => Ok(()),
        }
    }
}

impl<S: SerializeSeq> SerializeSeq for Compound<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        if self.written > 0 && is_byte::<T>() {
            self.written = self.written.saturating_add(1);
            return self.inner.serialize_element(value);
        }
        let part = self.element(value);
        self.inner.serialize_element(&part)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.ensure_is_complete()?;
        self.inner.end()
    }
}

/// Whether elements of this type are bytes. Bytes are all of one kind, and a value may have
/// millions of them.
///
/// No type of a program has one of these names, because its name would include its path.
fn is_byte<T: ?Sized>() -> bool {
    matches!(std::any::type_name::<T>(), "u8" | "&u8")
}

impl<S: SerializeMap> SerializeMap for Compound<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        let part = self.at(key, self.node.part(1));
        self.inner.serialize_key(&part)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.written = self.written.saturating_add(1);
        let part = self.at(value, self.node.part(2));
        self.inner.serialize_value(&part)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.ensure_is_complete()?;
        self.inner.end()
    }
}

macro_rules! tuples {
    ($($name:ident: $method:ident,)*) => {
        $(impl<S: $name> $name for Compound<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
                let part = self.field(value, TUPLE_PLACES);
                self.inner.$method(&part)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.ensure_is_complete()?;
                self.inner.end()
            }
        })*
    };
}

tuples! {
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

macro_rules! structs {
    ($($name:ident,)*) => {
        $(impl<S: $name> $name for Compound<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                field: &'static str,
                value: &T,
            ) -> Result<(), S::Error> {
                let part = self.field(value, u64::MAX);
                self.inner.serialize_field(field, &part)
            }

            fn skip_field(&mut self, field: &'static str) -> Result<(), S::Error> {
                self.skipped(field)?;
                self.inner.skip_field(field)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.ensure_is_complete()?;
                self.inner.end()
            }
        })*
    };
}

structs! {
    SerializeStruct,
    SerializeStructVariant,
}

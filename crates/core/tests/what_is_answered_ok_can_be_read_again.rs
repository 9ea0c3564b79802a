//! A type that its codec can write but not read is refused before it is written: as an operation,
//! as a state, as a single value. What was there before stays. Everything that was answered `Ok` is
//! there when the store is opened again.

#![cfg(all(feature = "json", feature = "message-pack"))]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::marker::PhantomData;

use pollster::block_on;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use steadfast_core::{
    Codec, CodecError, Frozen, Json, Key, MemoryBackend, MessagePack, PersistenceError, Postcard,
    Result, Schema, State, Store, StoreOptions, Thaw, TransactError, load_snapshot, save_snapshot,
};

/// What is kept: everything serde can do that a type written by a person may use.
trait Kept: Serialize + DeserializeOwned + Clone + Debug + PartialEq + Send + Sync + 'static {}
impl<T: Serialize + DeserializeOwned + Clone + Debug + PartialEq + Send + Sync + 'static> Kept
    for T
{
}

/// A list of what was committed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "T: Kept")]
struct List<T, C> {
    items: Vec<T>,
    codec: PhantomData<fn() -> C>,
}

impl<T, C> Default for List<T, C> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            codec: PhantomData,
        }
    }
}

impl<T: Kept, C: Codec<Self> + Codec<T> + 'static> Schema for List<T, C> {
    const NAME: &'static str = "test.list";
    type Codec = C;
}

impl<T: Kept, C: Codec<Self> + Codec<T> + 'static> State for List<T, C> {
    type Operation = T;
    type OperationCodec = C;

    fn apply(&mut self, item: T) {
        self.items.push(item);
    }
}

/// Nothing can be logged, so that only the snapshot is tried: the state is filled when it begins.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "T: Kept + Sample")]
struct Filled<T, C> {
    item: Option<T>,
    codec: PhantomData<fn() -> C>,
}

trait Sample {
    fn sample() -> Self;
}

impl<T: Sample, C> Default for Filled<T, C> {
    fn default() -> Self {
        Self {
            item: Some(T::sample()),
            codec: PhantomData,
        }
    }
}

impl<T: Kept + Sample, C: Codec<Self> + 'static> Schema for Filled<T, C> {
    const NAME: &'static str = "test.filled";
    type Codec = C;
}

impl<T: Kept + Sample, C: Codec<Self> + 'static> State for Filled<T, C> {
    type Operation = u8;
    type OperationCodec = Postcard;

    fn apply(&mut self, _: u8) {}
}

fn open<S: State>(disk: &MemoryBackend) -> Result<Store<S, MemoryBackend>> {
    block_on(Store::open(disk.clone(), StoreOptions::default()))
}

/// Whether it is refused, and the sentence says what to use.
fn is_refused<T: Debug>(called: Result<T>) {
    match called {
        Err(PersistenceError::Codec { reason, .. }) => {
            assert!(reason.contains("MessagePack"), "{reason}");
        }
        other => panic!("not refused: {other:?}"),
    }
}

fn refused_by_postcard<T: Kept + Sample>() {
    let disk = MemoryBackend::new();
    let store: Store<List<Option<T>, Postcard>, _> = open(&disk).expect("opens");
    block_on(store.commit(None)).expect("a commit");
    is_refused(block_on(store.commit(Some(T::sample()))));
    let decided = block_on(store.transact(|_| Ok::<_, ()>((Some(Some(T::sample())), ()))));
    match decided {
        Err(TransactError::Storage(error)) => is_refused::<()>(Err(error)),
        other => panic!("not refused: {other:?}"),
    }
    block_on(store.commit(None)).expect("the store lives");
    drop(store);
    let store: Store<List<Option<T>, Postcard>, _> = open(&disk).expect("opens again");
    let items = store.read(|list| list.items.clone()).expect("readable");
    assert_eq!(items, [None, None]);

    let disk = MemoryBackend::new();
    let store: Store<Filled<T, Postcard>, _> = open(&disk).expect("opens");
    block_on(store.commit(1)).expect("a commit");
    for _ in 0..3 {
        is_refused(block_on(store.snapshot()));
        block_on(store.commit(2)).expect("the log stays");
    }
    assert!(store.status().snapshots.is_empty());
    drop(store);
    let (_, report) = block_on(Store::<Filled<T, Postcard>, _>::load(&disk)).expect("readable");
    assert_eq!(report.lsn.get(), 4);

    let key: Key = "value".parse().expect("a key");
    let empty = Filled::<T, Postcard> {
        item: None,
        codec: PhantomData,
    };
    block_on(save_snapshot(&disk, &key, &empty)).expect("a save");
    is_refused(block_on(save_snapshot(
        &disk,
        &key,
        &Filled::<T, Postcard>::default(),
    )));
    let kept = block_on(load_snapshot::<_, Filled<T, Postcard>>(&disk, &key)).expect("readable");
    assert_eq!(kept.expect("the old value").item, None);
}

fn kept_by<T: Kept + Sample, C>()
where
    C: Codec<List<T, C>> + Codec<T> + Codec<Filled<T, C>> + 'static,
{
    let disk = MemoryBackend::new();
    let store: Store<List<T, C>, _> = open(&disk).expect("opens");
    block_on(store.commit(T::sample())).expect("a commit");
    block_on(store.commit(T::sample())).expect("a commit");
    drop(store);
    let store: Store<List<T, C>, _> = open(&disk).expect("the log is readable");
    block_on(store.snapshot()).expect("a snapshot");
    block_on(store.commit(T::sample())).expect("a commit");
    drop(store);
    let (list, _) = block_on(Store::<List<T, C>, _>::load(&disk)).expect("readable");
    assert_eq!(list.items, vec![T::sample(); 3]);

    let key: Key = "value".parse().expect("a key");
    block_on(save_snapshot(&disk, &key, &Filled::<T, C>::default())).expect("a save");
    let kept = block_on(load_snapshot::<_, Filled<T, C>>(&disk, &key)).expect("readable");
    assert_eq!(kept.expect("saved").item, Some(T::sample()));
}

macro_rules! attributes {
    ($($test:ident: $type:ty = $sample:expr;)*) => {
        $(impl Sample for $type {
            fn sample() -> Self {
                $sample
            }
        }

        #[test]
        fn $test() {
            refused_by_postcard::<$type>();
            kept_by::<$type, Json>();
            kept_by::<$type, MessagePack>();
        })*
    };
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Skipping {
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    done: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum SkippingVariant {
    Todo {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tags: Vec<String>,
        done: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Deposit { cents: u64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flattened {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct WithValue {
    payload: Value,
}

attributes! {
    a_field_that_is_left_out: Skipping = Skipping {
        title: "bread".into(),
        note: None,
        done: true,
    };
    a_field_of_a_variant_that_is_left_out: SkippingVariant = SkippingVariant::Todo {
        tags: Vec::new(),
        done: true,
    };
    a_tag_inside: Tagged = Tagged::Deposit { cents: 7 };
    no_tag: Untagged = Untagged::Text("x".into());
    no_tag_around_a_number: Vec<Untagged> = vec![Untagged::Number(u64::MAX); 3];
    a_flattened_map: Flattened = Flattened {
        name: "a".into(),
        rest: [("b".into(), 1)].into(),
    };
    a_json_value: WithValue = WithValue {
        payload: json!({"a": [1, null, -2.5, {"b": "c"}], "d": true}),
    };
}

/// Long operations are decoded again only for kinds of parts that were not seen: each of these
/// differs from the first in one.
#[test]
fn a_part_that_comes_later_is_noticed() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Step {
        Long(String),
        Listed(Vec<Untagged>),
        Maybe {
            name: Option<Box<Step>>,
            value: Option<Tagged>,
        },
        Mapped(BTreeMap<String, Vec<Option<Untagged>>>),
        Tuple(u8, (u8, Option<Untagged>)),
    }
    let long = || Step::Long("x".repeat(2000));
    let maybe = |value| Step::Maybe {
        name: Some(Box::new(long())),
        value,
    };
    let padded = |item: Option<Untagged>| {
        let mut map: BTreeMap<String, Vec<Option<Untagged>>> = BTreeMap::new();
        map.insert("x".repeat(600), vec![None, None]);
        map.insert("y".into(), vec![None, item]);
        Step::Mapped(map)
    };
    let disk = MemoryBackend::new();
    type Steps = List<Vec<Step>, Postcard>;
    let store: Store<Steps, _> = open(&disk).expect("opens");
    let commit = |step: Step| block_on(store.commit(vec![long(), step]));
    let text = || Untagged::Text("t".into());
    let good = [
        long(),
        Step::Listed(Vec::new()),
        maybe(None),
        padded(None),
        Step::Tuple(1, (2, None)),
    ];
    for step in good.iter().chain(&good).chain(&good) {
        commit(step.clone()).expect("it comes back");
    }
    for _ in 0..2 {
        is_refused(commit(Step::Listed(vec![text()])));
        is_refused(commit(maybe(Some(Tagged::Deposit { cents: 1 }))));
        is_refused(commit(padded(Some(text()))));
        is_refused(commit(Step::Tuple(1, (2, Some(text())))));
    }
    drop(store);
    let (list, _) = block_on(Store::<Steps, _>::load(&disk)).expect("readable");
    assert_eq!(list.items.len(), 15);
}

/// A short value that its own type refuses to read.
#[test]
fn a_value_that_its_type_refuses_is_noticed() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(try_from = "String")]
    struct Name(String);

    impl TryFrom<String> for Name {
        type Error = &'static str;

        fn try_from(name: String) -> std::result::Result<Self, &'static str> {
            if name.is_empty() {
                return Err("a name is not empty");
            }
            Ok(Self(name))
        }
    }

    let disk = MemoryBackend::new();
    let store: Store<List<Name, Postcard>, _> = open(&disk).expect("opens");
    block_on(store.commit(Name("Ada".into()))).expect("a commit");
    let error = block_on(store.commit(Name(String::new()))).expect_err("refused");
    assert!(matches!(error, PersistenceError::Codec { .. }), "{error}");
    drop(store);
    open::<List<Name, Postcard>>(&disk).expect("opens again");
}

/// A field that is written and not read, or read and not written.
#[test]
fn one_sided_attributes_are_noticed() {
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct WrittenOnly {
        #[serde(skip_deserializing)]
        a: u8,
        b: u8,
    }
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct ReadOnly {
        #[serde(skip_serializing)]
        a: u8,
        b: String,
    }
    fn refused<T: Kept>(item: T) {
        let store: Store<List<T, Postcard>, _> = open(&MemoryBackend::new()).expect("opens");
        is_refused(block_on(store.commit(item)));
    }
    refused(WrittenOnly { a: 1, b: 2 });
    refused(ReadOnly {
        a: 1,
        b: "\u{1}x".into(),
    });
    // Its bytes decode, to another value.
    refused(ReadOnly {
        a: 1,
        b: "\0".into(),
    });
}

/// No order is promised for a hash map, so another one is no loss.
#[test]
fn what_comes_back_in_another_order_is_accepted() {
    type Map = HashMap<String, (u64, Option<f64>)>;
    fn accepted<C: Codec<List<Map, C>> + Codec<Map> + 'static>() {
        let disk = MemoryBackend::new();
        let store: Store<List<Map, C>, _> = open(&disk).expect("opens");
        for len in 0..40_u32 {
            let map: Map = (0..len)
                .map(|n| (n.to_string(), (n.into(), Some(f64::from(n) / 7.0))))
                .collect();
            block_on(store.commit(map)).expect("a commit");
        }
        block_on(store.snapshot()).expect("a snapshot");
        let before = store.read(|list| list.items.clone()).expect("readable");
        let (list, _) = block_on(Store::<List<Map, C>, _>::load(&disk)).expect("readable");
        assert_eq!(list.items, before);
    }
    accepted::<Postcard>();
    accepted::<Json>();
    accepted::<MessagePack>();
}

/// JSON would write `null`, and read nothing.
#[test]
fn json_refuses_what_is_no_number() {
    let store: Store<List<(String, Option<f64>), Json>, _> =
        open(&MemoryBackend::new()).expect("opens");
    for name in ["", &"x".repeat(2000)] {
        for number in [f64::NAN, f64::INFINITY] {
            block_on(store.commit((name.to_owned(), Some(1.5)))).expect("a number");
            let error = block_on(store.commit((name.to_owned(), Some(number))));
            let error = error.expect_err("refused");
            assert!(error.to_string().contains("NaN"), "{error}");
        }
    }
}

/// Bytes that are left over, and bytes that are missing.
#[test]
fn every_codec_wants_its_bytes_and_no_more() {
    fn exact<C: Codec<(u8, String)>>() {
        let value = (7, "seven".to_owned());
        let mut bytes = Vec::new();
        C::encode(&value, &mut bytes).expect("encodes");
        assert_eq!(C::decode(&bytes), Ok(value));
        for len in 0..bytes.len() {
            assert!(C::decode(&bytes[..len]).is_err(), "{len} bytes");
        }
        bytes.push(b'1');
        assert!(C::decode(&bytes).is_err());
    }
    exact::<Postcard>();
    exact::<Json>();
    exact::<MessagePack>();
}

/// A codec and a frozen form that a user wrote, and that are wrong.
#[test]
fn a_codec_of_the_users_is_tried_too() {
    #[derive(Default)]
    struct Mine;
    struct MineCodec;

    impl Codec<Mine> for MineCodec {
        fn encode(_: &Mine, bytes: &mut Vec<u8>) -> std::result::Result<(), CodecError> {
            bytes.push(1);
            Ok(())
        }

        fn decode(_: &[u8]) -> std::result::Result<Mine, CodecError> {
            Ok(Mine)
        }
    }

    impl Codec<u8> for MineCodec {
        fn encode(value: &u8, bytes: &mut Vec<u8>) -> std::result::Result<(), CodecError> {
            bytes.push(*value);
            Ok(())
        }

        fn decode(bytes: &[u8]) -> std::result::Result<u8, CodecError> {
            match bytes {
                [value] if *value < 100 => Ok(*value),
                _ => Err(CodecError::new("no such number")),
            }
        }
    }

    struct Pieces(u8);

    impl Frozen for Pieces {
        fn next_piece(&mut self, piece: &mut Vec<u8>) -> std::result::Result<bool, CodecError> {
            piece.extend(vec![self.0; 10]);
            self.0 += 1;
            Ok(self.0 < 3)
        }
    }

    /// Reads two pieces, of the three that there are.
    struct Two(u8);

    impl Thaw<Mine> for Two {
        fn piece(&mut self, piece: &[u8]) -> std::result::Result<(), CodecError> {
            assert_eq!(piece, vec![self.0; 10]);
            self.0 += 1;
            Ok(())
        }

        fn finish(self: Box<Self>) -> std::result::Result<Mine, CodecError> {
            if self.0 == 2 {
                return Ok(Mine);
            }
            Err(CodecError::new("a piece too many"))
        }
    }

    impl Schema for Mine {
        const NAME: &'static str = "test.mine";
        type Codec = MineCodec;
    }

    impl State for Mine {
        type Operation = u8;
        type OperationCodec = MineCodec;

        fn apply(&mut self, _: u8) {}

        fn freeze(&self) -> std::result::Result<Box<dyn Frozen>, CodecError> {
            Ok(Box::new(Pieces(0)))
        }

        fn thaw(_: u32) -> Box<dyn Thaw<Self>> {
            Box::new(Two(0))
        }
    }

    let disk = MemoryBackend::new();
    let store: Store<Mine, _> = open(&disk).expect("opens");
    block_on(store.commit(99)).expect("a commit");
    let error = block_on(store.commit(100)).expect_err("refused");
    assert!(error.to_string().contains("no such number"), "{error}");
    let error = block_on(store.snapshot()).expect_err("refused");
    assert!(error.to_string().contains("a piece too many"), "{error}");
    assert!(store.status().snapshots.is_empty());
    drop(store);
    open::<Mine>(&disk).expect("opens again");
}

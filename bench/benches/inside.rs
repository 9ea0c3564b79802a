//! The code without a disk: `cargo bench --manifest-path bench/Cargo.toml`.
//!
//! What a commit costs besides its flush, and the parts of that cost.

use divan::{Bencher, black_box};
use steadfast::blocking::{Options, Store};
use steadfast::{Codec, Kv, KvBatch, KvCodec, MemoryBackend, State};
use steadfast_bench::data;

fn main() {
    divan::main();
}

const KEYS: u64 = 10_000;

fn put(number: u64) -> KvBatch {
    let key = data::key(number.wrapping_mul(7919) % KEYS);
    // A key of eight bytes is never refused.
    Kv::put(key, data::random(92, number)).unwrap_or_default()
}

fn filled() -> Kv {
    let mut kv = Kv::default();
    (0..KEYS).for_each(|number| kv.apply(put(number)));
    kv
}

#[divan::bench]
fn commit_in_memory(bencher: Bencher<'_, '_>) {
    let options = Options::default().automatic_snapshots(false);
    let Ok(store) = Store::<Kv, _>::open_on(MemoryBackend::new(), options) else {
        return;
    };
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        store.commit(put(number))
    });
}

#[divan::bench]
fn make_an_operation() -> KvBatch {
    put(black_box(1))
}

#[divan::bench]
fn encode_an_operation(bencher: Bencher<'_, '_>) {
    let batch = put(1);
    let mut bytes = Vec::new();
    bencher.bench_local(|| {
        bytes.clear();
        KvCodec::encode(black_box(&batch), &mut bytes)
    });
}

#[divan::bench]
fn decode_an_operation(bencher: Bencher<'_, '_>) {
    let mut bytes = Vec::new();
    let _ = KvCodec::encode(&put(1), &mut bytes);
    bencher.bench_local(|| -> Result<KvBatch, _> { KvCodec::decode(black_box(&bytes)) });
}

#[divan::bench]
fn apply_an_operation(bencher: Bencher<'_, '_>) {
    let mut kv = filled();
    let mut number = 0;
    bencher
        .with_inputs(|| {
            number += 1;
            put(number)
        })
        .bench_local_values(|batch| kv.apply(batch));
}

#[divan::bench]
fn freeze(bencher: Bencher<'_, '_>) {
    let kv = filled();
    bencher.bench_local(|| kv.freeze());
}

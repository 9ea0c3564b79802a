//! Saves: staged, published whole, and never seen in between.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Precondition, Result, Staged, StorageBackend, WHOLE};

use super::Place;

/// A save replaces the whole value: repeatedly, with a shorter value, and after reopening.
pub async fn test_atomic_overwrite<P: Place>(place: &P) -> Result<()> {
    let key: Key = "folder/value".parse()?;
    let backend = place.open().await?;
    let values: [&[u8]; 4] = [b"old", b"a new and longer value", b"", b"short"];
    for value in values {
        backend
            .atomic_write(&key, Bytes::copy_from_slice(value))
            .await?;
        assert_eq!(backend.read(&key, WHOLE).await?.as_deref(), Some(value));
    }
    drop(backend);
    let backend = place.open().await?;
    assert_eq!(
        backend.read(&key, WHOLE).await?.as_deref(),
        Some(&b"short"[..])
    );
    Ok(())
}

/// Between the two phases, readers see the old value.
pub async fn staged_bytes_are_invisible<P: Place>(place: &P) -> Result<()> {
    let key: Key = "value".parse()?;
    let backend = place.open().await?;
    let mut staged = backend.stage(&key).await?;
    staged.write(Bytes::from_static(b"first")).await?;
    assert_eq!(backend.read(&key, WHOLE).await?, None);
    staged.commit(Precondition::Absent).await?;
    let mut staged = backend.stage(&key).await?;
    staged.write(Bytes::from_static(b"second")).await?;
    assert_eq!(
        backend.read(&key, WHOLE).await?.as_deref(),
        Some(&b"first"[..])
    );
    staged.commit(Precondition::None).await?;
    assert_eq!(
        backend.read(&key, WHOLE).await?.as_deref(),
        Some(&b"second"[..])
    );
    Ok(())
}

/// A save that is dropped has not happened.
pub async fn a_dropped_save_leaves_nothing<P: Place>(place: &P) -> Result<()> {
    let key: Key = "value".parse()?;
    let backend = place.open().await?;
    let mut staged = backend.stage(&key).await?;
    staged.write(Bytes::from_static(b"never")).await?;
    drop(staged);
    drop(backend);
    let backend = place.open().await?;
    assert_eq!(backend.read(&key, WHOLE).await?, None);
    assert_eq!(backend.list(&steadfast_core::Prefix::ROOT).await?, []);
    Ok(())
}

/// `Absent` refuses a key that is taken, and leaves its value.
pub async fn a_create_refuses_a_taken_key<P: Place>(place: &P) -> Result<()> {
    let key: Key = "value".parse()?;
    let backend = place.open().await?;
    backend
        .atomic_create(&key, Bytes::from_static(b"first"))
        .await?;
    let again = backend
        .atomic_create(&key, Bytes::from_static(b"second"))
        .await;
    assert!(
        matches!(again, Err(PersistenceError::AlreadyExists { .. })),
        "{again:?}"
    );
    assert_eq!(
        backend.read(&key, WHOLE).await?.as_deref(),
        Some(&b"first"[..])
    );
    backend.delete(&key).await?;
    backend
        .atomic_create(&key, Bytes::from_static(b"third"))
        .await
}

/// A value that is written in many pieces arrives in order and whole.
pub async fn a_long_value_in_many_pieces_is_whole<P: Place>(place: &P) -> Result<()> {
    let key: Key = "long".parse()?;
    let backend = place.open().await?;
    let mut expected = Vec::new();
    let mut staged = backend.stage(&key).await?;
    for number in 0..100_u8 {
        let piece = vec![number; 10_007];
        expected.extend_from_slice(&piece);
        staged.write(Bytes::from(piece)).await?;
    }
    staged.commit(Precondition::None).await?;
    drop(backend);
    let found = place.open().await?.read(&key, WHOLE).await?;
    assert!(found.as_deref() == Some(&expected[..]), "the value differs");
    Ok(())
}

/// An empty value is a value: it is not the same as an absent key.
pub async fn an_empty_value_is_not_an_absent_one<P: Place>(place: &P) -> Result<()> {
    let key: Key = "empty".parse()?;
    let backend = place.open().await?;
    assert_eq!(backend.read(&key, WHOLE).await?, None);
    backend.atomic_write(&key, Bytes::new()).await?;
    drop(backend);
    assert_eq!(
        place.open().await?.read(&key, WHOLE).await?,
        Some(Bytes::new())
    );
    Ok(())
}

/// A key does not collide with the keys below its name.
pub async fn nested_keys_are_apart<P: Place>(place: &P) -> Result<()> {
    let backend = place.open().await?;
    let names = ["a/b/c", "a/b.c", "a/bc/d", "a-b/c", "ab/c/d/e/f"];
    for name in names {
        backend
            .atomic_write(&name.parse()?, Bytes::copy_from_slice(name.as_bytes()))
            .await?;
    }
    for name in names {
        let found = backend.read(&name.parse()?, WHOLE).await?;
        assert_eq!(found.as_deref(), Some(name.as_bytes()));
    }
    Ok(())
}

/// Of concurrent saves one wins, whole.
pub async fn concurrent_saves_leave_one_whole<P: Place>(place: &P) -> Result<()> {
    let key: Key = "contended".parse()?;
    let backend = place.open().await?;
    let save = |byte: u8| backend.atomic_write(&key, Bytes::from(vec![byte; 50_000]));
    both(save(1), save(2)).await?;
    let found = backend.read(&key, WHOLE).await?.unwrap_or_default();
    assert_eq!(found.len(), 50_000);
    let first = found.first().copied();
    assert!(
        found.iter().all(|byte| Some(*byte) == first),
        "a mixture of two saves"
    );
    Ok(())
}

/// Polls two futures in turns until both are done.
async fn both(
    a: impl Future<Output = Result<()>>,
    b: impl Future<Output = Result<()>>,
) -> Result<()> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_done, mut b_done) = (None, None);
    poll_fn(|context| {
        if a_done.is_none()
            && let Poll::Ready(done) = a.as_mut().poll(context)
        {
            a_done = Some(done);
        }
        if b_done.is_none()
            && let Poll::Ready(done) = b.as_mut().poll(context)
        {
            b_done = Some(done);
        }
        if a_done.is_some() && b_done.is_some() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    a_done.unwrap_or(Ok(()))?;
    b_done.unwrap_or(Ok(()))
}

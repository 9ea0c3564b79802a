//! Streams: appended at their end, read in any range, and durable when synced.

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Prefix, Result, StorageBackend, WHOLE};

use super::Place;

const TEXT: &[u8] = b"0123456789";

async fn with_text<P: Place>(place: &P) -> Result<(P::Backend, Key)> {
    let key: Key = "log/stream".parse()?;
    let backend = place.open().await?;
    backend.append(&key, 0, Bytes::from_static(TEXT)).await?;
    Ok((backend, key))
}

/// Appended bytes are read back in order.
pub async fn appends_add_up<P: Place>(place: &P) -> Result<()> {
    let (backend, key) = with_text(place).await?;
    backend.append(&key, 10, Bytes::from_static(b"ab")).await?;
    backend.append(&key, 12, Bytes::new()).await?;
    backend.append(&key, 12, Bytes::from_static(b"c")).await?;
    backend.sync(&key).await?;
    let found = backend.read(&key, WHOLE).await?;
    assert_eq!(found.as_deref(), Some(&b"0123456789abc"[..]));
    Ok(())
}

/// A stream continues where it ended, also with a new handle.
pub async fn appends_continue_after_reopening<P: Place>(place: &P) -> Result<()> {
    let (backend, key) = with_text(place).await?;
    backend.sync(&key).await?;
    drop(backend);
    let backend = place.open().await?;
    backend.append(&key, 10, Bytes::from_static(b"x")).await?;
    backend.sync(&key).await?;
    drop(backend);
    let found = place.open().await?.read(&key, WHOLE).await?;
    assert_eq!(found.as_deref(), Some(&b"0123456789x"[..]));
    Ok(())
}

/// An append that does not start at the end is refused. The error says where the end is, and
/// nothing is changed.
pub async fn a_conflicting_append_changes_nothing<P: Place>(place: &P) -> Result<()> {
    let (backend, key) = with_text(place).await?;
    for position in [0, 9, 11, u64::MAX] {
        let refused = backend
            .append(&key, position, Bytes::from_static(b"x"))
            .await;
        let told = matches!(refused, Err(PersistenceError::Conflict { end: 10, .. }));
        assert!(told, "at {position}: {refused:?}");
    }
    let missing: Key = "log/missing".parse()?;
    let refused = backend.append(&missing, 5, Bytes::from_static(b"x")).await;
    assert!(
        matches!(refused, Err(PersistenceError::Conflict { end: 0, .. })),
        "{refused:?}"
    );
    assert_eq!(backend.read(&key, WHOLE).await?.as_deref(), Some(TEXT));
    assert_eq!(backend.read(&missing, WHOLE).await?, None);
    backend.append(&key, 10, Bytes::from_static(b"x")).await
}

/// A range beyond the end is cut. An absent stream is not an empty one.
pub async fn reads_are_cut_to_what_is_there<P: Place>(place: &P) -> Result<()> {
    let (backend, key) = with_text(place).await?;
    let cases: [(std::ops::Range<u64>, &[u8]); 6] = [
        (0..10, TEXT),
        (3..5, b"34"),
        (8..100, b"89"),
        (10..20, b""),
        (50..60, b""),
        (u64::MAX - 1..u64::MAX, b""),
    ];
    for (range, expected) in cases {
        let found = backend.read(&key, range.clone()).await?;
        assert_eq!(found.as_deref(), Some(expected), "{range:?}");
    }
    assert_eq!(backend.read(&"log/missing".parse()?, 0..1).await?, None);
    Ok(())
}

/// A handle reads what it wrote, synced or not.
pub async fn unsynced_bytes_are_read_back<P: Place>(place: &P) -> Result<()> {
    let (backend, key) = with_text(place).await?;
    assert_eq!(backend.read(&key, WHOLE).await?.as_deref(), Some(TEXT));
    backend.write(&key, Bytes::from_static(b"anew")).await?;
    assert_eq!(
        backend.read(&key, WHOLE).await?.as_deref(),
        Some(&b"anew"[..])
    );
    Ok(())
}

/// `write` replaces the whole stream, and `sync` makes that durable.
pub async fn a_write_replaces_the_stream<P: Place>(place: &P) -> Result<()> {
    let (backend, key) = with_text(place).await?;
    backend.write(&key, Bytes::from_static(b"new")).await?;
    backend.append(&key, 3, Bytes::from_static(b"er")).await?;
    backend.sync(&key).await?;
    drop(backend);
    let found = place.open().await?.read(&key, WHOLE).await?;
    assert_eq!(found.as_deref(), Some(&b"newer"[..]));
    Ok(())
}

/// `reserve` is a hint about future appends: it changes nothing that can be read or listed.
pub async fn reserved_room_is_not_shown<P: Place>(place: &P) -> Result<()> {
    let (backend, key) = with_text(place).await?;
    backend.reserve(&key, 8_000).await?;
    assert_eq!(backend.read(&key, WHOLE).await?.as_deref(), Some(TEXT));
    assert_eq!(
        backend.read(&key, 9..100).await?.as_deref(),
        Some(&b"9"[..])
    );
    let listed = backend.list(&Prefix::ROOT).await?;
    assert!(listed.iter().all(|entry| entry.len == 10), "{listed:?}");
    let refused = backend.append(&key, 8_000, Bytes::from_static(b"x")).await;
    assert!(
        matches!(refused, Err(PersistenceError::Conflict { end: 10, .. })),
        "{refused:?}"
    );
    backend.append(&key, 10, Bytes::from_static(b"ab")).await?;
    backend.sync(&key).await?;
    // After the room is given back, the stream is as if none had been reserved.
    backend.reserve(&key, 0).await?;
    backend.sync(&key).await?;
    drop(backend);
    let backend = place.open().await?;
    let found = backend.read(&key, WHOLE).await?;
    assert_eq!(found.as_deref(), Some(&b"0123456789ab"[..]));
    let missing: Key = "log/missing".parse()?;
    backend.reserve(&missing, 8_000).await?;
    assert_eq!(backend.read(&missing, WHOLE).await?, None);
    backend.delete(&key).await?;
    assert_eq!(backend.list(&Prefix::ROOT).await?, []);
    Ok(())
}

/// The next handle may find zeros behind the appended bytes. It appends behind those zeros.
pub async fn what_follows_a_reserved_stream_is_zeros<P: Place>(place: &P) -> Result<()> {
    let (backend, key) = with_text(place).await?;
    backend.reserve(&key, 8_000).await?;
    backend.append(&key, 10, Bytes::from_static(b"ab")).await?;
    backend.sync(&key).await?;
    drop(backend);
    let backend = place.open().await?;
    let found = backend.read(&key, WHOLE).await?.unwrap_or_default();
    let (text, zeros) = found.split_at(12);
    assert_eq!(text, b"0123456789ab");
    assert!(zeros.iter().all(|byte| *byte == 0), "{zeros:?}");
    assert!(zeros.len() <= 8_000 - 12, "{}", zeros.len());
    let end = found.len() as u64;
    backend.append(&key, end, Bytes::from_static(b"c")).await?;
    assert_eq!(
        backend.read(&key, end..WHOLE.end).await?.as_deref(),
        Some(&b"c"[..])
    );
    Ok(())
}

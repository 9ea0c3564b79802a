//! Listings: keys and lengths, in name order, and nothing else.

use bytes::Bytes;
use steadfast_core::{Entry, Key, Prefix, Result, Staged, StorageBackend, WHOLE};

use super::Place;

async fn filled<P: Place>(place: &P) -> Result<P::Backend> {
    let backend = place.open().await?;
    for (name, len) in [
        ("wal/2", 2),
        ("wal/10", 10),
        ("walrus/1", 1),
        ("a", 3),
        ("wal/x/y", 0),
    ] {
        backend
            .atomic_write(&name.parse()?, Bytes::from(vec![7; len]))
            .await?;
    }
    Ok(backend)
}

fn entries(expected: &[(&str, u64)]) -> Result<Vec<Entry>> {
    expected
        .iter()
        .map(|(name, len)| {
            Ok(Entry {
                key: name.parse()?,
                len: *len,
            })
        })
        .collect()
}

/// Every key is listed with its length, in text order.
pub async fn a_listing_is_in_name_order_with_lengths<P: Place>(place: &P) -> Result<()> {
    let backend = filled(place).await?;
    let all = [
        ("a", 3),
        ("wal/10", 10),
        ("wal/2", 2),
        ("wal/x/y", 0),
        ("walrus/1", 1),
    ];
    assert_eq!(backend.list(&Prefix::ROOT).await?, entries(&all)?);
    drop(backend);
    assert_eq!(
        place.open().await?.list(&Prefix::ROOT).await?,
        entries(&all)?
    );
    Ok(())
}

/// The prefix `wal` is a folder: `walrus` is not in it.
pub async fn a_folder_is_no_prefix_of_names<P: Place>(place: &P) -> Result<()> {
    let backend = filled(place).await?;
    let wal = [("wal/10", 10), ("wal/2", 2), ("wal/x/y", 0)];
    assert_eq!(backend.list(&Prefix::folder("wal")?).await?, entries(&wal)?);
    assert_eq!(
        backend.list(&Prefix::folder("wal/x")?).await?,
        entries(&[("wal/x/y", 0)])?
    );
    for empty in ["wa", "a", "nothing/here"] {
        assert_eq!(backend.list(&Prefix::folder(empty)?).await?, []);
    }
    Ok(())
}

/// A staged value is not listed: it has no name yet.
pub async fn nothing_staged_is_listed<P: Place>(place: &P) -> Result<()> {
    let backend = place.open().await?;
    let mut staged = backend.stage(&"wal/1".parse()?).await?;
    staged.write(Bytes::from_static(b"staged")).await?;
    assert_eq!(backend.list(&Prefix::ROOT).await?, []);
    Ok(())
}

/// A deletion is permanent, and can be repeated.
pub async fn deleted_keys_are_gone_and_deleting_again_is_fine<P: Place>(place: &P) -> Result<()> {
    let backend = filled(place).await?;
    let key: Key = "wal/2".parse()?;
    backend.delete(&key).await?;
    backend.delete(&key).await?;
    backend.delete(&"never/was".parse()?).await?;
    assert_eq!(backend.read(&key, WHOLE).await?, None);
    drop(backend);
    let backend = place.open().await?;
    assert_eq!(backend.read(&key, WHOLE).await?, None);
    let rest = [("wal/10", 10), ("wal/x/y", 0)];
    assert_eq!(
        backend.list(&Prefix::folder("wal")?).await?,
        entries(&rest)?
    );
    Ok(())
}

//! Futures dropped at every await. A dropped future is a crash of one operation.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use steadfast_core::{
    Immediate, Key, Kv, PersistenceError, Prefix, Result, StorageBackend, Store, StoreOptions,
    WHOLE,
};

use super::Place;

/// No operation has as many awaits; a future that is still pending after so many wake-ups hangs.
const POLLS_MAX: u32 = 2_000;

/// Polls at most `polls` times, then drops the future; returns `None` when it was dropped.
async fn within<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Opens again. An operation whose future was dropped may still hold the lock, so this waits for
/// it.
async fn reopen<P: Place>(place: &P) -> Result<P::Backend> {
    loop {
        match place.open().await {
            Err(PersistenceError::Locked { .. }) => yield_once().await,
            opened => return opened,
        }
    }
}

async fn yield_once() {
    let mut yielded = false;
    poll_fn(move |context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Drops a save at every await: afterwards the old value or the new one is there, whole.
pub async fn a_dropped_save_leaves_the_old_value_or_the_new<P: Place>(place: &P) -> Result<()> {
    let key: Key = "value".parse()?;
    let value = |number: u32| Bytes::from(format!("value {number} ").repeat(1_000));
    reopen(place).await?.atomic_write(&key, value(0)).await?;
    let mut last = 0;
    for polls in 1..POLLS_MAX {
        let backend = reopen(place).await?;
        let done = within(backend.atomic_write(&key, value(polls)), polls).await;
        drop(backend);
        let found = reopen(place).await?.read(&key, WHOLE).await?;
        let is = |number: u32| found.as_ref() == Some(&value(number));
        match done {
            Some(done) => {
                done?;
                assert!(is(polls), "acknowledged, and not there");
                return Ok(());
            }
            None => assert!(
                is(polls) || is(last),
                "after {polls} polls: neither old nor new"
            ),
        }
        if is(polls) {
            last = polls;
        }
    }
    unfinished()
}

/// Drops an open at every await, the first one included: opening again works.
pub async fn a_dropped_open_leaves_a_store_that_opens<P: Place>(place: &P) -> Result<()> {
    let open = || async {
        let backend = reopen(place).await?;
        Store::<Kv, _>::open(backend, StoreOptions::default()).await
    };
    for polls in 1..POLLS_MAX {
        let done = within(open(), polls).await;
        let finished = done.is_some();
        drop(done.transpose()?);
        let store = open().await?;
        store.commit(Kv::put(format!("{polls}"), "x")?).await?;
        assert_eq!(store.read(Kv::len)?, polls as usize);
        drop(store);
        if finished {
            return Ok(());
        }
    }
    unfinished()
}

/// Drops a commit at every await: afterwards the commit is there whole or not at all, and no other
/// commit is held up.
pub async fn a_dropped_commit_leaves_the_store_before_or_after<P: Place>(place: &P) -> Result<()> {
    for polls in 1..POLLS_MAX {
        let options = StoreOptions::default().segment_len(300);
        let store: Store<Kv, _> = Store::open(reopen(place).await?, options).await?;
        let mut batch = Kv::put(format!("{polls} left"), "x")?;
        batch.put(format!("{polls} right"), "x")?;
        let done = within(store.commit(batch), polls).await;
        let finished = done.is_some();
        done.transpose()?;
        store.commit(Kv::put("after", format!("{polls}"))?).await?;
        drop(store);
        let (kv, _) = Store::<Kv, _>::load(&reopen(place).await?).await?;
        assert_eq!(kv.get(b"after"), Some(format!("{polls}").as_bytes()));
        let has = |side: &str| kv.contains_key(format!("{polls} {side}").as_bytes());
        assert_eq!(
            has("left"),
            has("right"),
            "half a batch after {polls} polls"
        );
        if finished {
            assert!(has("left"), "acknowledged, and not there");
            return Ok(());
        }
    }
    unfinished()
}

/// Every operation of a backend that calls itself [`Immediate`] is done at its first poll.
pub async fn immediate_futures_never_suspend<P: Place>(place: &P) -> Result<()>
where
    P::Backend: Immediate,
{
    let backend = reopen(place).await?;
    let key: Key = "log".parse()?;
    let at_once = "an immediate backend is done at once";
    assert!(
        within(backend.append(&key, 0, Bytes::from_static(b"x")), 1)
            .await
            .is_some(),
        "{at_once}"
    );
    assert!(within(backend.sync(&key), 1).await.is_some(), "{at_once}");
    assert!(
        within(backend.write(&key, Bytes::new()), 1).await.is_some(),
        "{at_once}"
    );
    assert!(
        within(backend.read(&key, WHOLE), 1).await.is_some(),
        "{at_once}"
    );
    let saved = within(backend.atomic_write(&key, Bytes::from_static(b"y")), 1).await;
    assert!(saved.is_some(), "{at_once}");
    let listed = within(backend.list(&Prefix::ROOT), 1).await;
    assert!(listed.is_some(), "{at_once}");
    assert!(within(backend.delete(&key), 1).await.is_some(), "{at_once}");
    Ok(())
}

fn unfinished() -> Result<()> {
    Err(PersistenceError::Codec {
        action: "finish the operation",
        reason: format!("it is still pending after {POLLS_MAX} polls"),
    })
}

//! Tasks are cancelled in the middle of their commits. The other tasks commit all the same, and
//! what was acknowledged is there after reopening: whole, and only once.
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use steadfast::{FileBackend, Kv, KvBatch, Store, StoreOptions, Threaded};

/// Polls a future so many times at most; `None` is a cancellation.
struct Polls<'f, F>(Pin<&'f mut F>, u32);

impl<F: Future> Future for Polls<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(done) = self.0.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        if self.1 == 0 {
            return Poll::Ready(None);
        }
        self.1 -= 1;
        Poll::Pending
    }
}

fn pair(task: u32, commit: u32) -> KvBatch {
    let mut batch = KvBatch::new();
    for half in ["left", "right"] {
        batch
            .put(format!("{task}/{commit}/{half}"), "x")
            .expect("a put");
    }
    batch
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancelled_task_harms_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let opened = path.clone();
    let backend = Threaded::open(move || FileBackend::open(opened))
        .await
        .expect("a backend");
    let store: Store<Kv, _> = Store::open(backend, StoreOptions::default())
        .await
        .expect("a store");
    let mut tasks = Vec::new();
    for task in 0..16_u32 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for commit in 0..40_u32 {
                let polls = if task % 2 == 0 { u32::MAX } else { commit % 4 };
                let future = pin!(store.commit(pair(task, commit)));
                if let Some(done) = Polls(future, polls).await {
                    done.expect("a commit that is not cancelled");
                    acknowledged.push(commit);
                }
            }
            (task, acknowledged)
        }));
    }
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.push(task.await.expect("no panic"));
    }
    store.close().await.expect("a flush");
    let reader = FileBackend::open_read_only(&path).expect("a backend");
    let (kv, _) = Store::<Kv, _>::load(&reader).await.expect("a sound store");
    for (task, commits) in &acknowledged {
        assert!(
            task % 2 == 1 || commits.len() == 40,
            "task {task} was not cancelled"
        );
        for commit in commits {
            assert!(kv.contains_key(format!("{task}/{commit}/left").as_bytes()));
        }
    }
    let halves = |half: &str| {
        kv.iter()
            .filter(|(key, _)| key.ends_with(half.as_bytes()))
            .count()
    };
    assert_eq!(
        halves("left"),
        halves("right"),
        "a batch is whole or not there"
    );
    let cancelled = acknowledged
        .iter()
        .map(|(_, commits)| 40 - commits.len())
        .sum::<usize>();
    println!("{cancelled} commits cancelled, {} there", halves("left"));
    assert!(cancelled > 0);
}

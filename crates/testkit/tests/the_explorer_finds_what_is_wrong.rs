//! The explorer runs on backends that save in wrong ways. It finds the loss each time, and says
//! how.

use std::ops::Range;

use bytes::Bytes;
use steadfast_core::{
    Entry, Key, Kv, MemoryBackend, Precondition, Prefix, Result, Staged, StorageBackend, Survives,
};
use steadfast_testkit::explorer::{Explorer, Script};

/// How a save goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    /// Flushes return `Ok` and do nothing.
    NoFlush,
    /// Saves write in place and flush nothing.
    InPlace,
    /// Saves write in place and then flush: durable, but not atomic.
    InPlaceFlushed,
    /// Nothing goes wrong: the control of this test.
    Nothing,
}

struct Naive {
    disk: MemoryBackend,
    wrong: Wrong,
}

struct InPlace {
    disk: MemoryBackend,
    wrong: Wrong,
    key: Key,
    data: Vec<u8>,
}

impl Staged for InPlace {
    async fn write(&mut self, data: Bytes) -> Result<()> {
        self.data.extend_from_slice(&data);
        Ok(())
    }

    async fn commit(self, precondition: Precondition) -> Result<()> {
        let data = Bytes::from(self.data);
        match self.wrong {
            Wrong::InPlace => self.disk.write(&self.key, data).await,
            Wrong::InPlaceFlushed => {
                self.disk.write(&self.key, data).await?;
                self.disk.sync(&self.key).await
            }
            Wrong::NoFlush | Wrong::Nothing => {
                let mut staged = self.disk.stage(&self.key).await?;
                staged.write(data).await?;
                staged.commit(precondition).await
            }
        }
    }
}

impl StorageBackend for Naive {
    type Staged = InPlace;

    fn location(&self) -> String {
        self.disk.location()
    }

    fn survives(&self) -> Survives {
        self.disk.survives()
    }

    fn is_exclusive(&self) -> bool {
        self.disk.is_exclusive()
    }

    fn unique(&self) -> u64 {
        self.disk.unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        self.disk.read(key, range).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        self.disk.list(prefix).await
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.disk.write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        self.disk.append(key, position, data).await
    }

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        self.disk.reserve(key, until).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        if self.wrong == Wrong::NoFlush {
            Ok(())
        } else {
            self.disk.sync(key).await
        }
    }

    async fn stage(&self, key: &Key) -> Result<InPlace> {
        let (disk, wrong, key) = (self.disk.clone(), self.wrong, key.clone());
        Ok(InPlace {
            disk,
            wrong,
            key,
            data: Vec::new(),
        })
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.disk.delete(key).await
    }
}

fn found(wrong: Wrong) -> Option<String> {
    let script: Script<Kv> = Script::new()
        .commit(|| Kv::put("planet", "Mars"))
        .snapshot()
        .commit(|| Kv::put("moon", "Phobos"))
        .reopen()
        .commit(|| Kv::put("moon", "Deimos"));
    let failure = Explorer::default()
        .explore_over(&script, |disk| Naive { disk, wrong })
        .failure;
    println!(
        "{wrong:?}: {}",
        failure.as_deref().unwrap_or("nothing is wrong")
    );
    failure
}

#[test]
fn forgotten_flushes_are_found() {
    assert!(found(Wrong::NoFlush).is_some());
}

#[test]
fn saves_in_place_are_found() {
    assert!(found(Wrong::InPlace).is_some());
}

#[test]
fn saves_in_place_are_found_even_when_they_are_flushed() {
    assert!(found(Wrong::InPlaceFlushed).is_some());
}

#[test]
fn the_right_way_passes() {
    assert_eq!(found(Wrong::Nothing), None);
}

//! Keys and lengths: the heads, and what was appended since.

use js_sys::Array;
use steadfast_core::{Entry, Key, Prefix, Result};
use wasm_bindgen::JsCast;

use super::read::head_of;
use super::schema::{HEADS, Head, heads};
use super::shared::Shared;
use super::transaction::Transaction;

impl Shared {
    /// The keys under `prefix`, in name order.
    pub(super) async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        let look = async |transaction: &Transaction| {
            let store = transaction.store(&HEADS)?;
            let (names, values) = match heads(prefix)? {
                Some(range) => (
                    store.get_all_keys_with_key(&range),
                    store.get_all_with_key(&range),
                ),
                None => (store.get_all_keys(), store.get_all()),
            };
            let names = Transaction::hear(names)?;
            let values = Transaction::hear(values)?;
            let names: Array = names.wait().await?.unchecked_into();
            let values: Array = values.wait().await?.unchecked_into();
            let mut entries = Vec::new();
            for (name, value) in names.iter().zip(values.iter()) {
                let key = Key::new(&name.as_string().unwrap_or_default())?;
                if let Some(head) = head_of(&key, &value)? {
                    entries.push((key, head));
                }
            }
            Ok(entries)
        };
        let stored = self.look("list", None, look).await?;
        Ok(self.with_unsynced(prefix, stored))
    }

    /// Adds what was appended and not synced to the lengths, and the streams that are not stored
    /// yet.
    fn with_unsynced(&self, prefix: &Prefix, stored: Vec<(Key, Head)>) -> Vec<Entry> {
        let streams = self.streams.borrow();
        let mut entries: Vec<Entry> = Vec::with_capacity(stored.len());
        for (key, head) in stored {
            let grown = streams
                .get(&key)
                .filter(|stream| !stream.borrow().is_dead() && stream.borrow().id == head.id)
                .map_or(head.len, |stream| stream.borrow().end());
            entries.push(Entry { key, len: grown });
        }
        for (key, stream) in streams.iter().filter(|(key, _)| prefix.contains(key)) {
            let stream = stream.borrow();
            let is_only_here = !stream.is_stored && !stream.is_dead();
            if is_only_here && !entries.iter().any(|entry| entry.key == *key) {
                entries.push(Entry {
                    key: key.clone(),
                    len: stream.end(),
                });
            }
        }
        entries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        entries
    }
}

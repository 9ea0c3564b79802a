//! Implements the trait for a shared backend.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::{Entry, Immediate, StorageBackend, Survives};
use crate::error::Result;
use crate::key::{Key, Prefix};

impl<B: StorageBackend> StorageBackend for Arc<B>
where
    Self: crate::maybe_send::MaybeSend + crate::maybe_send::MaybeSync,
{
    type Staged = B::Staged;

    fn location(&self) -> String {
        (**self).location()
    }

    fn survives(&self) -> Survives {
        (**self).survives()
    }

    fn is_exclusive(&self) -> bool {
        (**self).is_exclusive()
    }

    fn unique(&self) -> u64 {
        (**self).unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        (**self).read(key, range).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        (**self).list(prefix).await
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        (**self).write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        (**self).append(key, position, data).await
    }

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        (**self).reserve(key, until).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        (**self).sync(key).await
    }

    async fn stage(&self, key: &Key) -> Result<Self::Staged> {
        (**self).stage(key).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        (**self).delete(key).await
    }

    async fn atomic_write(&self, key: &Key, data: Bytes) -> Result<()> {
        (**self).atomic_write(key, data).await
    }

    async fn atomic_create(&self, key: &Key, data: Bytes) -> Result<()> {
        (**self).atomic_create(key, data).await
    }
}

impl<B: Immediate> Immediate for Arc<B> where
    Self: crate::maybe_send::MaybeSend + crate::maybe_send::MaybeSync
{
}

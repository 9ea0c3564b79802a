//! `Send` and `Sync` on targets with threads; no requirement on targets without.
//!
//! A browser's handles (`IdbDatabase`, `FileSystemSyncAccessHandle`) live on one thread and can
//! never be `Send`. Everywhere else a future that is not `Send` cannot be spawned. The target
//! decides, never a cargo feature. Features are additive: one crate that switches `Send` off would
//! break another that needs it.

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod bounds {
    /// `Send`; on `wasm32-unknown-unknown` no requirement.
    pub trait MaybeSend: Send {}
    impl<T: Send + ?Sized> MaybeSend for T {}

    /// `Sync`; on `wasm32-unknown-unknown` no requirement.
    pub trait MaybeSync: Sync {}
    impl<T: Sync + ?Sized> MaybeSync for T {}

    /// An owned future, `Send` on targets with threads.
    pub type BoxFuture<T> = std::pin::Pin<Box<dyn std::future::Future<Output = T> + Send>>;
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod bounds {
    /// `Send`; on `wasm32-unknown-unknown` no requirement.
    pub trait MaybeSend {}
    impl<T: ?Sized> MaybeSend for T {}

    /// `Sync`; on `wasm32-unknown-unknown` no requirement.
    pub trait MaybeSync {}
    impl<T: ?Sized> MaybeSync for T {}

    /// An owned future, `Send` on targets with threads.
    pub type BoxFuture<T> = std::pin::Pin<Box<dyn std::future::Future<Output = T>>>;
}

pub use bounds::{BoxFuture, MaybeSend, MaybeSync};

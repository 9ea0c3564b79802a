//! `Send` and `Sync` where there are threads, nothing where there are none.
//!
//! A browser's handles (`IdbDatabase`, `FileSystemSyncAccessHandle`) live on one thread and can never be `Send`;
//! everywhere else a future that is not `Send` cannot be spawned. The target decides, never a cargo
//! feature: features are additive, and one crate switching `Send` off would break another that needs it.

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod bounds {
    /// `Send`, except on `wasm32-unknown-unknown`, where it asks for nothing.
    pub trait MaybeSend: Send {}
    impl<T: Send + ?Sized> MaybeSend for T {}

    /// `Sync`, except on `wasm32-unknown-unknown`, where it asks for nothing.
    pub trait MaybeSync: Sync {}
    impl<T: Sync + ?Sized> MaybeSync for T {}

    /// An owned future, `Send` where there are threads.
    pub type BoxFuture<T> = std::pin::Pin<Box<dyn std::future::Future<Output = T> + Send>>;
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod bounds {
    /// `Send`, except on `wasm32-unknown-unknown`, where it asks for nothing.
    pub trait MaybeSend {}
    impl<T: ?Sized> MaybeSend for T {}

    /// `Sync`, except on `wasm32-unknown-unknown`, where it asks for nothing.
    pub trait MaybeSync {}
    impl<T: ?Sized> MaybeSync for T {}

    /// An owned future, `Send` where there are threads.
    pub type BoxFuture<T> = std::pin::Pin<Box<dyn std::future::Future<Output = T>>>;
}

pub use bounds::{BoxFuture, MaybeSend, MaybeSync};

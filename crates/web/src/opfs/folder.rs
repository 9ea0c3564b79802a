//! The folder of a store in the origin's private file system, and its files one by one: everything
//! that is asynchronous.
//!
//! ```text
//! steadfast/<name>/0000000a     a file of the pool
//! steadfast/<name>/holder       who writes, in words
//! ```
//! A handle is exclusive, and a page that is being reloaded may leave one open for a moment: so
//! opening is tried again within bounds, and then the error says who holds it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemRemoveOptions, FileSystemSyncAccessHandle,
};

use super::presence::Presence;
use crate::error::BrowserError;
use crate::global;
use crate::timer::sleep;

const ROOT: &str = "steadfast";
const HOLDER: &str = "holder";

/// How long a file is asked for again that somebody holds, and the pause in between.
pub(super) const HELD_MAX: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(100);

type Result<T> = std::result::Result<T, BrowserError>;

/// A store's folder.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    handle: FileSystemDirectoryHandle,
    is_gone: Gone,
}

/// Whether the folder was found to be removed: a flag that its files share.
pub(super) type Gone = Rc<Cell<bool>>;

/// An open file; closed where nobody takes it, for it would keep everybody else out.
#[derive(Debug)]
pub(super) struct Handle(pub(super) FileSystemSyncAccessHandle, Gone);

impl Drop for Handle {
    fn drop(&mut self) {
        // Chromium never returns from closing a file that was cleared.
        if !self.1.get() {
            self.0.close();
        }
    }
}

/// Whether the error says that somebody has the file open.
pub(super) fn is_held(error: &BrowserError) -> bool {
    matches!(
        error.name.as_str(),
        "NoModificationAllowedError" | "InvalidStateError"
    )
}

async fn root() -> Result<FileSystemDirectoryHandle> {
    let storage = global::storage().filter(|storage| {
        Reflect::has(storage, &JsValue::from_str("getDirectory")).unwrap_or(false)
    });
    let storage = storage.ok_or_else(|| {
        BrowserError::new(
            "NotSupportedError",
            "this browser has no private file system, or the page was not loaded over HTTPS: use IndexedDB",
        )
    })?;
    Ok(JsFuture::from(storage.get_directory())
        .await?
        .unchecked_into())
}

async fn directory(
    parent: &FileSystemDirectoryHandle,
    name: &str,
    create: bool,
) -> Result<FileSystemDirectoryHandle> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    let opened = parent.get_directory_handle_with_options(name, &options);
    Ok(JsFuture::from(opened).await?.unchecked_into())
}

/// Tries again while somebody holds a file, within [`HELD_MAX`].
async fn once_nobody_holds<T>(attempt: impl AsyncFn() -> Result<T>) -> Result<T> {
    let mut left = HELD_MAX;
    loop {
        match attempt().await {
            Err(error) if is_held(&error) && !left.is_zero() => sleep(PAUSE).await,
            done => return done,
        }
        left = left.saturating_sub(PAUSE);
    }
}

/// The name of a store's folder: one part of a path.
fn encoded(name: &str) -> String {
    match name {
        // No browser has folders of these names, and the encoding leaves points as they are.
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => js_sys::encode_uri_component(name).into(),
    }
}

impl Folder {
    /// The folder of the store `name`; `create` makes it where it is missing.
    pub(super) async fn open(name: &str, create: bool) -> Result<Self> {
        let stores = directory(&root().await?, ROOT, create).await?;
        Ok(Self {
            handle: directory(&stores, &encoded(name), create).await?,
            is_gone: Gone::default(),
        })
    }

    /// Removes the folder of the store `name` with everything in it, as soon as nobody has a file
    /// of it open; an absent one is fine.
    pub(super) async fn remove(name: &str) -> Result<()> {
        let stores = directory(&root().await?, ROOT, true).await?;
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        let remove = async || {
            let removed = stores.remove_entry_with_options(&encoded(name), &options);
            match JsFuture::from(removed).await.map_err(BrowserError::from) {
                Err(error) if error.name == "NotFoundError" => Ok(()),
                removed => removed.map(drop),
            }
        };
        once_nobody_holds(remove).await
    }

    /// The numbers of the pool's files, in order.
    pub(super) async fn numbers(&self) -> Result<Vec<u32>> {
        let names = self.handle.keys();
        let mut numbers = Vec::new();
        loop {
            let step: Object = JsFuture::from(names.next()?).await?.unchecked_into();
            if Reflect::get(&step, &JsValue::from_str("done"))?.is_truthy() {
                break;
            }
            let name = Reflect::get(&step, &JsValue::from_str("value"))?.as_string();
            let number = name.and_then(|name| u32::from_str_radix(&name, 16).ok());
            numbers.extend(number);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Opens a file of the pool, made where it is missing, as soon as nobody else has it open.
    pub(super) async fn file(&self, number: u32) -> Result<Handle> {
        once_nobody_holds(async || self.try_file(&name_of(number)).await).await
    }

    async fn try_file(&self, name: &str) -> Result<Handle> {
        let file = self.handle(name, true).await?;
        // Missing where the browser gives handles to workers only, and this is a window.
        if !Reflect::has(&file, &JsValue::from_str("createSyncAccessHandle"))? {
            return Err(BrowserError::new(
                "NotSupportedError",
                "files can be flushed in a dedicated worker only: open the store there, or use IndexedDB",
            ));
        }
        let handle = JsFuture::from(file.create_sync_access_handle()).await?;
        Ok(Handle(handle.unchecked_into(), Rc::clone(&self.is_gone)))
    }

    /// The name of the pool's first file, which must be there.
    pub(super) async fn presence(&self, first_number: u32) -> Result<Presence> {
        let file = self.handle(&name_of(first_number), false).await?;
        Ok(Presence::of(file, Rc::clone(&self.is_gone)))
    }

    async fn handle(&self, name: &str, create: bool) -> Result<FileSystemFileHandle> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(create);
        let file = self.handle.get_file_handle_with_options(name, &options);
        Ok(JsFuture::from(file).await?.unchecked_into())
    }

    /// Notes who writes. A courtesy: it decides nothing, and may fail.
    pub(super) async fn set_holder(&self, text: &str) -> Result<()> {
        let handle = self.try_file(HOLDER).await?;
        handle.0.truncate_with_u32(0)?;
        handle.0.write_with_u8_array(text.as_bytes())?;
        Ok(())
    }

    /// Who writes, as they said.
    pub(super) async fn holder(&self) -> Result<String> {
        let file = JsFuture::from(self.handle(HOLDER, false).await?.get_file()).await?;
        let text: js_sys::Function = Reflect::get(&file, &JsValue::from_str("text"))?.dyn_into()?;
        let text: Promise = text.call0(&file)?.dyn_into()?;
        Ok(JsFuture::from(text).await?.as_string().unwrap_or_default())
    }
}

/// The name of a file of the pool.
pub(super) fn name_of(number: u32) -> String {
    format!("{number:08x}")
}

//! What the tests share.

use std::cell::Cell;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// A name that no other test, nor an earlier run, has used.
pub(crate) fn fresh_name() -> String {
    let number = NEXT.replace(NEXT.get() + 1);
    format!("test {} {number}", js_sys::Math::random())
}

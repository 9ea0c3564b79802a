//! Other users, for tests that run as root.

use rustix::process::{Gid, Uid};

/// Whether this test may become somebody else; says so where not.
pub(crate) fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        println!("skipped: this needs root");
    }
    is_root
}

/// Runs `scenario` as another user, on a thread of its own: Linux keeps these for each thread.
pub(crate) fn as_user<T: Send>(
    user: u32,
    group: u32,
    groups: &[u32],
    scenario: impl FnOnce() -> T + Send,
) -> T {
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    let groups: Vec<Gid> = groups.iter().copied().map(Gid::from_raw).collect();
    let done = std::thread::scope(|scope| {
        let thread = scope.spawn(move || {
            rustix::thread::set_thread_groups(&groups).unwrap();
            rustix::thread::set_thread_res_gid(group, group, group).unwrap();
            rustix::thread::set_thread_res_uid(user, user, user).unwrap();
            scenario()
        });
        thread.join()
    });
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

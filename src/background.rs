//! Work that gives way to answers: on threads of its own, which run when nothing else wants to.

use std::io;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A pool of all processors but one, which is left to the answers; its threads are called `name-0`, `name-1` and so on.
///
/// # Errors
/// Where the system has no more threads.
pub fn pool(name: &'static str) -> io::Result<ThreadPool> {
    let threads = rayon::current_num_threads().saturating_sub(1).max(1);
    let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(move |at| format!("{name}-{at}"));
    pool.start_handler(|_| lower_priority()).build().map_err(io::Error::other)
}

/// On Linux, a thread of its own has a niceness of its own (setpriority(2), "C library/kernel differences").
#[cfg(target_os = "linux")]
fn lower_priority() {
    if let Err(error) = rustix::process::setpriority_process(None, LOWEST) {
        tracing::debug!(%error, "the priority of work beside the answers can't be lowered");
    }
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

/// The largest niceness.
#[cfg(target_os = "linux")]
const LOWEST: i32 = 19;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn its_threads_give_way_and_no_other_does() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let before = niceness();
        assert_eq!(pool("test").unwrap().install(niceness), LOWEST);
        assert_eq!(niceness(), before);
    }
}

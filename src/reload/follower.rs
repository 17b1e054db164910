//! Who else answers from the posts that the bot reads: the page beside it.

use std::sync::Arc;

use crate::answer::Engine;
use crate::encoding::Progress;

use super::Reloaded;

/// Hears what becomes of the posts that are in use, in the order in which it happens.
pub trait Follower: Send + Sync {
    /// The posts were read again; an engine, where they are taken up.
    fn reloaded(&self, engine: Option<Arc<Engine>>, outcome: &Reloaded);

    /// The posts that are in use are being encoded, so far.
    fn encoding(&self, progress: Arc<dyn Fn() -> Option<Progress> + Send + Sync>);

    /// What the posts of an engine mean is known to another.
    fn understood(&self, of: &Arc<Engine>, meant: Arc<Engine>);
}

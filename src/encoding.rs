//! Encoding beside answering: on threads of its own at low priority, from what was done before on, stopped at any moment.
//!
//! The engine answers by words meanwhile; one that shares its posts and knows their meaning is handed over once that is whole.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use crate::answer::Engine;
use crate::background;
use crate::search::{Encoder, EncoderError};

/// Encoding under way; it ends when this is dropped.
pub struct Encoding {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    ended: AtomicBool,
    done: AtomicUsize,
    texts: AtomicUsize,
}

impl Shared {
    fn progress(&self) -> Option<Progress> {
        let under_way = !self.ended.load(Ordering::Relaxed);
        under_way.then(|| Progress { done: self.done.load(Ordering::Relaxed), texts: self.texts.load(Ordering::Relaxed) })
    }
}

/// How far encoding is: texts, of those that were not encoded before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Texts that are done.
    pub done: usize,
    /// Texts in all; 0 until they are counted.
    pub texts: usize,
}

/// Texts between two lines in the log: some ten seconds.
const TOLD_EVERY: usize = 1_000;

impl Encoding {
    /// Begins; `then` hears of the engine that knows what its posts mean, unless it is stopped before. Vectors are kept in
    /// the folder `cache`.
    ///
    /// # Errors
    /// Where the system has no more threads.
    pub fn start(
        engine: Arc<Engine>,
        encoder: Arc<Encoder>,
        cache: PathBuf,
        then: impl FnOnce(Result<Engine, EncoderError>) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let pool = background::pool("encoding")?;
        let of_thread = shared.clone();
        std::thread::Builder::new().name("encoding".to_owned()).spawn(move || {
            pool.install(|| {
                let done = run(&engine, encoder, cache, &of_thread).transpose();
                of_thread.ended.store(true, Ordering::Relaxed);
                if let Some(done) = done {
                    then(done);
                }
            });
        })?;
        Ok(Self { shared })
    }

    /// How far it is, while it is under way.
    pub fn progress(&self) -> Option<Progress> {
        self.shared.progress()
    }

    /// Tells how far it is while it is under way, to whoever must not keep it from ending.
    pub fn follow(&self) -> impl Fn() -> Option<Progress> + Send + Sync + 'static {
        let shared = self.shared.clone();
        move || shared.progress()
    }
}

impl Drop for Encoding {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
    }
}

fn run(engine: &Engine, encoder: Arc<Encoder>, cache: PathBuf, shared: &Shared) -> Result<Option<Engine>, EncoderError> {
    let began = Instant::now();
    let stopped = || shared.stopped.load(Ordering::Relaxed);
    let mut encoding = engine.encoding(encoder, Some(&cache));
    let texts = encoding.texts();
    shared.texts.store(texts, Ordering::Relaxed);
    if texts > 0 {
        tracing::info!(texts, "encoding the posts; until then answers are by words alone");
    }
    let progress = |done: usize| {
        let before = shared.done.fetch_max(done, Ordering::Relaxed);
        if before / TOLD_EVERY < done / TOLD_EVERY {
            tracing::info!(done, texts, "encoding the posts");
        }
    };
    while !stopped() && encoding.step(&progress, &stopped)? {}
    if stopped() {
        return Ok(None);
    }
    let meant = encoding.finish().map(|meaning| engine.clone().with_meaning(meaning));
    if texts > 0 {
        tracing::info!(texts, seconds = began.elapsed().as_secs(), "the posts are encoded: answers are by words and meaning");
    }
    Ok(meant)
}

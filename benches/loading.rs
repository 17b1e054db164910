//! Measures how long the posts take to be read (`Corpus::load`), to be indexed (`Engine::new`), and both, on the 78 posts that
//! `scripts/fetch-posts` brings (else `corpus/`, or the folder in `$BENCH_POSTS`). Files come from the system's cache.
//!
//! Run: `cargo bench --bench loading`

mod common;

use divan::Bencher;

fn main() {
    let folder = common::posts_folder();
    common::print_head("Loading and indexing", &folder, &common::load(&folder));
    divan::main();
}

/// `Corpus::load` alone.
#[divan::bench(max_time = 3)]
fn load() -> mynah::corpus::Corpus {
    common::load(&common::posts_folder())
}

/// A post of 160 kB that is nothing but the beginning of something: reading takes as long as its length says.
#[divan::bench(args = ["<!--*", "<a '", "<a \"", "[[[[", "![", "{{<", "{% raw %}", "`a``", "**", "~~a", "> ", "<script>", "&a", "{:", "[a]: b\n"], max_time = 3)]
fn hostile(bencher: Bencher, piece: &str) {
    let post = format!("---\ntitle: T\n---\n\n{}", piece.repeat(160_000 / piece.len()));
    bencher.bench(|| mynah::corpus::Corpus::from_files([("a.md", post.as_bytes())], "", &mut Vec::new()));
}

/// `Engine::new` alone.
#[divan::bench(max_time = 5)]
fn index(bencher: Bencher) {
    let corpus = common::load(&common::posts_folder());
    bencher.with_inputs(|| corpus.clone()).bench_values(common::engine);
}

/// Both, as at a start or a reload.
#[divan::bench(max_time = 5)]
fn load_and_index() -> mynah::answer::Engine {
    common::engine(common::load(&common::posts_folder()))
}

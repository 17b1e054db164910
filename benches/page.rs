//! Measures the page of what people ask where a store holds many questions: how long it takes to make what is shown, beside the page, and
//! how long a browser waits for it, through a socket: the whole, a search that finds much, the list of marked groups, the posts.
//!
//! Groups are told by words; `benches/groups.rs` measures them by meaning.
//!
//! Run: `cargo bench --no-default-features --features web --bench page`

mod common;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use mynah::answer::{Engine, Verdict};
use mynah::beside::{Beside, Showing};
use mynah::config::{Config, WebConfig};
use mynah::ids::EventId;
use mynah::insight::{Kept, Place, Said, Scope, Store, Votes, cited, overview};
use mynah::web::{self, Page};
use tokio::runtime::Runtime;

use common::{millis, row, timed};

/// Questions that a store may hold: 90 days of 500 and more.
const KEPT: usize = 50_000;
/// The end of the time.
const NOW: Timestamp = Timestamp::constant(1_796_000_000, 0);
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

fn main() {
    let engine = Arc::new(common::engine(common::load(&common::few_posts())));
    let kept = if common::rounds(2) > 1 { KEPT } else { 300 };
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(&folder.path().join("insight.sqlite")).expect("a new store");
    for at in 0..kept {
        let event = format!("$event{at}").into();
        store.keep(&event, &[question(&event, at, kept)]).expect("a question can be kept");
    }
    println!("\nThe page of what people ask ({kept} questions)");
    let scope = Scope { now: NOW, period: WEEK, rooms: &|_| true };
    row("to make what is shown", millis(timed(|| made(&mut store, &engine, &scope))), "ms");
    row("to count citations alone", millis(timed(|| cited(&store, &|_| true).expect("a store that can be read"))), "ms");
    let runtime = Runtime::new().expect("threads");
    let (page, address) = served(&runtime, &engine);
    page.show(made(&mut store, &engine, &scope));
    let cookie = logged_in(&page, address);
    for (what, path) in [
        ("/insight", "/insight"),
        ("/insight, a search that finds all", "/insight?q=printer"),
        ("/insight, a search that finds nothing", "/insight?q=printer+flamingo"),
        ("/insight, the marked groups", "/insight?show=marked"),
        ("/posts", "/posts"),
    ] {
        row(what, millis(timed(|| asked(address, path, &cookie))), "ms");
    }
}

fn made(store: &mut Store, engine: &Engine, scope: &Scope<'_>) -> Showing {
    let (overview, cited) = overview(store, engine, scope, &|_| true).expect("a store that can be read");
    Showing { overview: Some(Arc::new(overview)), cited: Arc::new(cited), done: 0 }
}

/// Every other question has no answer, and all of them came in one after the other; a tenth are put in words of their own.
fn question(event: &EventId, at: usize, all: usize) -> Kept {
    let place = |lines| Place {
        file: format!("post{}.md", at % 97),
        lines,
        title: "A post".to_owned(),
        date: None,
        url: "https://example.org/post/".to_owned(),
    };
    let said = Said {
        room: "!room:example.org".into(),
        text: format!("how do I connect printer {} to a host of the edge cloud?", at % (all / 10)),
        verdict: if at.is_multiple_of(2) { Verdict::Answered } else { Verdict::NotInPosts },
        confidence: 0.5,
        cited: vec![place((1, 2)), place((5, 6)), place((9, 9))],
        nearest: Some(place((1, 2))),
        outdated: Vec::new(),
    };
    let hour = NOW - Duration::from_secs(((all - at) * 150) as u64);
    Kept { event: event.clone(), part: 0, hour, said, votes: Votes::default(), found: None, marked: None }
}

/// A page with a bot beside it that has shown all already.
fn served(runtime: &Runtime, engine: &Arc<Engine>) -> (Page, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let web = WebConfig { listen: Some(address), ..WebConfig::default() };
    let page = Page::new(&Config { web, ..Config::default() }, engine.clone(), Vec::new());
    page.begin(Box::new(|_| {}));
    let _within = runtime.enter();
    let (listener, of) = (web::socket(listener).expect("a socket"), page.clone());
    runtime.spawn(async move { of.listen(listener, std::future::pending()).await });
    (page, address)
}

fn logged_in(page: &Page, address: SocketAddr) -> String {
    let link = page.link(&"@ann:example.org".into()).expect("a link");
    let form = link.split_once('?').expect("a token").1;
    let got = sent(
        address,
        &format!("POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}", form.len()),
    );
    let (_, cookie) = got.split_once("set-cookie: ").expect("a cookie");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

fn asked(address: SocketAddr, path: &str, cookie: &str) -> String {
    let got = sent(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"));
    assert!(got.starts_with("HTTP/1.1 200"), "{got}");
    got
}

fn sent(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the page");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut got = String::new();
    stream.read_to_string(&mut got).expect("a response");
    got
}

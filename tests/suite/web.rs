//! The page: what a browser, a script and a collector of metrics get, and what anybody may send it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use form_urlencoded::byte_serialize;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{folder, mynah, post, root, shown};

const QUESTION: &str = "when does the pond freeze?";

/// A server over three tiny posts, and files that are none; it ends when this is dropped.
struct Served {
    child: Child,
    address: SocketAddr,
    posts: TempDir,
    log: PathBuf,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON: {error}\n{self:?}"))
    }

    #[track_caller]
    pub(crate) fn holds(&self, words: &[&str]) {
        for words in words {
            assert!(self.body.contains(words), "`{words}` is not in\n{}", self.body);
        }
    }
}

fn tiny_posts() -> TempDir {
    let pond = "The pond freezes over in January. <b>Ducks</b> leave for the [river](https://river.example.org/a).";
    let draft = post("Secret plans", "Nothing yet.").replace("author:", "draft: true\nauthor:");
    folder([
        ("pond.md", post("Pond life", pond).as_bytes()),
        ("nests.md", post("Nests & eggs", "## Where\n\nStarlings nest in holes of trees.").as_bytes()),
        ("undated.md", b"---\ntitle: Feathers\nauthor: Bo Wren\n---\n\nFeathers are renewed each summer.\n"),
        ("plans.md", draft.as_bytes()),
        ("README.md", b"# Birds\n\nA repository of birds.\n"),
    ])
}

/// Serves tiny posts with these settings.
fn serve(settings: &[(&str, &str)]) -> Served {
    let posts = tiny_posts();
    let log = posts.path().join("log.txt");
    let command = mynah(["serve", "--listen", "127.0.0.1:0", "--corpus", &shown(posts.path())]);
    let data = shown(&posts.path().join("data"));
    let command = command.env("MYNAH__DATA_DIR", &data).env("MYNAH__WEB__PER_ADDRESS", "1000000");
    let command = settings.iter().fold(command, |command, (name, value)| command.env(name, value));
    let mut child = command.start(&log);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')).and_then(|at| at.parse().ok());
    let address = address.unwrap_or_else(|| panic!("no address in `{line}`\n{}", fs::read_to_string(&log).unwrap()));
    Served { child, address, posts, log }
}

impl Served {
    fn get(&self, path: &str) -> Got {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).expect("a response")
    }

    fn ask(&self, question: &str) -> Got {
        self.get(&format!("/?q={}", encoded(question)))
    }

    fn api(&self, question: &str) -> Got {
        self.get(&format!("/api/ask?q={}", encoded(question)))
    }

    /// Sends bytes, and reads what comes back: nothing where they are no request.
    fn send(&self, bytes: &[u8]) -> Option<Got> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        // What is refused may be closed before all of it is sent.
        let _ = stream.write_all(bytes);
        if !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
            // Nothing follows that would make it a whole head.
            let _ = stream.shutdown(std::net::Shutdown::Write);
        }
        let mut got = Vec::new();
        let _ = stream.read_to_end(&mut got);
        read(&String::from_utf8_lossy(&got))
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Has the posts read again, without the one that has no date: a reload does not take up what is wrong.
    fn reload_sound_posts(&self) {
        fs::remove_file(self.posts.path().join("undated.md")).unwrap();
        self.signal(Signal::SIGHUP);
    }

    fn metric(&self, line: &str) -> Option<f64> {
        let metrics = self.get("/metrics").body;
        metrics.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' ')?.parse().ok())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn read(text: &str) -> Option<Got> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Some(Got { status, headers: headers.collect(), body: body.to_owned() })
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_question_has_an_address_and_its_answer_marks_the_sentence_and_leads_to_the_post() {
    let served = serve(&[]);
    let got = served.ask(QUESTION);
    assert_eq!(got.status, 200);
    got.holds(&[
        "<html lang=\"en\">",
        "<h1 dir=\"auto\">when does the pond freeze?</h1>",
        "<mark>The pond freezes over in January.</mark>",
        "6 May 2024 · Pond life",
        "<a href=\"https://river.example.org/a\">",
        "<details><summary>Why this answer?</summary>",
        "value=\"when does the pond freeze?\"",
    ]);
    assert!(!got.body.contains("<script") && !got.body.contains(" style=") && !got.body.contains("<b>"), "{}", got.body);
    assert!(got.header("set-cookie").is_none());
    served.get("/").holds(&["<label for=\"q\">", "3 posts, the newest of 6 May 2024"]);
    served.ask("<script>alert(1)</script>").holds(&["&lt;script&gt;alert(1)&lt;/script&gt;"]);
}

#[test]
fn the_json_is_that_of_mynah_ask() {
    let served = serve(&[]);
    let posts = shown(served.posts.path());
    for question in
        [QUESTION, "where do starlings nest", "who is the chair?", "hello", "mynah, when does the pond freeze", "ä?", "-"]
    {
        let got = served.api(question);
        assert_eq!((got.status, got.header("content-type")), (200, Some("application/json")));
        let without_time = |mut answer: Value| {
            assert!(answer["took_ms"].as_f64().is_some_and(|took| took > 0.0), "{answer}");
            answer["took_ms"].take();
            answer
        };
        let asked = mynah(["ask", "--format", "json", "--corpus", &posts, "--", question]).run().json();
        assert_eq!(without_time(got.json()), without_time(asked), "{question}");
    }
    let after = served.get(&format!("/api/ask?q=and+in+summer&previous={}", encoded(QUESTION))).json();
    let asked = mynah(["ask", "--format", "json", "--corpus", &posts, "--previous", QUESTION, "and in summer"]).run().json();
    assert_eq!(after["text"], asked["text"]);
}

#[test]
fn the_description_for_scripts_names_each_field_of_the_json() {
    let served = serve(&[]);
    let schemas = served.get("/api/openapi.json").json()["components"]["schemas"].take();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
    let required = |name: &str| {
        schemas[name]["required"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let answer = served.api(QUESTION).json();
    let refusal = served.api("").json();
    for (name, value) in [("Answer", &answer), ("Citation", &answer["citations"][0]), ("Refusal", &refusal)] {
        assert_eq!(keys(value), required(name), "{name}");
        assert!(keys(&schemas[name]["properties"]).is_superset(&keys(value)), "{name}");
    }
}

#[test]
fn every_response_has_its_headers() {
    let served = serve(&[]);
    let wanted = [
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ];
    let paths = ["/", "/?q=x", "/posts", "/post?file=pond.md", "/style.css", "/icon.svg", "/healthz", "/readyz", "/metrics"];
    for path in paths.into_iter().chain(["/api/ask?q=x", "/api/ask", "/api/openapi.json", "/nowhere", "/post", "/?q=%00"]) {
        let got = served.get(path);
        for (name, value) in wanted {
            assert!(got.header(name).is_some_and(|found| found.contains(value)), "{path}: {name}\n{got:?}");
        }
        let policy = got.header("content-security-policy").unwrap();
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert!(got.header("content-type").is_some() && got.header("cache-control").is_some(), "{path}: {got:?}");
    }
    let answer = served.ask(QUESTION).body;
    for attribute in ["src=\"http", "action=\"http", "<link rel=\"stylesheet\" href=\"http", "@import", "url("] {
        assert!(!answer.contains(attribute) && !served.get("/style.css").body.contains(attribute), "{attribute}");
    }
}

#[test]
fn what_can_not_be_answered_is_told_clearly() {
    let served = serve(&[]);
    let long = "x".repeat(2_001);
    for (path, status, words) in [
        (format!("/?q={long}"), 400, "2000 characters at most"),
        (format!("/api/ask?q={long}"), 400, "2000 characters at most"),
        ("/?q=a%00b".to_owned(), 400, "control characters"),
        ("/api/ask?q=%1b[31m".to_owned(), 400, "control characters"),
        ("/api/ask".to_owned(), 400, "write the question"),
        ("/api/ask?q=+%20".to_owned(), 400, "write the question"),
        ("/?q=".to_owned(), 200, "Your question"),
        ("/?q=%ff%zz".to_owned(), 200, "<h1"),
        ("/?q=wann+wurde+das+eingef%C3%BChrt%3F".to_owned(), 200, "<p lang=\"de\">"),
        ("/nowhere/at/all".to_owned(), 404, "href=\"../../style.css\""),
        ("/post?file=../../etc/passwd".to_owned(), 404, "No such post"),
        ("/post?file=plans.md".to_owned(), 404, "No such post"),
        (format!("/{}", "a/".repeat(20_000)), 404, "Nothing here"),
    ] {
        let got = served.get(&path);
        assert_eq!(got.status, status, "{}", path.chars().take(80).collect::<String>());
        got.holds(&[words]);
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "NONSENSE"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let got = served.send(request.as_bytes()).unwrap();
        assert_eq!((got.status, got.header("allow")), (405, Some("GET,HEAD")), "{method}");
    }
    let head = served.send(b"HEAD /?q=pond HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let endless = served.get(&format!("/{}", "a".repeat(100_000)));
    assert!((400..500).contains(&endless.status), "{endless:?}");
}

#[test]
fn what_people_ask_is_shown_by_a_bot_alone() {
    let served = serve(&[]);
    for path in ["/insight", "/insight?q=x&page=9", "/login", "/login?token=0"] {
        let got = served.get(path);
        assert_eq!((got.status, got.header("set-cookie")), (404, None), "{path}");
        got.holds(&["there is none here"]);
    }
    for path in ["/login", "/logout", "/mark"] {
        for body in ["", "token=0&csrf=0", "%ff%00&&=", &"x".repeat(100_000)] {
            let length = body.len();
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nCookie: mynah=0; ;=;\u{e4}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            let got = served.send(request.as_bytes()).expect("a response");
            assert_eq!((got.status, got.header("set-cookie")), (404, None), "{path}");
        }
    }
    assert!(!served.get("/posts").body.contains("cited"), "nothing is kept that could tell");
}

/// A request that nobody would send, or that somebody did.
fn odd_requests() -> impl Strategy<Value = Vec<u8>> {
    let method = prop_oneof![4 => Just("GET".to_owned()), 1 => "[A-Z]{0,9}", 1 => ".{0,4}"];
    const PATHS: [&str; 11] =
        ["/", "/api/ask", "/posts", "/post", "/insight", "/login", "/logout", "/mark", "/metrics", "//", ""];
    let path = proptest::sample::select(&PATHS[..]);
    let name = prop_oneof![4 => Just("q"), 1 => Just("previous"), 1 => Just("file"), 1 => Just("page"), 1 => Just("token"), 1 => Just("")];
    let value = prop_oneof![
        "[a-z +?]{0,40}",
        "(%[0-9a-fA-F]{2}|%[g-z]|%|&|=|;|#|\\+){0,60}",
        "\\PC{0,40}".prop_map(|text| encoded(&text)),
        any::<u64>().prop_map(|number| number.to_string()),
        (0usize..9_000).prop_map(|length| "%C3%A4".repeat(length)),
    ];
    let version = prop_oneof![5 => Just("HTTP/1.1"), 1 => Just("HTTP/1.0"), 1 => Just("HTTP/9"), 1 => Just("")];
    let cookie = "[ -~]{0,40}".prop_map(|text| format!("Cookie: mynah={text}"));
    let head =
        prop_oneof![4 => Just("Host: x".to_owned()), 1 => "[ -~]{0,60}", 1 => cookie, 1 => Just("Content-Length: 99".to_owned())];
    let request = (method, path, name, value, version, head).prop_map(|(method, path, name, value, version, head)| {
        format!("{method} {path}?{name}={value} {version}\r\n{head}\r\nConnection: close\r\n\r\n").into_bytes()
    });
    prop_oneof![9 => request, 1 => proptest::collection::vec(any::<u8>(), 0..200)]
}

#[test]
fn ten_thousand_odd_requests_are_no_error_of_the_server() {
    let served = serve(&[]);
    let mut runner = TestRunner::deterministic();
    let requests: Vec<Vec<u8>> = (0..10_000).map(|_| odd_requests().new_tree(&mut runner).unwrap().current()).collect();
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (served, answered) = (&served, &answered);
        for share in requests.chunks(requests.len() / 4) {
            scope.spawn(move || {
                for request in share {
                    let got = served.send(request);
                    let shown = || String::from_utf8_lossy(request).chars().take(300).collect::<String>();
                    assert!(got.as_ref().is_none_or(|got| got.status < 500), "{}\n{got:?}", shown());
                    answered.fetch_add(usize::from(got.is_some_and(|got| got.status == 200)), Ordering::Relaxed);
                }
            });
        }
    });
    let answered = answered.into_inner();
    assert!(answered > 900, "a tenth of them can be understood, and {answered} were");
    assert_eq!(served.get("/healthz").status, 200);
    let log = fs::read_to_string(&served.log).unwrap();
    assert!(!log.contains("panicked") && !log.contains("broke off"), "{log}");
}

#[test]
fn who_asks_too_much_is_told_when_to_ask_again() {
    let served = serve(&[("MYNAH__WEB__PER_ADDRESS", "2")]);
    assert_eq!([served.ask(QUESTION).status, served.api(QUESTION).status], [200, 200]);
    for got in [served.ask(QUESTION), served.api(QUESTION)] {
        assert_eq!(got.status, 429);
        let wait: u64 = got.header("retry-after").and_then(|seconds| seconds.parse().ok()).unwrap();
        assert!((1..=31).contains(&wait), "{got:?}");
        got.holds(&[&format!("Ask again in {wait} seconds")]);
    }
    assert_eq!([served.get("/").status, served.get("/posts").status, served.get("/healthz").status], [200, 200, 200]);
    assert_eq!(served.metric("mynah_refused_total{why=\"limit\"}"), Some(2.0));
    let told = "GET /api/ask?q=x HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\nConnection: close\r\n\r\n";
    assert_eq!(served.send(told.as_bytes()).unwrap().status, 429, "without a proxy anybody could write that");
    let behind = serve(&[("MYNAH__WEB__PER_ADDRESS", "1"), ("MYNAH__WEB__FORWARDED", "true")]);
    let from = |address: &str| behind.send(told.replace("10.0.0.1", address).as_bytes()).unwrap().status;
    assert_eq!([from("10.0.0.1"), from("10.0.0.2"), from("10.0.0.1, 10.0.0.2")], [200, 200, 429]);
}

#[test]
fn the_posts_page_tells_what_is_read_what_is_left_out_and_why() {
    let served = serve(&[]);
    let list = served.get("/posts");
    list.holds(&[
        "3 posts with 3 passages",
        "<a href=\"post?file=nests.md\">Nests &amp; eggs</a>",
        "draft: 1",
        "plans.md",
        "about the repository: 1",
        "README.md",
        "undated.md:1: no date",
    ]);
    let pond = served.get("/post?file=pond.md");
    pond.holds(&["<h1>Pond life</h1>", "lines 2–4 of pond.md", "line 7 of pond.md", "The pond freezes over in January."]);
    served.get("/post?file=undated.md").holds(&["undated", "no date"]);
    served.get("/posts?page=99999999999999999999").holds(&["What is read"]);
    served.get("/posts?page=7").holds(&["Pond life"]);
    let root = shown(served.posts.path());
    assert!(!list.body.contains(&root) && !pond.body.contains(&root), "no path of the machine is shown");
}

#[test]
fn metrics_are_openmetrics_and_count() {
    let served = serve(&[]);
    served.ask(QUESTION);
    served.api(QUESTION);
    served.api("who is the chair of the board?");
    served.api("");
    let got = served.get("/metrics");
    assert!(got.header("content-type").unwrap().starts_with("application/openmetrics-text; version=1.0.0"), "{got:?}");
    assert!(got.body.ends_with("# EOF\n"), "{}", got.body);
    for line in got.body.lines().filter(|line| !line.starts_with("# ")) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        let name = name.split('{').next().unwrap();
        assert!(name.starts_with("mynah_") || name.starts_with("process_"), "{line}");
        assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
    }
    for (line, value) in [
        ("mynah_questions_total{verdict=\"answered\",via=\"page\"}", 1.0),
        ("mynah_questions_total{verdict=\"answered\",via=\"api\"}", 1.0),
        ("mynah_refused_total{why=\"nothing\"}", 1.0),
        ("mynah_search_seconds_count", 3.0),
        ("mynah_answer_seconds_count", 3.0),
        ("mynah_posts", 3.0),
        ("mynah_left_out_files", 2.0),
        ("mynah_by_meaning", 0.0),
    ] {
        assert_eq!(served.metric(line), Some(value), "{line}\n{}", got.body);
    }
    assert!(served.metric("process_resident_memory_bytes").is_some_and(|bytes| bytes > 1e6), "{}", got.body);
    assert!(!got.body.contains("pond") && !got.body.contains("127.0.0.1"), "nothing that was asked, and by nobody");
}

/// Names of metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("mynah_") || word.starts_with("process_")).map(str::to_owned).collect()
}

/// What is told of a bot beside the page; `tests/matrix/test_insight_page.py` holds that it is.
const OF_THE_BOT: [&str; 4] = ["mynah_delivery_seconds", "mynah_under_way", "mynah_waiting", "mynah_sync_age_seconds"];

#[test]
fn the_board_for_grafana_shows_metrics_that_there_are_and_all_of_them() {
    let served = serve(&[]);
    served.ask(QUESTION);
    served.api("");
    served.reload_sound_posts();
    wait(|| served.metric("mynah_reloads_total{outcome=\"taken\"}") == Some(1.0));
    let metrics = served.get("/metrics").body;
    let there = names(&metrics.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n"));
    let board: Value = serde_json::from_str(&fs::read_to_string(root().join("config/grafana.json")).unwrap()).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let asked = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let named: BTreeSet<String> = asked.flat_map(|target| names(target["expr"].as_str().unwrap())).collect();
    let of_bot = |name: &String| OF_THE_BOT.iter().any(|family| name.starts_with(family));
    let unknown: Vec<&String> = named.difference(&there).filter(|name| !of_bot(name)).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    for family in OF_THE_BOT {
        assert!(named.iter().any(|name| name.starts_with(family)), "{family} is on no panel");
        assert!(!metrics.contains(&format!("\n{family}")), "there is no bot that {family} could tell of");
    }
    for family in metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(named.iter().any(|name| name.starts_with(family)), "{family} is on no panel");
    }
}

/// Waits until something holds, for 20 seconds at most.
#[track_caller]
fn wait(holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not come to hold");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn posts_are_read_again_on_sighup_and_bad_ones_change_nothing() {
    let served = serve(&[]);
    fs::write(served.posts.path().join("pond.md"), post("Pond life", "The pond freezes over in February.")).unwrap();
    served.reload_sound_posts();
    wait(|| served.ask(QUESTION).body.contains("in February"));
    fs::write(served.posts.path().join("pond.md"), "---\ntitle: [\n---\n\nNothing.\n").unwrap();
    served.signal(Signal::SIGHUP);
    wait(|| served.metric("mynah_reloads_total{outcome=\"held_back\"}") == Some(1.0));
    served.ask(QUESTION).holds(&["in February"]);
    served.get("/posts").holds(&["held back: pond.md:"]);
}

#[test]
fn it_ends_within_two_seconds_whoever_is_connected() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut served = serve(&[]);
        let mut idle = TcpStream::connect(served.address).unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHos").unwrap();
        assert_eq!(served.get("/readyz").body, "ready, by words\n");
        let begun = Instant::now();
        served.signal(signal);
        let ended = served.child.wait().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "{signal}: {:?}", begun.elapsed());
        assert!(ended.success(), "{signal}: {ended}");
    }
}

#[test]
fn no_question_stands_in_the_log() {
    let served = serve(&[("MYNAH__LOG__LEVEL", "trace")]);
    served.ask("where is the xylophone pond");
    served.api("where is the xylophone pond");
    served.get("/?q=xylophone%00");
    let log = fs::read_to_string(&served.log).unwrap();
    assert!(log.contains("serving the page") && !log.contains("xylophone"), "{log}");
}

#[test]
fn a_page_that_takes_no_questions_shows_the_posts() {
    let served = serve(&[("MYNAH__WEB__ASK", "false")]);
    let first = served.get("/?q=pond");
    first.holds(&["What is read"]);
    assert!(!first.body.contains("<form") && !first.body.contains(">Ask<"), "{}", first.body);
    assert_eq!(served.api(QUESTION).status, 404);
}

#[test]
fn it_listens_on_this_machine_alone_unless_it_is_told_otherwise() {
    assert!(mynah::web::DEFAULT_ADDRESS.ip().is_loopback());
    let served = serve(&[]);
    let taken = served.address.to_string();
    mynah(["serve", "--listen", &taken]).run().fails_telling(&["can't listen on", &taken, "--listen"]);
    mynah(["serve", "--listen", "8088"]).run().fails_telling(&["--listen"]);
}

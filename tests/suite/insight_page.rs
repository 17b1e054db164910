//! The page of what people ask, beside a bot that is none: who gets in, what is shown, what a mark does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use mynah::answer::{Engine, Pointers, Verdict};
use mynah::beside::{Beside, Request, Showing};
use mynah::chat::NoLink;
use mynah::config::{Config, WebConfig};
use mynah::corpus::Corpus;
use mynah::insight::{Cited, Kept, Marked, Overview, Place, Said, Scope, Standing, Votes, themes};
use mynah::search::{Families, Vector};
use mynah::web::Page;
use tokio::runtime::Runtime;

use crate::web::{Got, read};

const ANN: &str = "@ann:example.org";

/// A page with a bot beside it that shows these questions.
struct Stand {
    page: Page,
    address: SocketAddr,
    overview: Arc<Mutex<Overview>>,
    _runtime: Runtime,
}

fn now() -> Timestamp {
    "2026-12-01T10:30:00Z".parse().unwrap()
}

fn kept(event: &str, text: &str, verdict: Verdict) -> Kept {
    let place =
        Place { file: "pond.md".to_owned(), lines: (6, 6), title: "Pond <life>".to_owned(), date: None, url: String::new() };
    let said = Said {
        room: "!room:example.org".into(),
        text: text.to_owned(),
        verdict,
        confidence: 0.5,
        cited: if verdict == Verdict::Answered { vec![place.clone()] } else { Vec::new() },
        nearest: Some(place),
        outdated: Vec::new(),
    };
    let hour = "2026-11-30T09:00:00Z".parse().unwrap();
    Kept { event: event.into(), part: 0, hour, said, votes: Votes::default(), found: None, marked: None }
}

fn overview_of(questions: &[Kept]) -> Overview {
    let by_words = |_: &[&Kept]| Ok::<Option<Vec<Vector>>, std::convert::Infallible>(None);
    let Ok(themes) = themes(questions, &Families::built_in(), by_words);
    Overview::of(questions, &themes, &Scope { now: now(), period: Duration::from_secs(7 * 24 * 3600), rooms: &|_| true })
}

fn engine() -> Arc<Engine> {
    let post = "---\ntitle: Pond life\nauthor: Ann Thrush\ndate: 2024-05-06\n---\nThe pond freezes over in January.\n";
    let corpus = Corpus::from_files([("pond.md", post.as_bytes())], "https://x.org/{slug}/", &mut Vec::new());
    Arc::new(Engine::new(corpus, Families::default(), Pointers::default()).unwrap())
}

/// A page that is reached at this address, without a bot yet.
fn page(runtime: &Runtime, reached: Option<&str>) -> (Page, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let web = WebConfig { address: reached.map(str::to_owned), ..WebConfig::default() };
    let page = Page::new(&Config { web, ..Config::default() }, engine(), Vec::new());
    let _within = runtime.enter();
    let listener = mynah::web::socket(listener).unwrap();
    let served = page.clone();
    runtime.spawn(async move { served.listen(listener, std::future::pending()).await });
    (page, address)
}

impl Stand {
    fn reached_at(reached: &str) -> Self {
        let questions = [
            kept("$1", "how do I lock a <b>host</b>?", Verdict::NotInPosts),
            kept("$2", "how do i lock a host", Verdict::Closest),
            kept("$3", "is there a discord server?", Verdict::NotInPosts),
            kept("$4", "when does the pond freeze?", Verdict::Answered),
        ];
        let runtime = Runtime::new().unwrap();
        let (page, address) = page(&runtime, Some(reached));
        let overview = Arc::new(Mutex::new(overview_of(&questions)));
        let (shown, of, cited) = (page.clone(), overview.clone(), Arc::new(Cited::of(questions.iter())));
        page.begin(Box::new(move |request| {
            let mut overview = of.lock().unwrap();
            let mut done = 0;
            if let Request::Mark { questions, mark, number } = request {
                *overview = overview.marked(&questions, mark.map(|mark| Marked { mark, at: now() }));
                done = number;
            }
            shown.show(Showing { overview: Some(Arc::new(overview.clone())), cited: cited.clone(), done });
        }));
        Self { page, address, overview, _runtime: runtime }
    }

    fn new() -> Self {
        Self::reached_at("http://127.0.0.1:8088/")
    }

    /// The path of a link that logs Ann in.
    fn link(&self) -> String {
        let link = self.page.link(&ANN.into()).unwrap();
        link.strip_prefix("http://127.0.0.1:8088").unwrap_or_else(|| panic!("{link}")).to_owned()
    }

    fn get(&self, path: &str, cookie: &str) -> Got {
        send(self.address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"))
    }

    fn post(&self, path: &str, cookie: &str, form: &str) -> Got {
        post(self.address, path, cookie, form)
    }

    /// Logs Ann in by a link: the cookie.
    fn log_in(&self) -> String {
        let link = self.link();
        let got = self.post("/login", "", link.split_once('?').unwrap().1);
        assert_eq!((got.status, got.header("location")), (303, Some("insight")), "{got:?}");
        got.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    fn standings(&self) -> Vec<bool> {
        self.overview.lock().unwrap().topics.iter().map(|topic| topic.standing == Standing::Open).collect()
    }
}

fn post(address: SocketAddr, path: &str, cookie: &str, form: &str) -> Got {
    let kind = "application/x-www-form-urlencoded";
    let (length, cookie) = (form.len(), if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") });
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n{cookie}Content-Type: {kind}\r\nContent-Length: {length}");
    send(address, &format!("{head}\r\nConnection: close\r\n\r\n{form}"))
}

fn send(address: SocketAddr, request: &str) -> Got {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let _ = stream.write_all(request.as_bytes());
    let mut got = Vec::new();
    let _ = stream.read_to_end(&mut got);
    read(&String::from_utf8_lossy(&got)).expect("a response")
}

/// A hidden field of a form.
fn field(body: &str, name: &str) -> String {
    let (_, rest) = body.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {body}"));
    rest.split('"').next().unwrap().to_owned()
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[test]
fn a_link_is_used_by_its_button_once() {
    let stand = Stand::new();
    let link = stand.link();
    for _ in 0..3 {
        let got = stand.get(&link, "");
        assert_eq!((got.status, got.header("set-cookie")), (200, None));
        got.holds(&["<button>Log in</button>", ANN]);
        assert_eq!(field(&got.body, "token"), link.split_once('=').unwrap().1);
    }
    let token = link.split_once('?').unwrap().1;
    let got = stand.post("/login", "", token);
    assert_eq!((got.status, got.header("location")), (303, Some("insight")));
    let cookie = got.header("set-cookie").unwrap();
    for part in ["mynah=", "; Path=/;", "; Max-Age=43200;", "; HttpOnly;", "; SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains(token.split_once('=').unwrap().1));
    stand.get("/insight", cookie.split(';').next().unwrap()).holds(&["Logged in as @ann:example.org"]);
    for got in [stand.post("/login", "", token), stand.get(&link, "")] {
        assert_eq!((got.status, got.header("set-cookie")), (410, None));
        got.holds(&["This link was used", "!mynah login"]);
    }
    for unknown in ["token=0", "token=", "", "token=%ff", &form(&[("token", &"0".repeat(64))])] {
        let got = stand.post("/login", "", unknown);
        assert_eq!((got.status, got.header("set-cookie")), (404, None));
        got.holds(&["This link is not known"]);
    }
}

#[test]
fn over_tls_the_cookie_is_sent_over_tls_alone_and_below_its_path() {
    let stand = Stand::reached_at("https://x.org/ask");
    let link = stand.page.link(&ANN.into()).unwrap();
    let token = link.strip_prefix("https://x.org/ask/login?").unwrap_or_else(|| panic!("{link}"));
    let got = stand.post("/login", "", token);
    let cookie = got.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Secure-mynah=") && cookie.contains("; Path=/ask/;") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    let sent = cookie.split(';').next().unwrap();
    assert_eq!(stand.get("/insight", sent).status, 200);
    assert_eq!(stand.get("/insight", &sent.replace("__Secure-", "")).status, 403, "another name is another cookie");
}

#[test]
fn who_is_not_logged_in_sees_nothing_and_changes_nothing() {
    let stand = Stand::new();
    let session = stand.log_in();
    let csrf = field(&stand.get("/insight", &session).body, "csrf");
    let mark = |csrf: &str| form(&[("csrf", csrf), ("group", "$1/0"), ("mark", "done")]);
    for cookie in ["", "mynah=", "mynah=0", "other=1; mynah=%00", &session.to_uppercase(), &session[..session.len() - 1]] {
        let got = stand.get("/insight?q=host", cookie);
        assert_eq!(got.status, 403, "{cookie}");
        got.holds(&["Log in to see this"]);
        assert!(!got.body.contains("discord") && !got.body.contains(ANN));
        assert_eq!(stand.post("/mark", cookie, &mark(&csrf)).status, 403, "{cookie}");
        assert_eq!(stand.post("/logout", cookie, &mark(&csrf)).status, 403, "{cookie}");
    }
    let other = field(&stand.get("/insight", &stand.log_in()).body, "csrf");
    for wrong in ["", "0", &other, &csrf[1..]] {
        assert_eq!(stand.post("/mark", &session, &mark(wrong)).status, 403, "{wrong}");
        assert_eq!(stand.post("/logout", &session, &mark(wrong)).status, 403, "{wrong}");
    }
    assert_eq!(stand.standings(), [true, true]);
    assert_eq!(stand.get("/mark", &session).status, 405);
    assert_eq!(stand.get("/logout", &session).status, 405);
    assert_eq!(stand.post("/mark", &session, &"x".repeat(100_000)).status, 413);
    assert_eq!(stand.get("/insight", &session).status, 200, "nobody was logged out by that");
}

#[test]
fn groups_are_shown_marked_and_shown_again() {
    let stand = Stand::new();
    let session = stand.log_in();
    let got = stand.get("/insight", &session);
    got.holds(&[
        "4 questions: 1 answered, 1 given the nearest passage, 2 not in the posts",
        "<svg",
        "how do I lock a &lt;b&gt;host&lt;/b&gt;?",
        "Pond &lt;life&gt;",
        "https://matrix.to/#/!room:example.org/$3",
        "Open (2)",
        "Marked (0)",
        "aria-current=\"page\">Insight</a>",
    ]);
    assert!(!got.body.contains("<script") && !got.body.contains(" style=") && !got.body.contains("<b>host"), "{}", got.body);
    let policy = got.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(got.header("cache-control"), Some("no-store"));
    let csrf = field(&got.body, "csrf");
    let mark =
        |mark: &str, show: &str, q: &str| form(&[("csrf", &csrf), ("group", "$2/0"), ("mark", mark), ("show", show), ("q", q)]);
    let got = stand.post("/mark", &session, &mark("not-ours", "", "lock a"));
    assert_eq!((got.status, got.header("location")), (303, Some("insight?q=lock+a#groups")), "{got:?}");
    assert_eq!(stand.standings(), [false, true], "any of its questions names a group");
    stand.get("/insight", &session).holds(&["Open (1)", "Marked (1)"]);
    stand.get("/insight?show=marked", &session).holds(&["not ours, 1 Dec 2026", "Take the mark back"]);
    let got = stand.post("/mark", &session, &mark("none", "marked", ""));
    assert_eq!(got.header("location"), Some("insight?show=marked#groups"));
    assert_eq!(stand.standings(), [true, true]);
    for (form, status) in [(mark("maybe", "", ""), 400), (mark("done", "", "").replace("%242", "%249"), 410)] {
        assert_eq!(stand.post("/mark", &session, &form).status, status, "{form}");
    }
    assert_eq!(stand.standings(), [true, true]);
}

#[test]
fn a_search_finds_what_was_asked() {
    let stand = Stand::new();
    let session = stand.log_in();
    let found = |query: &str| stand.get(&format!("/insight?q={query}"), &session).body;
    assert!(found("POND+freeze").contains("when does the pond freeze?") && !found("POND+freeze").contains("<svg"));
    assert!(found("discord").contains("Open (1)"));
    assert!(found("%22%3E%3Cscript%3E").contains("value=\"&quot;&gt;&lt;script&gt;\""));
    for odd in ["%ff", "&page=999999999999999999999999", "%00", "&show=marked&page=-1", &"x+".repeat(5_000)] {
        assert_eq!(stand.get(&format!("/insight?q={odd}"), &session).status, 200, "{odd}");
    }
}

#[test]
fn logging_out_ends_one_session_or_all() {
    let stand = Stand::new();
    let [first, second, third] = [stand.log_in(), stand.log_in(), stand.log_in()];
    let status = |session: &str| stand.get("/insight", session).status;
    let out = |session: &str, more: &str| {
        let csrf = field(&stand.get("/insight", session).body, "csrf");
        let got = stand.post("/logout", session, &format!("csrf={csrf}{more}"));
        assert_eq!((got.status, got.header("location")), (303, Some("login")));
        assert!(got.header("set-cookie").unwrap().starts_with("mynah=; Path=/; Max-Age=0;"), "{got:?}");
    };
    out(&first, "");
    assert_eq!([status(&first), status(&second), status(&third)], [403, 200, 200]);
    let link = stand.link();
    out(&second, "&everywhere=yes");
    assert_eq!([status(&second), status(&third), stand.get(&link, "").status], [403, 403, 410]);
}

#[test]
fn everybody_sees_how_often_a_post_was_cited() {
    let stand = Stand::new();
    assert!(!stand.get("/posts", "").body.contains("cited"), "the bot has not told yet");
    let session = stand.log_in();
    stand.get("/insight", &session);
    stand.get("/posts", "").holds(&["1 passage · cited once"]);
    stand.get("/post?file=pond.md", "").holds(&["line 6 of pond.md · cited once", "of pond.md · not cited"]);
    assert!(!stand.get("/posts", "").body.contains(">Insight</a>"));
    stand.get("/posts", &session).holds(&["<a href=\"insight\">Insight</a>"]);
}

#[test]
fn without_an_address_or_a_bot_there_is_no_link() {
    let runtime = Runtime::new().unwrap();
    let (page, _) = page(&runtime, None);
    assert_eq!(page.link(&ANN.into()), Err(NoLink::NothingKept));
    page.begin(Box::new(|_| {}));
    assert_eq!(page.link(&ANN.into()), Err(NoLink::NoAddress));
}

#[test]
fn a_bot_that_has_its_hands_full_is_told_of() {
    let runtime = Runtime::new().unwrap();
    let (page, address) = page(&runtime, Some("http://127.0.0.1:1/"));
    page.begin(Box::new(|_| {}));
    let link = page.link(&ANN.into()).unwrap();
    let got = post(address, "/login", "", link.split_once('?').unwrap().1);
    let cookie = got.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let got = send(address, &format!("GET /insight HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"));
    assert_eq!(got.status, 503);
    got.holds(&["try again in a few seconds"]);
}

//! What holds for any question and any post. Seeds are fixed, so that a failure is the change's; to look further:
//! `PROPTEST_CASES=5000 PROPTEST_RNG_SEED=7 cargo test --release --test suite properties`.

use std::time::Duration;

use mynah::answer::{Answer, Engine, MAX_CITATIONS, MAX_CITATIONS_PER_POST, Pointers, Question};
use mynah::chat::Message;
use mynah::chat::command::Request;
use mynah::config::Config;
use mynah::corpus::{Corpus, Passage, PassageKind};
use mynah::loading;
use mynah::render::{self, AnswerJson};
use mynah::search::Families;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::generate;
use crate::harness::{POSTS_URL, engine};

/// A failure is made small for so long, in milliseconds: what it then is can be read.
const MAX_SHRINK_MS: u32 = 5_000;

/// So many cases, from a fixed seed unless the environment has another.
fn cases(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, max_shrink_time: MAX_SHRINK_MS, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_191_104);
    }
    config
}

fn corpus(bytes: &[u8]) -> Corpus {
    Corpus::from_files([("odd-post.md", bytes)], POSTS_URL, &mut Vec::new())
}

/// What a property came to: an error, not a panic, so that making a failure small prints nothing.
type Holds = Result<(), TestCaseError>;

/// Quotations are the posts' own words, and stand where the citation says.
fn assert_quoted(engine: &Engine, answer: &Answer) -> Holds {
    prop_assert!(answer.citations().len() <= MAX_CITATIONS);
    prop_assert!((0.0..=1.0).contains(&answer.confidence), "{answer:?}");
    for citation in answer.citations() {
        let post = engine.corpus().posts.iter().find(|p| p.file == citation.file).expect("a post of the corpus");
        let (first, last) = citation.lines;
        let lines: Vec<&str> = post.text.split('\n').collect();
        prop_assert!(1 <= first && first <= last && last <= lines.len(), "{citation:?}");
        let cited = lines[first - 1..last].join("\n");
        prop_assert!(cited.contains(&citation.excerpt), "the lines must hold the excerpt: {citation:?}");
        prop_assert!(citation.excerpt.contains(&citation.highlight), "the excerpt must hold the highlight: {citation:?}");
        prop_assert!(!citation.highlight.trim().is_empty(), "{citation:?}");
        // No fewer lines would do: a reader who goes to the first one finds the quotation's beginning.
        prop_assert!(
            citation.excerpt.starts_with(lines[first - 1].trim()) || lines[first - 1].contains(first_line(&citation.excerpt))
        );
        let from_post = answer.citations().iter().filter(|c| c.file == citation.file).count();
        prop_assert!(from_post <= MAX_CITATIONS_PER_POST, "{answer:?}");
    }
    Ok(())
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The styles that mynah itself uses.
const STYLES: [&str; 6] = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[4m", "\x1b[34m", "\x1b[36m"];

fn assert_obeys_nothing(text: &str) -> Holds {
    prop_assert!(!text.trim().is_empty());
    let odd = text.chars().find(|c| c.is_control() && *c != '\n');
    prop_assert_eq!(odd, None, "a control character: {:?}", text);
    Ok(())
}

/// Every way to write an answer down gives text, and from the posts comes nothing that a terminal would obey.
fn assert_renders(answer: &Answer, width: usize) -> Holds {
    let text = render::plain(answer);
    assert_obeys_nothing(&text)?;
    let styled = render::terminal(&render::layout(answer), width);
    assert_obeys_nothing(&STYLES.iter().fold(styled, |text, style| text.replace(style, "")))?;
    let json = serde_json::to_value(AnswerJson::new(answer, Duration::from_millis(1))).expect("an answer is JSON");
    prop_assert_eq!(&json["text"], &text);
    prop_assert_eq!(json["citations"].as_array().map(Vec::len), Some(answer.citations().len()));
    Ok(())
}

proptest! {
    #![proptest_config(cases(80))]

    #[test]
    fn any_question_gets_an_answer_quoted_word_for_word(
        text in generate::question(),
        previous in prop::option::weighted(0.3, generate::question()),
        width in 1..200_usize,
    ) {
        let question = Question { id: "1".to_owned(), text, previous, asked_on: Some(jiff::civil::date(2026, 1, 15)), ..Question::default() };
        let answer = engine().ask(&question);
        prop_assert_eq!((&answer.id, &answer.question), (&question.id, &question.text));
        assert_quoted(engine(), &answer)?;
        assert_renders(&answer, width)?;
    }
}

proptest! {
    #![proptest_config(cases(50))]

    #[test]
    fn any_post_can_be_asked_about_and_is_quoted_word_for_word(
        bytes in generate::mangled_post(),
        text in generate::question(),
        width in 1..200_usize,
    ) {
        let engine = Engine::new(corpus(&bytes), Families::built_in().with_names(&["StarlingX", "STX"]), Pointers::built_in()).expect("memory for one post");
        // Its own words, so that something is found and quoted.
        let own = engine.corpus().posts.first().map(|p| p.text.split_whitespace().rev().take(9).collect::<Vec<_>>().join(" "));
        for text in [Some(text), own, Some("who runs starlingx in production".to_owned())].into_iter().flatten() {
            let answer = engine.ask(&Question::new(text));
            assert_quoted(&engine, &answer)?;
            assert_renders(&answer, width)?;
        }
    }
}

/// A file's place in the folder of each engine's site, and settings that make it so.
const SITES: [(&str, &str, &str); 8] = [
    ("notes/a.md", "", ""),
    ("_posts/2020-01-02-a.md", "_config.yml", "url: https://x.org\npermalink: /:categories/:year/:title.html\n"),
    ("content/blog/a/index.md", "hugo.toml", "baseURL = 'https://x.org/'\n[permalinks]\nblog = '/:year/:slug/'\n"),
    ("content/blog/2020-01-02_a.md", "config.toml", "base_url = 'https://x.org'\ntitle = 'X'\n"),
    ("blog/2020-01-02-a.mdx", "docusaurus.config.js", "module.exports = { url: 'https://x.org', baseUrl: '/', title: 'X' };\n"),
    ("docs/blog/posts/a.md", "mkdocs.yml", "site_url: https://x.org\nplugins:\n  - blog\n"),
    ("_posts/a.md", ".eleventy.js", "module.exports = () => ({});\n"),
    ("src/pages/blog/a.md", "gatsby-config.js", "module.exports = { siteMetadata: { siteUrl: `https://x.org` } };\n"),
];

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn any_post_in_any_site_is_read_and_quoted_word_for_word(
        bytes in generate::mangled_post(),
        (place, settings, text) in prop::sample::select(SITES.as_slice()),
        question in generate::question(),
    ) {
        let site = tempfile::tempdir().expect("a folder");
        let file = site.path().join(place);
        std::fs::create_dir_all(file.parent().expect("a folder of posts")).expect("a folder");
        std::fs::write(&file, &bytes).expect("a file");
        if !settings.is_empty() {
            std::fs::write(site.path().join(settings), text).expect("a file");
        }
        let mut config = Config::default();
        loading::with_corpus(&mut config, site.path());
        // A post that can't be read at all is told so.
        let Ok((engine, _)) = loading::engine_by_words(&config) else { return Ok(()) };
        let own = engine.corpus().posts.first().map(|post| post.text.split_whitespace().rev().take(9).collect::<Vec<_>>().join(" "));
        for text in [Some(question), own].into_iter().flatten() {
            let answer = engine.ask(&Question::new(text));
            assert_quoted(&engine, &answer)?;
            assert_renders(&answer, 80)?;
        }
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn reading_keeps_the_number_of_lines(bytes in generate::mangled_post()) {
        for post in &corpus(&bytes).posts {
            let source = bytes.split(|&byte| byte == b'\n').count();
            prop_assert_eq!(post.text.split('\n').count(), source, "{:?} became {:?}", String::from_utf8_lossy(&bytes), post.text);
        }
    }

    #[test]
    fn spans_and_lines_of_passages_stand_in_their_post(bytes in generate::mangled_post()) {
        let corpus = corpus(&bytes);
        for passage in &corpus.passages {
            let post = corpus.post(passage);
            let last = post.text.split('\n').count();
            prop_assert!(1 <= passage.lines.0 && passage.lines.0 <= passage.lines.1 && passage.lines.1 <= last);
            prop_assert!(!corpus.source(passage).trim().is_empty());
            for sentence in &passage.sentences {
                let span = sentence.span.clone();
                prop_assert!(passage.span.start <= span.start && span.end <= passage.span.end, "{:?}", passage);
                prop_assert!(!post.text[span].trim().is_empty() && !sentence.plain.trim().is_empty());
            }
            prop_assert!(passage.sentences.is_sorted_by(|a, b| a.span.end <= b.span.start), "sentences overlap: {:?}", passage);
        }
    }

    #[test]
    fn readers_see_what_a_site_shows_them_and_nothing_else(post in generate::site_post()) {
        let corpus = corpus(&post.bytes);
        let bodies = corpus.passages.iter().filter(|p| p.kind == PassageKind::Body);
        let shown = format!(" {} ", bodies.map(plain).collect::<Vec<_>>().join(" "));
        let source = || String::from_utf8_lossy(&post.bytes).into_owned();
        for word in &post.seen {
            prop_assert!(shown.contains(word.as_str()), "`{}` is missing from `{}`:\n{}", word, shown, source());
        }
        for word in &post.hidden {
            prop_assert!(!shown.contains(word.as_str()), "`{}` stands in `{}`:\n{}", word, shown, source());
        }
        for mark in ["{{", "{%", "}}", "%}", "<!--", "-->", "</", ":::", "!!!", "](", "{:", "[^", "~~", "&nbsp;", "import "] {
            prop_assert!(!shown.contains(mark), "`{}` stands in `{}`:\n{}", mark, shown, source());
        }
    }

    #[test]
    fn no_words_of_a_post_are_lost(written in generate::markdown_post()) {
        let corpus = corpus(&written.bytes);
        let bodies = || corpus.passages.iter().filter(|p| p.kind == PassageKind::Body);
        // What is searched is the sentences: a word in none of them is never found.
        let searched: Vec<String> = bodies().map(plain).map(|words| padded(&words)).collect();
        for piece in &written.pieces {
            let words = padded(&piece.join(" "));
            let shown = || String::from_utf8_lossy(&written.bytes).into_owned();
            prop_assert!(searched.iter().any(|p| p.contains(&words)), "`{}` stands in no sentence of:\n{}", words, shown());
        }
    }
}

/// What a reader sees of a passage.
fn plain(passage: &Passage) -> String {
    passage.sentences.iter().map(|sentence| sentence.plain.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_somebody_asked_is_in_no_debug_output() {
    let question =
        Question { text: "when is my zorgblatt relase".to_owned(), ..Question::default() }.after("who is frobnicating");
    let asked = engine().asked(question);
    let message = Message { body: "zorgblatt".to_owned(), html: Some("<b>frobnicating</b>".to_owned()), ..Message::default() };
    assert_eq!(asked.answer.question, "when is my zorgblatt relase");
    for shown in [format!("{asked:?}"), format!("{message:?}"), format!("{:?}", Request::Question("zorgblatt".to_owned()))] {
        for word in ["zorgblatt", "relase", "frobnicating"] {
            assert!(!shown.contains(word), "{shown}");
        }
    }
}

/// The words of a text, one space around each, so that one text's words can be looked for in another's.
fn padded(text: &str) -> String {
    let words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
    format!(" {} ", words.iter().filter(|w| !w.is_empty()).cloned().collect::<Vec<_>>().join(" "))
}

//! Measures questions a second on one thread through `Engine::ask`, beside a bare tantivy query on the same passages in the same
//! run, and which stage of an answer takes how much. All questions of `tests/eval/*.jsonl`, on the 78 posts that
//! `scripts/fetch-posts` brings (else `corpus/`, or the folder in `$BENCH_POSTS`).
//!
//! Bare is what one writes first with tantivy: the same fields and boosts, its English stemming tokenizer, its `QueryParser`,
//! its ten best documents; nothing is read from them. A question that leans on the one before is asked without it there.
//! The two take turns, question set by question set, so that noise hits both; every figure is the median of the turns.
//!
//! Run: `cargo bench --bench throughput`

mod common;

use mynah::answer::{Engine, Question, analyse};
use mynah::corpus::{Corpus, Passage, PassageKind};
use mynah::search::Query;
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::QueryParser;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{DocAddress, IndexBuilder, Score, Searcher, SingleSegmentIndexWriter, TantivyDocument};

use common::{median, quantile, row, timed};

/// Turns of each side.
const ROUNDS: usize = 200;
/// Documents that the bare query asks for.
const BARE_HITS: usize = 10;
/// Documents that an answer asks its index for.
const HITS: usize = 12;
/// The most that an answer may cost, in bare queries.
const LIMIT: f64 = 2.0;
/// Fields and boosts of mynah's index (`FIELD_BOOSTS`), but for its families, which tantivy has not.
const FIELDS: [(&str, Score); 4] = [("title", 0.5), ("headings", 0.8), ("body", 1.0), ("metadata", 0.5)];
/// Memory that tantivy may use while it indexes, in bytes.
const WRITER_BYTES: usize = 64 << 20;

fn main() {
    let folder = common::posts_folder();
    let engine = common::engine(common::load(&folder));
    let bare = Bare::build(engine.corpus());
    let questions = common::questions();
    common::print_head("Questions a second, one thread", &folder, engine.corpus());
    print(&measure(&engine, &bare, &questions), questions.len());
}

/// Seconds for the whole question set, one entry a turn.
#[derive(Default)]
struct Turns {
    ask: Vec<f64>,
    bare: Vec<f64>,
    bare_parse: Vec<f64>,
    analyse: Vec<f64>,
    search: Vec<f64>,
}

fn measure(engine: &Engine, bare: &Bare, questions: &[Question]) -> Turns {
    let analyses = questions.iter().map(|question| analyse(question, engine.index()));
    let queries: Vec<Query> = analyses.filter(|a| !a.kind.is_small_talk()).map(|a| a.query).collect();
    let ask = || pass(questions, |question| engine.ask(question));
    let bare_query = || pass(questions, |question| bare.search(&question.text));
    ask();
    bare_query();
    let mut turns = Turns::default();
    for turn in 0..common::rounds(ROUNDS) {
        // Whoever goes second may find the caches warmer or the clock slower.
        if turn % 2 == 0 {
            turns.ask.push(ask());
            turns.bare.push(bare_query());
        } else {
            turns.bare.push(bare_query());
            turns.ask.push(ask());
        }
        turns.bare_parse.push(pass(questions, |question| bare.parser.parse_query_lenient(&question.text)));
        turns.analyse.push(pass(questions, |question| analyse(question, engine.index())));
        turns.search.push(pass(&queries, |query| engine.index().search(query, HITS)));
    }
    turns
}

/// Seconds for every one of `items` once.
fn pass<T, R>(items: &[T], mut work: impl FnMut(&T) -> R) -> f64 {
    let each = || {
        for item in items {
            std::hint::black_box(work(item));
        }
    };
    timed(each).as_secs_f64()
}

fn print(turns: &Turns, questions: usize) {
    let mut ratios: Vec<f64> = turns.ask.iter().zip(&turns.bare).map(|(ask, bare)| ask / bare).collect();
    ratios.sort_by(f64::total_cmp);
    let [ask, bare, parse, analyse, search] =
        [&turns.ask, &turns.bare, &turns.bare_parse, &turns.analyse, &turns.search].map(|t| median(t.clone()));
    let a_second = |seconds: f64| format!("{:.0}", questions as f64 / seconds);
    let micros = |seconds: f64| format!("{:.1}", seconds * 1e6 / questions as f64);
    let share = |part: f64, whole: f64| format!("µs a question, {:.0} %", 100.0 * part / whole);
    row(&format!("mynah ({questions} questions × {} turns)", turns.ask.len()), a_second(ask), "questions/s");
    row("bare tantivy", a_second(bare), "questions/s");
    let verdict = if ask / bare <= LIMIT { "within" } else { "OVER" };
    row("ratio of their times", format!("{:.2}", ask / bare), &format!("× bare ({verdict} the limit of {LIMIT:.1})"));
    let quartiles = format!("{:.2}–{:.2}", quantile(&ratios, 0.25), quantile(&ratios, 0.75));
    row("  middle half of the turns", quartiles, "× bare");
    row("mynah", micros(ask), "µs a question");
    row("  read the question (analyse)", micros(analyse), &share(analyse, ask));
    row("  search and rank (Index::search)", micros(search), &share(search, ask));
    row("  judge and quote (the rest)", micros(ask - analyse - search), &share(ask - analyse - search, ask));
    row("bare tantivy", micros(bare), "µs a question");
    row("  parse the question", micros(parse), &share(parse, bare));
    row("  search (the rest)", micros(bare - parse), &share(bare - parse, bare));
}

/// The passages in an index as anyone would build it.
struct Bare {
    searcher: Searcher,
    parser: QueryParser,
}

impl Bare {
    fn build(corpus: &Corpus) -> Self {
        let (schema, fields) = schema();
        let builder = IndexBuilder::new().schema(schema);
        let mut writer: SingleSegmentIndexWriter =
            builder.single_segment_index_writer(RamDirectory::create(), WRITER_BYTES).expect("memory for a writer");
        for passage in &corpus.passages {
            writer.add_document(document(corpus, passage, fields)).expect("memory for a document");
        }
        let index = writer.finalize().expect("memory for an index");
        let mut parser = QueryParser::for_index(&index, fields.to_vec());
        for (field, (_, boost)) in fields.into_iter().zip(FIELDS) {
            parser.set_field_boost(field, boost);
        }
        Self { searcher: index.reader().expect("an index in memory can be read").searcher(), parser }
    }

    fn search(&self, text: &str) -> Vec<(Score, DocAddress)> {
        let (query, _) = self.parser.parse_query_lenient(text);
        let best = TopDocs::with_limit(BARE_HITS).order_by_score();
        self.searcher.search(&query, &best).expect("an index in memory can be searched")
    }
}

fn schema() -> (Schema, [Field; 4]) {
    let indexing =
        TextFieldIndexing::default().set_tokenizer("en_stem").set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let text = TextOptions::default().set_indexing_options(indexing);
    let mut schema = Schema::builder();
    let fields = FIELDS.map(|(name, _)| schema.add_text_field(name, text.clone()));
    (schema.build(), fields)
}

/// A passage with the texts that mynah's own index gets.
fn document(corpus: &Corpus, passage: &Passage, [title, headings, body, metadata]: [Field; 4]) -> TantivyDocument {
    let post = corpus.post(passage);
    let sentences = passage.sentences.iter().map(|sentence| sentence.plain.as_str());
    let mut known: Vec<String> = post.date.iter().map(|date| date.strftime("%B %Y").to_string()).collect();
    if passage.kind == PassageKind::FrontMatter {
        known.extend(post.authors.iter().chain(&post.categories).cloned());
    }
    let mut document = TantivyDocument::default();
    document.add_text(title, &post.title);
    document.add_text(headings, passage.section.join(" "));
    document.add_text(body, sentences.collect::<Vec<_>>().join(" "));
    document.add_text(metadata, known.join(" "));
    document
}

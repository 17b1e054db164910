//! Questions and posts that nobody would write, for tests and benchmarks: `#[path]` this file, and [`sample`] from it.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// The longest question that is read whole, in characters.
const LONG_QUESTION_CHARS: usize = 2_000;

/// The five posts as they stand on the disk.
static POSTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the five posts in corpus/").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a post")).collect()
});

/// Every word of the five posts, with what stands around it in markdown.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let texts = POSTS.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let mut words: Vec<String> = texts.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    words.sort();
    words.dedup();
    words
});

/// What questions are made of beside the posts' words: the words that decide their kind, numbers, releases, typos.
const ASKING: [&str; 32] = [
    "when",
    "did",
    "start",
    "who",
    "where",
    "how",
    "many",
    "why",
    "which",
    "release",
    "version",
    "latest",
    "first",
    "it",
    "that",
    "they",
    "wat",
    "whats",
    "R7",
    "stx.7.0",
    "starlingx 12",
    "2024",
    "7.0",
    "from 3 to 4",
    "last year",
    "this year",
    "over time",
    "provisoning",
    "zorgblatt",
    "sub-cloud",
    "(PTP)",
    "?",
];

/// The same values on every run: for benchmarks, and for timing by hand.
#[allow(dead_code, reason = "used where this file is included by path")]
pub(crate) fn sample<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a strategy that rejects nothing").current()).collect()
}

/// Any question: of any characters, of the posts' words, of words asked for together, of one character over and over.
pub(crate) fn question() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => any_text(LONG_QUESTION_CHARS + 500),
        4 => of_words(400),
        1 => long_question(),
        1 => (any::<char>(), 1..3_000_usize).prop_map(|(c, times)| String::from(c).repeat(times)),
    ]
}

/// Questions about as long as are read whole: what takes the most time.
pub(crate) fn long_question() -> impl Strategy<Value = String> {
    let words = prop_oneof![
        prop::sample::select(WORDS.as_slice()),
        // Words that nobody knows, each to be held against the vocabulary.
        "[a-z]{2,30}",
        // As many words as fit.
        "[a-z0-9]{2}",
    ];
    (prop::collection::vec(words, 700), 0..3_usize).prop_map(|(words, short)| {
        let shortest = |w: &&String| short == 0 || w.chars().count() <= 3 * short;
        let text = words.iter().filter(shortest).cloned().collect::<Vec<_>>().join(" ");
        text.repeat(LONG_QUESTION_CHARS / text.len().max(1) + 1).chars().take(LONG_QUESTION_CHARS).collect()
    })
}

fn of_words(most: usize) -> impl Strategy<Value = String> {
    let word = prop_oneof![
        3 => prop::sample::select(WORDS.as_slice()),
        2 => prop::sample::select(ASKING.as_slice()).prop_map(str::to_owned),
    ];
    prop::collection::vec(word, 0..most).prop_map(|words| words.join(" "))
}

/// Characters of every plane, control characters and all.
fn any_text(most: usize) -> impl Strategy<Value = String> {
    let odd = prop::sample::select(
        [
            '\0', '\t', '\r', '\n', '\x1b', '\u{85}', '\u{9b}', '\u{a0}', '\u{ad}', '\u{200b}', '\u{200d}', '\u{202e}',
            '\u{301}', '\u{feff}', '’', '‑', 'ß', 'İ', '🦜',
        ]
        .as_slice(),
    );
    prop::collection::vec(prop_oneof![3 => any::<char>(), 1 => odd, 3 => prop::char::range(' ', '~')], 0..most)
        .prop_map(|chars| chars.into_iter().collect())
}

/// A post that went wrong: one of the five or one of a site's, cut, flipped, doubled, spliced; markdown gone mad; or no text at all.
pub(crate) fn mangled_post() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => (front_matter(), site_post(), prop::collection::vec(damage(), 0..6)).prop_map(|(head, post, damages)| {
            let body = post.bytes.splitn(4, |&byte| byte == b'\n').last().unwrap_or_default();
            let whole = [head.as_bytes(), body].concat();
            damages.iter().fold(whole, |post, damage| damage.done_to(post))
        }),
        6 => (prop::sample::select(POSTS.as_slice()), prop::collection::vec(damage(), 0..12))
            .prop_map(|(post, damages)| damages.iter().fold(post, |post, damage| damage.done_to(post))),
        2 => markup_soup(),
        1 => prop::collection::vec(any::<u8>(), 0..4_000),
        1 => any_text(2_000).prop_map(String::into_bytes),
    ]
}

/// Front matter in each of the ways that engines read it, whole or not.
fn front_matter() -> impl Strategy<Value = String> {
    let head = prop::sample::select(FRONT_MATTER);
    (head, 0..3_u8, 0.0..1.0).prop_map(|(head, whole, share)| {
        let end = (0..=(head.len() as f64 * share) as usize).rev().find(|at| head.is_char_boundary(*at)).unwrap_or(0);
        if whole == 0 { head[..end].to_owned() } else { head.to_owned() }
    })
}

const FRONT_MATTER: &[&str] = &[
    "---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n",
    "---\ntitle: T\nauthors: [ada, {name: B, url: x}]\ndate:\n  created: 2020-1-2\ntags: {a: b}\n---\n",
    "---\nlayout: post\ntitle: \"T: {{ x }}\"\ndate: 2020-1-02 10:00:00 +0900\npermalink: /a/:b/\ndate: 2020-01-03\n---\n",
    "+++\ntitle = 'T'\ndate = 2020-01-02T03:04:05Z\n[taxonomies]\ntags = ['a']\n[extra]\nauthor = '[A](b)'\n+++\n",
    "{\n  \"title\": \"T\",\n  \"date\": \"2020-01-02\",\n  \"authors\": [{\"name\": \"A\"}]\n}\n",
    "\u{feff}---\r\ntitle: T\r\npubDate: Jan 2 2020\r\nslug: ../../etc\r\nurl: //x\r\n---\r\n",
    "---\n&a [*a]\n---\n",
    "",
];

/// One thing that happens to a file; places are shares of its length.
#[derive(Clone, Debug)]
enum Damage {
    Flip { at: f64, to: u8 },
    Cut { from: f64, share: f64 },
    Double { line: f64, times: usize },
    Insert { at: f64, piece: String },
    Join { line: f64 },
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || 0.0..1.0;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, to)| Damage::Flip { at, to }),
        (place(), 0.0..0.3).prop_map(|(from, share)| Damage::Cut { from, share }),
        (place(), 1..40_usize).prop_map(|(line, times)| Damage::Double { line, times }),
        (place(), markup()).prop_map(|(at, piece)| Damage::Insert { at, piece }),
        place().prop_map(|line| Damage::Join { line }),
    ]
}

impl Damage {
    fn done_to(&self, mut post: Vec<u8>) -> Vec<u8> {
        let byte_at = |share: f64| (post.len() as f64 * share) as usize;
        match self {
            Self::Flip { at, to } => {
                let at = byte_at(*at);
                post.iter_mut().skip(at).take(1).for_each(|byte| *byte = *to);
            }
            Self::Cut { from, share } => {
                let (from, to) = (byte_at(*from), byte_at((from + share).min(1.0)));
                post.drain(from..to);
            }
            Self::Double { line, times } => {
                let mut lines: Vec<&[u8]> = post.split_inclusive(|&b| b == b'\n').collect();
                let at = (lines.len() as f64 * line) as usize;
                let doubled: Vec<&[u8]> = lines.get(at).map(|l| vec![*l; *times]).unwrap_or_default();
                lines.splice(at.min(lines.len()).., doubled.into_iter().chain(lines[at.min(lines.len())..].to_vec()));
                post = lines.concat();
            }
            Self::Insert { at, piece } => {
                let at = byte_at(*at);
                post.splice(at..at, piece.bytes());
            }
            Self::Join { line } => {
                let ends: Vec<usize> = post.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
                if let Some(&end) = ends.get((ends.len() as f64 * line) as usize) {
                    post.remove(end);
                }
            }
        }
        post
    }
}

/// Marks that mean something to some reader of a post, and a few that look as if.
const MARKUP: &[&str] = &[
    "---\n",
    "\n---\n",
    "+++\n",
    "{\"title\": ",
    "title: ",
    "date: ",
    "author: ",
    "# ",
    "\n#Heading\n",
    "\n\n",
    "\n",
    "\r\n",
    "\r",
    "- ",
    "\n- ",
    "\n    - ",
    "1. ",
    "> ",
    "\n> ",
    "```\n",
    "\n```",
    "~~~",
    "`",
    "**",
    "*",
    "_",
    "[",
    "](",
    ")",
    "<",
    ">",
    "<!-- more -->",
    "<!- more ->",
    "<\n!-- more\n-->",
    "<!--",
    "-->",
    "|",
    "\n|---|\n",
    "| a | b |\n",
    "https://x.org/a_(b)",
    "â€™",
    "Ã",
    "\u{feff}",
    "\0",
    "\x1b[31m",
    "\u{9b}",
    "\t",
    "🦜",
    "e\u{301}",
    ". ",
    "{{< figure src=\"",
    ">}}",
    "{{% note %}}",
    "{{ page.url | relative_url }}",
    "{%",
    "{% raw %}",
    "{% highlight c %}",
    "{% endhighlight %}",
    "{: .class}",
    "{#id}",
    "\n!!! note \"T\"\n    ",
    "\n:::tip\n",
    "> [!NOTE]\n",
    "\nimport A from 'a'\n",
    "<script>",
    "</script>",
    "<div class=\"a\">",
    "</div>",
    "<a href='",
    "<li>",
    "<br />",
    "<pre>",
    "</pre>",
    "~~",
    "[^1]",
    "\n[^1]: ",
    "\n[a]: https://x.org\n",
    "\n*[A]: B C\n",
    "&nbsp;",
    "&#x41;",
    "\u{ad}",
    "\n: ",
    "\n\t",
];

fn markup() -> impl Strategy<Value = String> {
    prop::sample::select(MARKUP).prop_map(str::to_owned)
}

fn markup_soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![2 => markup(), 1 => prop::sample::select(WORDS.as_slice())];
    (any::<bool>(), prop::collection::vec(piece, 0..400)).prop_map(|(front_matter, pieces)| {
        let head = if front_matter { "---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n\n" } else { "" };
        format!("{head}{}", pieces.concat()).into_bytes()
    })
}

/// A post of sound markdown, and what a reader sees of it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// The words of each paragraph, list item, table row and code line, in order: each stands in one piece in the post.
    pub pieces: Vec<Vec<String>>,
}

/// A block of markdown and the words of its pieces.
type Block = (String, Vec<Vec<String>>);

/// A post of headings, paragraphs, lists, fences, tables and quotations, with any kind of line end.
pub(crate) fn markdown_post() -> impl Strategy<Value = Written> {
    let block =
        prop_oneof![4 => paragraph(), 2 => heading(), 2 => list(), 1 => fence(), 1 => table(), 1 => quotation(), 1 => html()];
    let line_end = prop::sample::select(vec!["\n", "\r\n"]);
    (prop::collection::vec(block, 1..25), line_end, any::<bool>()).prop_map(|(blocks, line_end, byte_order_mark)| {
        let body = blocks.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("\n\n");
        let text = format!("---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n\n{body}\n").replace('\n', line_end);
        let bytes = if byte_order_mark { format!("\u{feff}{text}") } else { text }.into_bytes();
        Written { bytes, pieces: blocks.into_iter().flat_map(|(_, pieces)| pieces).collect() }
    })
}

/// Words as people write them in many scripts; none of them looks like markdown.
fn word() -> impl Strategy<Value = String> {
    const ODD: [&str; 14] = [
        "naïve",
        "Ünï",
        "日本語",
        "слово",
        "क्षि",
        "e\u{301}tude",
        "👩\u{200d}💻x",
        "sub\u{2011}cloud",
        "zero\u{a0}touch",
        "İstanbul",
        "5.10",
        "O'Neill",
        "e.g.",
        "U.S.",
    ];
    prop_oneof![6 => "[a-zA-Z]{1,12}", 1 => prop::sample::select(ODD.as_slice()).prop_map(str::to_owned)]
}

fn words(most: usize) -> impl Strategy<Value = Vec<String>> {
    // A first word with a letter, so that no line begins as a number of a list.
    ("[A-Z][a-z]{1,8}", prop::collection::vec(word(), 1..most)).prop_map(|(first, rest)| [vec![first], rest].concat())
}

/// Words with spaces, soft breaks, full stops and inline marks between them.
fn running_text(most: usize, gaps: &'static [&'static str]) -> impl Strategy<Value = (String, Vec<String>)> {
    (words(most), prop::collection::vec((prop::sample::select(gaps), 0..12_u8), most + 1)).prop_map(|(words, dress)| {
        let dressed = words.iter().zip(&dress).map(|(word, (gap, mark))| match mark {
            0 => format!("**{word}**{gap}"),
            1 => format!("[{word}](https://x.org/a_b?c=d){gap}"),
            2 => format!("`{word}`{gap}"),
            3 => format!("*{word}*{gap}"),
            _ => format!("{word}{gap}"),
        });
        (dressed.collect::<String>().trim_end().to_owned(), words)
    })
}

fn paragraph() -> impl Strategy<Value = Block> {
    running_text(60, &[" ", " ", " ", "\n", ". ", ".\n", ", ", "! ", "? ", "; ", ": "])
        .prop_map(|(text, words)| (text, vec![words]))
}

fn heading() -> impl Strategy<Value = Block> {
    ("#{1,6}", prop::sample::select(vec![" ", "", "  "]), words(5)).prop_map(|(marks, space, words)| {
        // A heading's words are its section's, not a passage's; without a space, dots and colons make it a paragraph.
        let plain: Vec<String> = words.into_iter().filter(|w| w.chars().all(char::is_alphanumeric)).collect();
        (format!("{marks}{space}{}", plain.join(" ")), vec![])
    })
}

fn list() -> impl Strategy<Value = Block> {
    let item = (0..3_usize, running_text(20, &[" ", " ", ". ", ", "]));
    (prop::sample::select(vec!["- ", "* ", "1. "]), prop::collection::vec(item, 1..8)).prop_map(|(marker, items)| {
        let mut depth = 0;
        let mut lines = Vec::new();
        for (deeper, (text, _)) in &items {
            // An item can be one level deeper than the one before it, no more.
            depth = (*deeper).min(depth + usize::from(!lines.is_empty()));
            lines.push(format!("{}{marker}{text}", " ".repeat(marker.len() * depth)));
        }
        (lines.join("\n"), items.into_iter().map(|(_, (_, words))| words).collect())
    })
}

fn fence() -> impl Strategy<Value = Block> {
    let prefix = prop::sample::select(vec!["", "    ", "# ", "- ", "$ ", "| "]);
    let line = (prefix, words(8)).prop_map(|(prefix, words)| (format!("{prefix}{}", words.join(" ")), words));
    (prop::sample::select(vec!["```", "~~~", "````"]), prop::collection::vec(line, 1..6)).prop_map(|(marks, lines)| {
        let code = lines.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>().join("\n");
        (format!("{marks}\n{code}\n{marks}"), lines.into_iter().map(|(_, words)| words).collect())
    })
}

fn table() -> impl Strategy<Value = Block> {
    let row = (words(4), words(4));
    prop::collection::vec(row, 2..6).prop_map(|rows| {
        let mut lines: Vec<String> = rows.iter().map(|(a, b)| format!("| {} | {} |", a.join(" "), b.join(" "))).collect();
        lines.insert(1, "|---|---|".to_owned());
        (lines.join("\n"), rows.into_iter().map(|(a, b)| [a, b].concat()).collect())
    })
}

fn quotation() -> impl Strategy<Value = Block> {
    running_text(30, &[" ", " ", ". ", ", "]).prop_map(|(text, words)| (format!("> {text}"), vec![words]))
}

fn html() -> impl Strategy<Value = Block> {
    words(20).prop_map(|words| (format!("<p class=\"note\">{}</p>", words.join(" ")), vec![words]))
}

/// Blocks as the engines of sites have them: `V` is a word that a reader sees, `H` one that no reader does.
const SITE_BLOCKS: &[&str] = &[
    "{{< figure src=\"H.png\" alt=\"H H\" >}}",
    "{{< figure src=\"H.png\" caption=\"V V V.\" >}}",
    "{{% alert title=\"H\" %}}\nV V.\n{{% /alert %}}",
    "{{< H\n  a=\"H\"\n>}}",
    "{{/* H H */}}",
    "V V.\n{% include H.html %}\nV V V.",
    "V {{ H | H: 'H' }} V.",
    "V [V]({{ '/H' | H }}) V.",
    "{% comment %}\nH H\n\nH\n{% endcomment %}\nV V.",
    "{% highlight ruby %}\nV V\n{% endhighlight %}",
    "{% raw %}V V{% endraw %} V.",
    "import H from 'H'\nimport { H } from \"H\"\n\nV V.",
    "export const H = {\n  H: 'H',\n}\n\nV V.",
    "<Tabs H=\"H\" values={[{ H: 'H' }]}>\n  <TabItem value=\"H\">\n\nV V.\n\n  </TabItem>\n</Tabs>",
    "V {/* H H */} V.",
    "<div class=\"H\">V V</div>",
    "<script src=\"H\">\nH < H && \"H\"\n\nH <b>H</b>\n</script>\n\nV V.",
    "<STYLE>\n.H { H: H }\n\n.H > H {}\n</STYLE>",
    "V V. <!-- H H --> V V.",
    "<!--\nH\n\n- H\n-->\nV V.",
    "V V<!-- truncate --> V.",
    "V V.{: .H}\n{: #H .H }",
    "[V V](https://x.org){:target=\"_H\"} V.",
    "## X {#H}",
    "```mermaid\ngraph TD; H-->H\n```",
    "!!! note \"V V\"\n    V V.\n\n    - V V\n    - V",
    "!!! H\n\n    V V.",
    "??? tip\n    V V.\n    V V.",
    ":::tip V\n\nV V.\n\n:::",
    ":::note[V V]\nV V.\n:::",
    "> [!NOTE]\n> V V.",
    "V [V][x1] V.\n\n[x1]: https://H.org \"H\"",
    "V [of course] V.\n[of course]: https://H.org",
    "V V[^1] V.\n\n[^1]: V V.",
    "*[H]: H H\n\nV V.",
    "V ~~H H~~ V.",
    "V <del>H H</del> V <s>H</s>.",
    "![H](H.png)\n\nV V.",
    "[![H](H.png)](https://H.org) V V.",
    "<p>V V<br />V <a href=\"https://H.org\" title='H > H'>V</a></p>\n<ul><li>V</li>\n<li>V <em>V</em></li></ul>",
    "<h2 id=\"H\">X</h2>\n<p>V V.</p>",
    "<table class=H><tr><td>V</td><td>V V</td></tr></table>",
    "V&nbsp;V &amp; V\\*, V &lt;V&gt;.",
    "<details>\n<summary>V</summary>\n\nV V.\n\n</details>",
    "- V\n\n  {{< H >}}\n\n- V V",
    "<video src=\"H.mp4\">H H</video>\n\nV V.",
    "<figure><img alt=\"H\" src=\"H\"><figcaption>V V V.</figcaption></figure>",
    "V\nV V\nV. V\nV.",
    "> V V.\n> V V.",
    "V V\n: V V.",
    "~~~ruby\nV V\n~~~",
    "| V | V |\n|:--|--:|\n| V | `V` |",
];

/// A post of a site's engine, the words that its readers see and those that they don't.
#[derive(Clone, Debug)]
pub(crate) struct SitePost {
    pub bytes: Vec<u8>,
    pub seen: Vec<String>,
    pub hidden: Vec<String>,
}

/// A post of blocks as engines have them.
pub(crate) fn site_post() -> impl Strategy<Value = SitePost> {
    let block = prop::sample::select(SITE_BLOCKS);
    (prop::collection::vec(block, 1..12), prop::sample::select(vec!["\n", "\r\n"])).prop_map(|(blocks, line_end)| {
        let (mut seen, mut hidden) = (Vec::new(), Vec::new());
        let mut body = String::new();
        for letter in blocks.join("\n\n").split_inclusive(['V', 'H']) {
            let (kept, words) = match letter.chars().last() {
                Some('V') => (&letter[..letter.len() - 1], &mut seen),
                Some('H') => (&letter[..letter.len() - 1], &mut hidden),
                _ => {
                    body.push_str(letter);
                    continue;
                }
            };
            let kind = if letter.ends_with('V') { "seen" } else { "hidden" };
            let word = format!("{kind}{}", numbered(words.len()));
            body.push_str(kept);
            body.push_str(&word);
            words.push(word);
        }
        let text = format!("---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n\n{body}").replace('\n', line_end);
        SitePost { bytes: text.into_bytes(), seen, hidden }
    })
}

/// A number in letters, of one length.
fn numbered(number: usize) -> String {
    [number / 676, number / 26 % 26, number % 26].map(|digit| char::from(b'a' + (digit % 26) as u8)).iter().collect()
}

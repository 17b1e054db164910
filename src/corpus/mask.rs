//! What stands in a post's file but never before a reader of the site: shortcodes, Liquid, components, tags, comments, scripts.
//!
//! It is masked before the markdown is read, byte for byte, so that every place stays where it is in the source. The masks are
//! commas, which markdown takes for the punctuation that a tag is; beside the text stands what is a mask (see [`Mark`]).

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// What a masked place means to the words around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing at all.
    Nothing,
    /// A paragraph ends: `<p>`, `</div>`.
    Break,
    /// A line ends: `<br>`.
    Line,
    /// An item of a list begins.
    Item,
    /// A row of a table begins.
    Row,
    /// A cell of a row begins.
    Cell,
    /// A heading begins; its level stands in the tag.
    Heading,
    /// A label begins: the title of an admonition.
    Label,
    /// A link begins; its address stands in the tag.
    Link,
    /// A link ends.
    LinkEnd,
    /// Code begins.
    Code,
    /// Code ends.
    CodeEnd,
    /// What follows is struck out.
    Struck,
    /// What follows is not.
    StruckEnd,
    /// A caption begins.
    Caption,
}

/// A text with all that readers don't see masked.
#[derive(Debug)]
pub(super) struct Masked {
    /// As long as the source, line for line.
    pub text: String,
    /// For each of its bytes, whether it is a mask, and for the first of several what they stand for.
    pub marks: Vec<Option<Mark>>,
    /// Addresses of reference links, by their labels as [`label`] writes them.
    pub references: HashMap<String, String>,
    /// Code that is not markdown's own: within `<pre>` and `{% highlight %}`, in order.
    pub verbatim: Vec<Verbatim>,
    /// Abbreviations that the post defines, with their long forms.
    pub abbreviations: Vec<(String, String)>,
}

/// Lines of code between two marks of another language than markdown.
#[derive(Debug)]
pub(super) struct Verbatim {
    /// The lines' bytes.
    pub span: Range<usize>,
    /// Whether it is HTML: tags don't show, entities do as what they stand for.
    pub html: bool,
}

/// Masks `text` from `body` on.
pub(super) fn mask(text: &str, body: usize) -> Masked {
    mask_as(text, body, false)
}

/// The same where braces may hold expressions of MDX, which only the engine works out (<https://mdxjs.com/docs/what-is-mdx/>).
pub(super) fn mask_as(text: &str, body: usize, mdx: bool) -> Masked {
    let mut scan = Scan { mdx, ..Scan::new(text, body) };
    scan.run();
    scan.blank_lines(body);
    Masked {
        text: String::from_utf8(scan.out).unwrap_or_else(|_| text.to_owned()),
        marks: scan.marks,
        references: scan.references,
        verbatim: scan.verbatim,
        abbreviations: scan.abbreviations,
    }
}

/// A reference link's label as it is compared: case and white space make no difference.
pub(super) fn label(written: &str) -> String {
    written.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What stands in the masked text where nothing is seen.
const MASK: u8 = b',';

/// The value of an attribute of a tag or shortcode, as written, and where it stands in it.
pub(super) fn attribute<'a>(tag: &'a str, name: &str) -> Option<(&'a str, Range<usize>)> {
    static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"([A-Za-z_:@][-A-Za-z0-9_:.]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'<>=`{}]+))"#)
            .expect("a valid pattern")
    });
    ATTRIBUTE.captures_iter(tag).find(|found| found[1].eq_ignore_ascii_case(name)).and_then(|found| {
        let value = (2..=5).find_map(|group| found.get(group))?;
        Some((value.as_str(), value.range()))
    })
}

/// Bytes of malformed cousins of `<!-- more -->`: `<!- more ->`.
pub(super) static MORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)<[ \t]*!?[ \t]*[-–—]+[ \t]*(?:more|truncate)[ \t]*[-–—]*[ \t]*>").expect("a valid pattern")
});

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    out: Vec<u8>,
    marks: Vec<Option<Mark>>,
    references: HashMap<String, String>,
    at: usize,
    verbatim: Vec<Verbatim>,
    abbreviations: Vec<(String, String)>,
    /// Names of the elements that are closed somewhere, in lower case.
    closed: HashSet<String>,
    /// What does not stand anywhere from the byte on, up to the byte: no search is made twice.
    missing: HashMap<String, Range<usize>>,
    /// Where the paragraph ends that was looked at last.
    paragraph_end: usize,
    /// Where the strong text ends that was looked at last.
    strong_end: usize,
    /// Where `{% raw %}` ends.
    raw_until: usize,
    /// Indentation of the headers of the admonitions that are open.
    admonitions: Vec<usize>,
    /// Elements of blocks that are open.
    open_blocks: usize,
    previous: Line,
    /// Whether braces hold expressions.
    mdx: bool,
}

/// What the line before was, as far as it matters to the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Line {
    blank: bool,
    indented_code: bool,
    import: bool,
    in_list: bool,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str, body: usize) -> Self {
        static CLOSING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"</([A-Za-z][-A-Za-z0-9.]*)").expect("a valid pattern"));
        Self {
            text,
            bytes: text.as_bytes(),
            out: text.as_bytes().to_vec(),
            marks: vec![None; text.len()],
            references: HashMap::new(),
            strong_end: 0,
            at: body,
            verbatim: Vec::new(),
            abbreviations: Vec::new(),
            closed: CLOSING.captures_iter(&text[body..]).map(|found| found[1].to_lowercase()).collect(),
            missing: HashMap::new(),
            paragraph_end: body,
            raw_until: 0,
            admonitions: Vec::new(),
            open_blocks: 0,
            previous: Line { blank: true, ..Line::default() },
            mdx: false,
        }
    }

    fn run(&mut self) {
        self.metadata();
        let mut line_start = true;
        while self.at < self.bytes.len() {
            if line_start {
                line_start = self.line();
                if line_start || self.at >= self.bytes.len() {
                    continue;
                }
            }
            let before = self.at;
            match self.bytes[self.at] {
                b'\n' => {
                    self.at += 1;
                    line_start = true;
                }
                b'\\' => self.at += 1 + usize::from(self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_punctuation)),
                b'`' => self.code_span(),
                b'*' if self.bytes[self.at..].starts_with(b"**") => self.strong(),
                b'=' if self.bytes[self.at..].starts_with(b"==") => self.marked(),
                b'<' => self.angle(),
                b'{' => self.brace(),
                b':' => self.icon(),
                _ => self.at += 1,
            }
            // What was skipped may have ended with its line.
            line_start |= self.at > before + 1 && self.bytes[self.at - 1] == b'\n';
        }
    }

    // --- masking

    /// Masks a range; line ends stay.
    fn hide(&mut self, range: Range<usize>, mark: Mark) {
        let filler = if self.in_address(range.start) { b'x' } else { MASK };
        for at in range.clone().filter(|at| self.bytes[*at] != b'\n') {
            self.out[at] = filler;
            self.marks[at] = Some(Mark::Nothing);
        }
        if !range.is_empty() && self.bytes[range.start] != b'\n' {
            self.marks[range.start] = Some(mark);
        }
    }

    /// Whether a byte stands in the address of a markdown link, which takes no control character.
    fn in_address(&self, at: usize) -> bool {
        /// Longer addresses than these have nothing masked in them.
        const MOST: usize = 300;
        let start = (at.saturating_sub(MOST)..at).find(|&start| self.text.is_char_boundary(start)).unwrap_or(at);
        let before = &self.out[start..at];
        let begun =
            before.iter().rposition(|byte| byte.is_ascii_whitespace() || matches!(byte, b'(' | b')')).map_or(0, |p| p + 1);
        let address = &before[..begun];
        address.trim_ascii_end().ends_with(b"]:") || address.trim_ascii_end().ends_with(b"](")
    }

    /// Lines of which nothing is left to see are blank to markdown too: what stands below begins anew.
    fn blank_lines(&mut self, body: usize) {
        let lines = self.out[body..].split_mut(|byte| *byte == b'\n');
        let mut at = body;
        for line in lines {
            let marks = &self.marks[at..at + line.len()];
            at += line.len() + 1;
            let hidden = |(byte, mark): (&u8, &Option<Mark>)| match mark {
                Some(mark) => matches!(mark, Mark::Nothing | Mark::Break),
                None => matches!(byte, b' ' | b'\t'),
            };
            if line.iter().zip(marks).all(hidden) {
                line.fill(b' ');
            }
        }
    }

    // --- looking ahead

    /// Where the paragraph ends that holds the current place: at the next blank line.
    fn paragraph_end(&mut self) -> usize {
        if self.at >= self.paragraph_end {
            let mut end = self.line_end(self.at);
            while end < self.bytes.len() {
                let next = self.line_end(end + 1);
                if self.bytes[end + 1..next].trim_ascii().is_empty() {
                    break;
                }
                end = next;
            }
            self.paragraph_end = end;
        }
        self.paragraph_end
    }

    fn line_end(&self, from: usize) -> usize {
        self.text.get(from..).and_then(|rest| rest.find('\n')).map_or(self.bytes.len(), |end| from + end)
    }

    /// Where `what` stands first between the two bytes.
    fn find(&mut self, what: &str, from: usize, to: usize) -> Option<usize> {
        if self.missing.get(what).is_some_and(|none| none.start <= from && to <= none.end) {
            return None;
        }
        let found = self.bytes.get(from..to).and_then(|_| self.text.get(from..to)).and_then(|text| text.find(what));
        if found.is_none() {
            self.missing.insert(what.to_owned(), from..to);
        }
        found.map(|at| from + at)
    }

    /// The closing tag of an element from a byte on.
    fn closing(&mut self, name: &str, from: usize) -> Option<Range<usize>> {
        if !self.closed.contains(name) {
            return None;
        }
        let mut at = from;
        while let Some(start) = self.find("</", at, self.bytes.len()) {
            let end = start + 2 + name.len();
            let named = self.bytes.get(start + 2..end).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()));
            if named && !self.bytes.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-') {
                let to = self.find(">", end, self.line_end(end)).map_or(end, |at| at + 1);
                return Some(start..to);
            }
            at = start + 2;
        }
        self.closed.remove(name);
        None
    }

    // --- lines

    /// Looks at the line that begins here; whether it was dealt with as a whole.
    fn line(&mut self) -> bool {
        let start = self.at;
        let end = self.line_end(start);
        let text = self.text;
        let line = &text[start..end];
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let rest = &line[indent..];
        if rest.is_empty() {
            self.previous =
                Line { blank: true, in_list: self.previous.in_list, indented_code: self.previous.indented_code, import: false };
            return false;
        }
        let indent = self.quote_admonitions(start, indent, line);
        let lists = is_item(rest);
        let code = self.previous.blank || self.previous.indented_code;
        let is_code = code
            && columns(&line[..line.len() - rest.len()]) >= 4 + 4 * self.admonitions.len()
            && !self.previous.in_list
            && !lists
            && self.open_blocks == 0;
        let before = self.previous;
        self.previous = Line {
            blank: false,
            indented_code: is_code,
            import: false,
            in_list: lists || (before.in_list && (indent >= 2 || !before.blank)),
        };
        if is_code {
            self.at = end;
            return false;
        }
        let content = start + (line.len() - rest.len());
        if self.fence(content, end) {
            return true;
        }
        let inside = content + quoted(rest);
        if let Some(found) = text[inside..end].starts_with("[!").then(|| ALERT.find(&text[inside..end])).flatten() {
            self.hide(inside..inside + found.end(), Mark::Break);
            self.label(inside + found.end(), end);
            self.at = inside + found.end();
            return false;
        }
        if let Some(found) = rest.starts_with("*[").then(|| ABBREVIATION.captures(rest)).flatten() {
            self.abbreviations.push((found[1].to_owned(), found[2].trim().to_owned()));
            self.hide(content..end, Mark::Nothing);
        } else if let Some(found) = rest.starts_with('[').then(|| REFERENCE.captures(rest)).flatten() {
            // Markdown takes a definition only where a paragraph has ended; other engines take it anywhere.
            self.references.entry(label(&found[1])).or_insert_with(|| found[2].trim_matches(['<', '>']).to_owned());
            self.hide(content..end, Mark::Nothing);
        } else if let Some(title) = admonition(rest) {
            self.admonitions.push(indent);
            self.title(content..end, title.start + content..title.end + content);
        } else if rest.starts_with(":::") {
            let title = container_title(rest);
            self.title(content..end, title.start + content..title.end + content);
        } else if let Some(title) = rest.starts_with("///").then(|| block_title(rest)).flatten() {
            self.title(content..end, title.start + content..title.end + content);
        } else if rest.starts_with("--8<--") {
            let to = self.snippets_end(rest, end);
            self.hide(content..to, Mark::Break);
            self.at = to;
            return false;
        } else if is_item(rest) && text[end..].trim_start().starts_with("{:toc}") {
            // kramdown makes a list of contents of what stands here.
            self.hide(content..end, Mark::Nothing);
        } else if matches!(rest.trim_end(), "[TOC]" | "[toc]" | "[[toc]]" | "[[TOC]]" | "[[_TOC_]]") {
            self.hide(content..end, Mark::Nothing);
        } else if (before.blank || before.import) && is_import(rest) {
            self.previous.import = true;
            let to = self.import_end(start, end);
            self.hide(start..to, Mark::Nothing);
            self.at = to;
            return false;
        } else {
            self.at = content;
            return false;
        }
        self.at = end;
        false
    }

    /// Where what includes other files ends: with its line, or with the line that closes the list of them
    /// (<https://facelessuser.github.io/pymdown-extensions/extensions/snippets/>).
    fn snippets_end(&mut self, line: &str, end: usize) -> usize {
        if line.trim_end() != "--8<--" {
            return end;
        }
        let to = self.bytes.len();
        self.find("--8<--", end, to).map_or(end, |close| self.line_end(close))
    }

    /// Masks an icon of MkDocs' Material, `:material-account:`
    /// (<https://squidfunk.github.io/mkdocs-material/reference/icons-emojis/>).
    fn icon(&mut self) {
        let at = self.at;
        self.at = at + 1;
        if let Some(found) = ICON.find(&self.text[at..]) {
            self.at = at + found.end();
            self.hide(at..self.at, Mark::Nothing);
        }
    }

    /// An expression of MDX that begins here; of a text in quotation marks only these are hidden.
    fn mdx(&mut self) -> Option<Range<usize>> {
        let at = self.at;
        let to = self.paragraph_end();
        let mut end = at + 1;
        let mut depth = 1_usize;
        while depth > 0 {
            match *self.bytes.get(end).filter(|_| end < to)? {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                quote @ (b'"' | b'\'' | b'`') => {
                    let close = self.bytes[end + 1..to].iter().position(|byte| *byte == quote)?;
                    end += close + 1;
                }
                _ => {}
            }
            end += 1;
        }
        let inside = self.text[at + 1..end - 1].trim();
        let mark = inside.chars().next().filter(|mark| matches!(mark, '"' | '\'' | '`')).unwrap_or(' ');
        let words = inside.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        let Some(words) = words.filter(|words| !words.contains([mark, '$', '\\'])) else { return Some(at..end) };
        let start = at + self.text[at..end].find(mark).map_or(0, |quote| quote + 1);
        self.hide(at..start, Mark::Nothing);
        self.hide(start + words.len()..end, Mark::Nothing);
        self.at = end;
        None
    }

    /// Hides a line but for a title in it.
    fn title(&mut self, line: Range<usize>, title: Range<usize>) {
        self.hide(line.start..title.start.max(line.start), Mark::Break);
        self.hide(title.end..line.end, Mark::Break);
        if title.start > line.start && !title.is_empty() {
            self.marks[title.start - 1] = Some(Mark::Label);
        }
    }

    /// What stands between two bytes, if anything, is a label.
    fn label(&mut self, from: usize, to: usize) {
        if !self.text[from..to].trim().is_empty() && from > 0 {
            self.marks[from - 1] = Some(Mark::Label);
        }
    }

    /// An admonition of MkDocs holds what is indented below its header: as a quotation it is read as it looks. Returns the
    /// line's indentation within the admonitions.
    fn quote_admonitions(&mut self, start: usize, indent: usize, line: &str) -> usize {
        let columns = columns(&line[..indent]);
        while self.admonitions.last().is_some_and(|header| columns < header + 4) {
            self.admonitions.pop();
        }
        for &header in &self.admonitions {
            // With tabs, the marker takes one's place.
            if line[..indent].contains('\t') {
                if let Some(byte) = self.out[start..start + indent].iter_mut().find(|byte| **byte == b'\t') {
                    *byte = b'>';
                }
            } else {
                self.out[start + header] = b'>';
            }
        }
        columns
    }

    /// Skips a code fence that opens here.
    fn fence(&mut self, content: usize, end: usize) -> bool {
        let rest = &self.text[content..end];
        let rest = rest[quoted(rest)..].trim_start();
        let rest = if is_item(rest) {
            rest.trim_start_matches(|c: char| c.is_ascii_digit()).get(1..).unwrap_or_default().trim_start()
        } else {
            rest
        };
        let Some(mark) = rest.chars().next().filter(|c| matches!(c, '`' | '~')) else { return false };
        let length = rest.chars().take_while(|c| *c == mark).count();
        if length < 3 || (mark == '`' && rest[length..].contains('`')) {
            return false;
        }
        let mut at = end + 1;
        while at < self.bytes.len() {
            let line_end = self.line_end(at);
            let line = &self.text[at..line_end];
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            self.quote_in_fence(at, indent);
            let inside = &line[indent..];
            let inside = inside[quoted(inside)..].trim();
            if matches!(inside, "{% raw %}" | "{% endraw %}") {
                self.hide(at + indent..line_end, Mark::Nothing);
            }
            at = line_end + 1;
            if inside.len() >= length && inside.chars().all(|c| c == mark) {
                break;
            }
        }
        self.previous = Line { in_list: self.previous.in_list, ..Line::default() };
        self.at = at.min(self.bytes.len());
        true
    }

    fn quote_in_fence(&mut self, start: usize, indent: usize) {
        for &header in self.admonitions.iter().filter(|header| **header + 4 <= indent) {
            if self.out[start + header] == b' ' {
                self.out[start + header] = b'>';
            }
        }
    }

    /// Where an import or export of MDX ends: with its line, or with the line before the next blank one.
    fn import_end(&mut self, start: usize, end: usize) -> usize {
        let line = self.text[start..end].trim();
        let open = |text: &str| text.matches(['{', '(', '[']).count() > text.matches(['}', ')', ']']).count();
        if line.starts_with("import") && !open(line) { end } else { self.paragraph_end() }
    }

    /// A second block of front matter at the very beginning.
    fn metadata(&mut self) {
        static ENTRIES: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^\s*---[ \t]*\n(?:[A-Za-z_-]+:[^\n]*\n|[ \t]+[^\n]*\n|- [^\n]*\n)+---[ \t]*(?:\n|$)")
                .expect("a valid pattern")
        });
        if let Some(found) = ENTRIES.find(&self.text[self.at..]) {
            let end = self.at + found.end();
            self.hide(self.at..end, Mark::Nothing);
            self.at = end;
        }
    }

    // --- within lines

    /// Skips a code span: what stands in it shows as it is.
    fn code_span(&mut self) {
        /// Longer runs of backticks open nothing.
        const MOST: usize = 32;
        let length = self.bytes[self.at..].iter().take_while(|byte| **byte == b'`').count();
        let from = self.at + length;
        let to = self.paragraph_end().max(from);
        let run = "`".repeat(length.min(MOST));
        let mut at = from;
        while let Some(start) = self.find(&run, at, to) {
            let found = self.bytes[start..].iter().take_while(|byte| **byte == b'`').count();
            at = start + found;
            if found == length {
                for tag in ["{% raw %}", "{% endraw %}"] {
                    if let Some(found) = self.text[from..start].find(tag) {
                        self.hide(from + found..from + found + tag.len(), Mark::Nothing);
                    }
                }
                self.at = at;
                return;
            }
        }
        self.at = from;
    }

    /// Masks the marks of `** strong **`, which markdown doesn't take for what it is meant to be.
    fn strong(&mut self) {
        let at = self.at;
        self.at = at + 2;
        if at < self.strong_end || self.bytes.get(at + 2) == Some(&b'*') {
            return;
        }
        let line_end = self.line_end(at);
        let Some(close) = self.find("**", at + 2, line_end) else { return };
        self.strong_end = close + 2;
        let inside = &self.text[at + 2..close];
        if inside.trim().len() < inside.len() && !inside.trim().is_empty() {
            self.hide(at..at + 2, Mark::Nothing);
            self.hide(close..close + 2, Mark::Nothing);
        }
    }

    /// Masks the marks of `==marked==`, which many engines know and CommonMark does not; comparisons stay as they are.
    fn marked(&mut self) {
        let at = self.at;
        let run = self.bytes[at..].iter().take_while(|byte| **byte == b'=').count();
        self.at = at + run;
        let begins = !self.text[..at].ends_with(char::is_alphanumeric) && !self.text[at + run..].starts_with(char::is_whitespace);
        if run != 2 || !begins {
            return;
        }
        let line_end = self.line_end(at);
        let Some(close) = self.find("==", at + 2, line_end).filter(|close| *close > at + 2) else { return };
        let after = &self.text[close + 2..];
        let ends =
            !self.text[..close].ends_with(char::is_whitespace) && !after.starts_with(|c: char| c == '=' || c.is_alphanumeric());
        if ends {
            self.hide(at..at + 2, Mark::Nothing);
            self.hide(close..close + 2, Mark::Nothing);
        }
    }

    fn brace(&mut self) {
        let (at, rest) = (self.at, &self.text[self.at..]);
        if at < self.raw_until && !rest.starts_with("{% endraw") {
            self.at += 1;
            return;
        }
        let hidden = if rest.starts_with("{{") {
            self.expression()
        } else if rest.starts_with("{%") {
            self.liquid()
        } else if rest.starts_with("{/*") {
            let to = self.paragraph_end();
            self.find("*/}", at, to).map(|end| at..end + 3)
        } else {
            let found = ATTRIBUTES.find(&rest[..self.line_end(at) - at]).filter(|found| self.is_attributes(found.as_str()));
            match found.map(|found| at..at + found.end()) {
                None if self.mdx => self.mdx(),
                found => found,
            }
        };
        match hidden {
            Some(range) => {
                self.at = range.end;
                if self.bytes[range.start..].starts_with(b"{{") || self.bytes[range.start..].starts_with(b"{%") {
                    self.keep_caption(range);
                } else {
                    self.hide(range, Mark::Nothing);
                }
            }
            None => self.at = self.at.max(at + 1),
        }
    }

    /// Whether `{…}` here gives attributes to what stands before it or to its paragraph.
    fn is_attributes(&self, found: &str) -> bool {
        let at = self.at;
        let before = self.out[..at].trim_ascii_end();
        let line_start = self.text[..at].rfind('\n').map_or(0, |start| start + 1);
        let own_line = self.text[line_start..at].trim_matches([' ', '\t', '>']).is_empty();
        let after = self.text[at + found.len()..].chars().next();
        let ends = matches!(after, None | Some('\n' | ' ' | '\r'));
        let heading = self.text[line_start..at].trim_start().starts_with('#');
        found.starts_with("{:")
            || (found.len() > 2 && before.ends_with(b")") && before.len() == at)
            || (at > 0 && self.marks[at - 1].is_some())
            || (ends && (own_line || heading || found.starts_with("{#")))
            || matches!(found, "{' '}" | "{\" \"}")
    }

    /// A figure's caption stays when its shortcode goes.
    fn keep_caption(&mut self, range: Range<usize>) {
        let tag = &self.text[range.clone()];
        let caption = if tag.contains("fig") || tag.contains("im") { attribute(tag, "caption") } else { None };
        let caption = caption.map(|(_, place)| place.start + range.start..place.end + range.start);
        match caption {
            Some(caption) if caption.len() > 1 => {
                self.hide(range.start..caption.start, Mark::Break);
                self.marks[caption.start - 1] = Some(Mark::Caption);
                self.hide(caption.end..range.end, Mark::Break);
            }
            _ => self.hide(range, Mark::Nothing),
        }
    }

    /// `{{< shortcode >}}`, `{{% shortcode %}}`, `{{ expression }}`.
    fn expression(&mut self) -> Option<Range<usize>> {
        let at = self.at;
        if self.bytes[..at].ends_with(b"$") {
            self.at = at + 2;
            return None;
        }
        let to = self.paragraph_end();
        let close = self.find("}}", at + 2, to)?;
        let end = close + 2 + usize::from(self.bytes.get(close + 2) == Some(&b'}') && self.bytes[at + 2] == b'{');
        let inside = &self.text[at + 2..close];
        let escaped = inside.strip_prefix(['<', '%']).and_then(|rest| rest.trim_start().strip_prefix("/*"));
        if escaped.is_some_and(|rest| rest.contains("*/")) {
            // `{{</* name */>}}` shows as `{{< name >}}`.
            for slash in ["/*", "*/"] {
                let found = at + 2 + inside.find(slash).unwrap_or(0);
                self.hide(found..found + 2, Mark::Nothing);
            }
            self.at = end;
            return None;
        }
        let name = inside.trim_matches(['<', '%', '-', ' ', '\n']).split_whitespace().next().unwrap_or_default();
        if inside.starts_with(['<', '%']) && !inside.trim_end_matches(['>', '%', ' ']).ends_with('/') {
            let content = match name {
                "highlight" | "code" => Some(true),
                "comment" | "mermaid" | "plantuml" | "goat" | "chart" => Some(false),
                _ => None,
            };
            if let Some(code) = content {
                return Some(at..self.paired_shortcode(name, end, code).unwrap_or(end));
            }
        }
        Some(at..end)
    }

    /// Where a pair of shortcodes ends whose content is code, or not seen at all.
    fn paired_shortcode(&mut self, name: &str, from: usize, code: bool) -> Option<usize> {
        let forms = [
            format!("{{{{< /{name}"),
            format!("{{{{% /{name}"),
            format!("{{{{</{name}"),
            format!("{{{{%/{name}"),
            format!("{{{{</ {name}"),
        ];
        let close = forms.iter().filter_map(|form| self.find(form, from, self.bytes.len())).min()?;
        let end = self.find("}}", close, self.line_end(close)).map_or(close, |at| at + 2);
        if code {
            self.verbatim.push(Verbatim { span: from..close, html: false });
        }
        Some(end)
    }

    /// `{% tag %}`.
    fn liquid(&mut self) -> Option<Range<usize>> {
        let at = self.at;
        let to = self.paragraph_end();
        let end = self.find("%}", at + 2, to)? + 2;
        let name = self.text[at + 2..end - 2].trim_matches(['-', ' ', '\n']).split_whitespace().next().unwrap_or_default();
        let close = |name: &str| match name {
            "raw" => Some(("endraw", None)),
            "highlight" => Some(("endhighlight", Some(true))),
            "comment" => Some(("endcomment", Some(false))),
            "mermaid" => Some(("endmermaid", Some(false))),
            _ => None,
        };
        let Some((closing, content)) = close(name) else { return Some(at..end) };
        let mut from = end;
        let found = loop {
            let Some(found) = self.find(closing, from, self.bytes.len()) else { break None };
            let opening = self.text[..found].trim_end_matches(['-', ' ']);
            if opening.ends_with("{%") {
                break Some(opening.len() - 2);
            }
            from = found + closing.len();
        };
        let Some(close) = found else {
            self.missing.insert(closing.to_owned(), end..self.bytes.len());
            return Some(at..end);
        };
        let Some(code) = content else {
            self.raw_until = close;
            return Some(at..end);
        };
        let to = self.find("%}", close, self.line_end(close)).map_or(close, |at| at + 2);
        if code {
            self.verbatim.push(Verbatim { span: end..close, html: false });
        }
        Some(at..to)
    }

    // --- tags

    fn angle(&mut self) {
        let at = self.at;
        let rest = &self.text[at..];
        if rest.starts_with("<!--") {
            return self.comment();
        }
        let line_end = self.line_end(at);
        if let Some(found) = MORE.find(&self.text[at..line_end]).filter(|found| found.start() == 0) {
            let end = at + found.end();
            self.hide(at..end, Mark::Nothing);
            self.at = end;
            return;
        }
        if rest.starts_with("<>") || rest.starts_with("</>") {
            self.at = at + rest.find('>').unwrap_or(0) + 1;
            return self.hide(at..self.at, Mark::Nothing);
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            let to = self.paragraph_end();
            match self.find(">", at, to) {
                Some(end) => {
                    self.hide(at..end + 1, Mark::Nothing);
                    self.at = end + 1;
                }
                None => self.at = at + 1,
            }
            return;
        }
        let closing = rest.starts_with("</");
        let name_start = at + 1 + usize::from(closing);
        let name_end = name_start
            + self.bytes[name_start..]
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
                .count();
        let name = &self.text[name_start..name_end];
        let delimited = self.bytes.get(name_end).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'));
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !delimited {
            self.at = name_end.max(at + 1);
            return;
        }
        match self.tag_end(name_end) {
            Some(end) if self.is_element(name, closing, &self.text[name_end..end - 1]) => self.element(name, closing, at..end),
            Some(_) | None => self.at = name_end,
        }
    }

    fn comment(&mut self) {
        let at = self.at;
        let line_start = self.text[..at].rfind('\n').map_or(0, |start| start + 1);
        let opens_block = self.text[line_start..at].trim().is_empty();
        let end = if self.text[at..].starts_with("<!-->") {
            Some(at + 5)
        } else {
            self.find("-->", at + 4, self.bytes.len()).map(|end| end + 3)
        };
        let end = match end {
            Some(end) => end,
            // A browser looks for the end until the page's.
            None if opens_block => self.bytes.len(),
            None => at + 4,
        };
        self.hide(at..end, Mark::Nothing);
        self.at = end;
    }

    /// The byte after the `>` of a tag whose name ends here: values in quotation marks, and expressions in braces, may hold one.
    fn tag_end(&mut self, from: usize) -> Option<usize> {
        let to = self.paragraph_end();
        let mut at = from;
        let mut depth = 0_usize;
        while at < to {
            match self.bytes[at] {
                b'>' if depth == 0 => return Some(at + 1),
                b'<' if depth == 0 => return None,
                quote @ (b'"' | b'\'')
                    if depth > 0 || self.bytes[..at].ends_with(b"=") || self.bytes[..at].trim_ascii_end().ends_with(b"=") =>
                {
                    let mark = if quote == b'"' { "\"" } else { "'" };
                    at = self.find(mark, at + 1, to)?;
                }
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Whether a name in angle brackets is an element's: HTML's own, a component's, or one with attributes or a closing tag.
    /// Anything else (`<file>`) is a placeholder.
    fn is_element(&self, name: &str, closing: bool, attributes: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let component = name.starts_with(|c: char| c.is_ascii_uppercase()) && name != name.to_ascii_uppercase();
        closing
            || component
            || ELEMENTS.contains(lower.as_str())
            || attributes.contains('=')
            || attributes.ends_with('/')
            || self.closed.contains(&lower)
    }

    fn element(&mut self, name: &str, closing: bool, tag: Range<usize>) {
        let lower = name.to_ascii_lowercase();
        let written = &self.text[tag.clone()];
        self.at = tag.end;
        let whole = written.ends_with("/>");
        let component = name.starts_with(|c: char| c.is_ascii_uppercase()) && name != name.to_ascii_uppercase();
        let unseen = UNSEEN.contains(&lower.as_str()) && !component
            || written.contains("mermaid") && matches!(lower.as_str(), "pre" | "div");
        if unseen && !closing && !whole {
            let end = match self.closing(&lower, tag.end) {
                Some(close) => close.end,
                None if matches!(lower.as_str(), "script" | "style") => self.bytes.len(),
                None => tag.end,
            };
            self.hide(tag.start..end, Mark::Break);
            self.at = end;
            return;
        }
        if lower == "pre"
            && !closing
            && let Some(close) = self.closing("pre", tag.end)
        {
            self.verbatim.push(Verbatim { span: tag.end..close.start, html: true });
            self.hide(tag.start..close.end, Mark::Break);
            self.at = close.end;
            return;
        }
        let mark = mark_of(&lower, closing);
        if mark == Mark::Nothing && !component {
            return self.hide(tag, Mark::Nothing);
        }
        if matches!(mark, Mark::Break | Mark::Item | Mark::Row | Mark::Cell) {
            self.open_blocks = if closing {
                self.open_blocks.saturating_sub(1)
            } else {
                self.open_blocks + usize::from(!whole && lower != "hr")
            };
            self.unindent(tag.start);
        }
        self.hide(tag, mark);
    }

    /// A line that begins with a tag of a block is no code, however far it is indented.
    fn unindent(&mut self, tag: usize) {
        let line_start = self.text[..tag].rfind('\n').map_or(0, |start| start + 1);
        if tag - line_start >= 4
            && tag - line_start < 200
            && self.out[line_start..tag].iter().all(|b| matches!(b, b' ' | b'\t'))
            && !self.previous.in_list
        {
            self.out[line_start..tag].fill(MASK);
            self.marks[line_start..tag].fill(Some(Mark::Nothing));
        }
    }
}

/// What a tag means to the words around it.
fn mark_of(name: &str, closing: bool) -> Mark {
    let pair = |open, close| if closing { close } else { open };
    match name {
        "br" => Mark::Line,
        "li" => pair(Mark::Item, Mark::Break),
        "tr" => pair(Mark::Row, Mark::Break),
        "td" | "th" => pair(Mark::Cell, Mark::Nothing),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => pair(Mark::Heading, Mark::Break),
        "a" => pair(Mark::Link, Mark::LinkEnd),
        "code" | "kbd" | "samp" | "tt" => pair(Mark::Code, Mark::CodeEnd),
        "del" | "s" | "strike" => pair(Mark::Struck, Mark::StruckEnd),
        "figcaption" | "caption" => pair(Mark::Caption, Mark::Break),
        "summary" => pair(Mark::Label, Mark::Break),
        "address" | "article" | "aside" | "blockquote" | "center" | "dd" | "details" | "div" | "dl" | "dt" | "fieldset"
        | "figure" | "footer" | "form" | "header" | "hr" | "main" | "nav" | "ol" | "p" | "pre" | "section" | "table"
        | "tbody" | "tfoot" | "thead" | "ul" => Mark::Break,
        _ => Mark::Nothing,
    }
}

/// Elements whose contents nobody reads.
const UNSEEN: [&str; 14] = [
    "audio", "canvas", "head", "iframe", "map", "noscript", "object", "script", "select", "style", "svg", "template", "textarea",
    "video",
];

/// The elements of HTML, and those of earlier days.
static ELEMENTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a abbr acronym address applet area article aside audio b base bdi bdo big blockquote body br button canvas \
     caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset \
     figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img \
     input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr noscript object ol \
     optgroup option output p param picture pre progress q rp rt ruby s samp script search section select slot \
     small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time \
     title tr track tt u ul var video wbr"
        .split_whitespace()
        .collect()
});

/// `[!NOTE]`, with the sign that folds it.
static ALERT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\[![A-Za-z]+\][+-]?").expect("a valid pattern"));

/// `*[TOTP]: Time-based one-time password`.
static ABBREVIATION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\*\[([^\[\]]+)\]:(.*)$").expect("a valid pattern"));

/// `:material-account:`, `:octicons-heart-fill-24:`.
static ICON: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^:(?:material|fontawesome|octicons|simple)(?:-[a-z0-9]+)+:").expect("a valid pattern"));

/// `[label]: address "title"`; what begins with a circumflex is a footnote.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\[([^\[\]^][^\[\]]*)\]:[ \t]*(\{\{.*\}\}\S*|\S+)[ \t]*(?:"[^"]*"|'[^']*'|\([^()]*\))?[ \t]*$"#)
        .expect("a valid pattern")
});

/// `{: .class}`, `{#id}`, `{.class key=value}`, `{ width="300" }`, `{' '}`.
static ATTRIBUTES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"^\{(?::[^{}]*|' '|" "|[ ]*(?:[#.][A-Za-z_][-\w:.]*|[-\w:]+=(?:"[^"]*"|'[^']*'|[^\s"'{}]*))(?:[ ]+(?:[#.][A-Za-z_][-\w:.]*|[-\w:]+(?:=(?:"[^"]*"|'[^']*'|[^\s"'{}]*))?))*[ ]*)\}"#,
    )
    .expect("a valid pattern")
});

/// The title in an admonition's header, `!!! note "Title"`, an empty range where it has none; `None` where it is no header.
fn admonition(line: &str) -> Option<Range<usize>> {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^(?:(?:!!!|\?\?\?\+?)[ \t]+[A-Za-z][-\w ]*|===[+!]?)(?:[ \t]*"([^"]*)")?[ \t]*$"#).expect("a valid pattern")
    });
    let found = line.starts_with(['!', '?', '=']).then(|| HEADER.captures(line)).flatten()?;
    let title = found.get(1).map(|title| title.range());
    if line.starts_with("===") && title.is_none() {
        return None;
    }
    Some(title.unwrap_or(line.len()..line.len()))
}

/// The title in `:::tip Title`, `:::tip[Title]`; an empty range at the end where it has none.
fn container_title(line: &str) -> Range<usize> {
    static HEADER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^:{3,}[ \t]*[A-Za-z][-\w]*(?:\[([^\[\]]*)\]|[ \t]+([^{}\n:]*?))?[ \t]*(?:\{[^{}]*\})?[ \t]*$")
            .expect("a valid pattern")
    });
    let title = HEADER.captures(line).and_then(|found| found.get(1).or(found.get(2)).map(|title| title.range()));
    title.filter(|title| !title.is_empty()).unwrap_or(line.len()..line.len())
}

/// The title in `/// note | Title`, and an empty one at the end of a `///` that has none; `None` for other slashes
/// (<https://facelessuser.github.io/pymdown-extensions/extensions/blocks/>).
fn block_title(line: &str) -> Option<Range<usize>> {
    static HEADER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^/{3,}[ \t]*(?:[a-z][-\w]*[ \t]*(?:\|[ \t]*(.*?))?)?[ \t]*$").expect("a valid pattern"));
    let title = HEADER.captures(line)?.get(1).map(|title| title.range());
    Some(title.filter(|title| !title.is_empty()).unwrap_or(line.len()..line.len()))
}

/// Whether a line imports or exports for MDX, and is no prose.
fn is_import(line: &str) -> bool {
    static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^(?:import\s+(?:['"]|[\w*{][^'"]*(?:\sfrom\s*['"]|\{\s*$|,\s*$))|export\s+(?:const|let|var|function|default|async|class)\b|export\s*\{)"#)
            .expect("a valid pattern")
    });
    (line.starts_with("import") || line.starts_with("export")) && IMPORT.is_match(line)
}

fn is_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let marker = line.as_bytes().get(digits);
    let spaced = matches!(line.as_bytes().get(digits + 1), Some(b' ' | b'\t') | None);
    spaced
        && if digits > 0 {
            digits < 10 && matches!(marker, Some(b'.' | b')'))
        } else {
            matches!(marker, Some(b'-' | b'*' | b'+'))
        }
}

/// Bytes of the quotation marks `> ` that a line begins with.
fn quoted(line: &str) -> usize {
    let is_mark = |c: char| matches!(c, '>' | ' ' | '\t');
    if line.starts_with('>') { line.len() - line.trim_start_matches(is_mark).len() } else { 0 }
}

/// Columns that white space takes, a tab up to the next fourth.
fn columns(space: &str) -> usize {
    space.bytes().fold(0, |at, byte| if byte == b'\t' { at / 4 * 4 + 4 } else { at + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left to see, with one blank for each gap.
    fn seen(text: &str, mdx: bool) -> String {
        let masked = mask_as(text, 0, mdx);
        let shown = text.char_indices().map(|(at, letter)| if masked.marks[at].is_some() { ' ' } else { letter });
        shown.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn expressions_of_mdx_are_no_words() {
        for (text, expected) in [
            ("a {1 + 1} b {props.name}.", "a b ."),
            ("a {`template ${x}`} b", "a b"),
            ("a {list.map((x) => ({y: '}'}))} b", "a b"),
            ("a {\"in words\"} b {' '} c", "a in words b c"),
            ("a \\{kept} and `{code}` b", "a \\{kept} and `{code}` b"),
            ("an { open brace", "an { open brace"),
        ] {
            assert_eq!(seen(text, true), expected);
        }
        assert_eq!(seen("a {1 + 1} b", false), "a {1 + 1} b");
    }

    #[test]
    fn marked_words_are_seen_without_their_marks_and_comparisons_stay() {
        for (text, expected) in [
            ("a ==marked words== b and ==c==, d.", "a marked words b and c , d."),
            ("pin foo==1.0 bar==2.0", "pin foo==1.0 bar==2.0"),
            ("if a == b or c == d", "if a == b or c == d"),
            ("==a==b and ====", "==a==b and ===="),
            ("`==code==` and ==open", "`==code==` and ==open"),
        ] {
            assert_eq!(seen(text, false), expected);
        }
    }

    #[test]
    fn snippets_and_icons_of_mkdocs_are_no_words() {
        for (text, expected) in [
            ("a\n\n--8<-- \"snippet.md\"\n\nb\n", "a b"),
            ("a\n\n--8<--\none.md\ntwo.md\n--8<--\n\nb\n", "a b"),
            ("/// note | A title\nb\n///\n", "A title b"),
            ("///\nb\n///\n", "b"),
            ("/// not a block, but\nb\n", "/// not a block, but b"),
            ("a\n\n* TOC\n{:toc}\n\nb\n", "a b"),
            (":material-account: [Join](https://x.org){ .md-button }", "[Join](https://x.org)"),
            (":octicons-heart-fill-24:{ .heart } love", "love"),
            ("at 10:30: see :smile: and a:b", "at 10:30: see :smile: and a:b"),
        ] {
            assert_eq!(seen(text, false), expected);
        }
    }
}

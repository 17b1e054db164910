//! Running text: what a reader sees of a paragraph, item or cell, letter by letter with its place in the source.

use std::ops::Range;

use super::address::href;
use super::mask::Mark;
use super::sentence::{Link, Opening, Sentence, SentenceKind, addresses, has_words, split};

/// A letter of the plain text: where it stands there, and what it is in the source.
#[derive(Clone, Debug)]
struct Letter {
    at: usize,
    source: Range<usize>,
}

/// Sentences between two marks.
pub(super) struct Cut {
    /// What began them; [`Mark::Break`] where nothing in particular did.
    pub mark: Mark,
    /// Where the mark stands.
    pub source: usize,
    pub sentences: Vec<Sentence>,
}

/// The running text that is being read.
pub(super) struct Run<'a> {
    text: &'a str,
    marks: &'a [Option<Mark>],
    plain: String,
    letters: Vec<Letter>,
    links: Vec<Link>,
    code: Vec<Range<usize>>,
    /// Emphasis, links and code spans, in the source.
    containers: Vec<Range<usize>>,
    /// Where in the plain text something begins, what it is, and where it stands in the source.
    cuts: Vec<(usize, Mark, usize)>,
    /// Links that are open: where their text begins in the plain text, their address, and their bytes.
    open_links: Vec<(usize, String, Range<usize>)>,
    /// Where code of HTML began.
    open_code: Option<usize>,
    /// How many images and struck-out texts are open.
    hidden: usize,
    /// Whether HTML strikes out what follows.
    struck: bool,
    /// Whether a line of HTML ended, and nothing was seen since.
    line_ended: bool,
    /// Bytes of what is strong.
    strong: Vec<Range<usize>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(text: &'a str, marks: &'a [Option<Mark>]) -> Self {
        Self {
            text,
            marks,
            plain: String::new(),
            letters: Vec::new(),
            links: Vec::new(),
            code: Vec::new(),
            containers: Vec::new(),
            cuts: Vec::new(),
            open_links: Vec::new(),
            open_code: None,
            hidden: 0,
            struck: false,
            line_ended: false,
            strong: Vec::new(),
        }
    }

    /// Takes the words of a piece of the source. Where they are not the source's own (an entity), each stands for all of it.
    pub(super) fn text(&mut self, words: &str, masked: &str, span: Range<usize>) {
        let own = words == masked;
        for (at, letter) in words.char_indices() {
            let source = if own { span.start + at..span.start + at + letter.len_utf8() } else { span.clone() };
            match self.marks[source.start] {
                Some(mark) => self.mark(mark, source.start),
                None => self.push(letter, source),
            }
        }
    }

    fn mark(&mut self, mark: Mark, source: usize) {
        match mark {
            Mark::Nothing => {}
            Mark::Line if self.line_ended => self.cut(Mark::Break, source),
            Mark::Line => {
                self.push(' ', source..source);
                self.line_ended = true;
            }
            Mark::Cell if self.cuts.last().is_some_and(|(_, mark, _)| *mark == Mark::Row) => self.cell(source),
            Mark::Cell => self.cut(Mark::Break, source),
            Mark::Link => {
                let tag = self.tag(source);
                self.open_links.push((self.plain.len(), href(&self.text[tag.clone()]), tag));
            }
            Mark::LinkEnd => {
                let end = self.tag(source).end;
                if let Some((.., span)) = self.open_links.last_mut() {
                    span.end = end;
                }
                self.end_link();
            }
            Mark::Code => self.open_code = Some(self.plain.len()),
            Mark::CodeEnd => {
                let code = self.open_code.take().map(|start| start..self.plain.len());
                self.code.extend(code.filter(|code| !code.is_empty()));
            }
            Mark::Struck => self.struck = true,
            Mark::StruckEnd => self.struck = false,
            Mark::Break | Mark::Item | Mark::Row | Mark::Heading | Mark::Label | Mark::Caption => self.cut(mark, source),
        }
    }

    /// The bytes of the tag that begins here.
    fn tag(&self, source: usize) -> Range<usize> {
        source..self.text[source..].find('>').map_or(self.text.len(), |end| source + end + 1)
    }

    fn cut(&mut self, mark: Mark, source: usize) {
        self.cuts.push((self.plain.len(), mark, source));
        self.line_ended = false;
    }

    fn push(&mut self, letter: char, source: Range<usize>) {
        if self.hidden > 0 || self.struck || is_invisible(letter) {
            return;
        }
        let letter = if letter.is_whitespace() { ' ' } else { letter };
        if letter == ' ' && (self.plain.is_empty() || self.plain.ends_with(' ')) {
            return;
        }
        if letter != ' ' {
            self.line_ended = false;
        }
        self.letters.push(Letter { at: self.plain.len(), source });
        self.plain.push(letter);
    }

    pub(super) fn space(&mut self, span: Range<usize>) {
        self.push(' ', span);
    }

    /// Takes a code span, backticks and all.
    pub(super) fn code(&mut self, span: Range<usize>) {
        let ticks = self.text[span.clone()].bytes().take_while(|byte| *byte == b'`').count();
        let inside = span.start + ticks..span.end.saturating_sub(ticks).max(span.start + ticks);
        let start = self.plain.len();
        let text = self.text;
        let shown = super::sentence::trimmed(text, inside);
        for (at, letter) in text[shown.clone()].char_indices() {
            let at = shown.start + at;
            if self.marks[at].is_none() {
                self.push(letter, at..at + letter.len_utf8());
            }
        }
        self.contain(span);
        if self.plain.len() > start {
            self.code.push(start..self.plain.len());
        }
    }

    pub(super) fn contain(&mut self, span: Range<usize>) {
        self.containers.push(span);
    }

    pub(super) fn strong(&mut self, span: Range<usize>) {
        self.strong.push(span.clone());
        self.contain(span);
    }

    /// Struck out is what stands between two tildes; one is a letter.
    pub(super) fn strike(&mut self, span: Range<usize>) {
        if self.text[span.clone()].starts_with("~~") {
            self.hidden += 1;
        } else {
            self.push('~', span.start..span.start + 1);
        }
    }

    pub(super) fn end_strike(&mut self, span: Range<usize>) {
        if self.text[span.clone()].starts_with("~~") {
            self.hidden = self.hidden.saturating_sub(1);
        } else {
            self.push('~', span.end - 1..span.end);
        }
    }

    pub(super) fn image(&mut self, span: Range<usize>) {
        self.hidden += 1;
        self.contain(span);
    }

    pub(super) fn end_image(&mut self) {
        self.hidden = self.hidden.saturating_sub(1);
    }

    pub(super) fn link(&mut self, url: String, span: Range<usize>) {
        self.open_links.push((self.plain.len(), url, span));
    }

    pub(super) fn end_link(&mut self) {
        let Some((start, url, span)) = self.open_links.pop() else { return };
        self.contain(span);
        let start = start + (self.plain[start..].len() - self.plain[start..].trim_start().len());
        let text = start..self.plain.trim_end().len();
        if text.start < text.end && !url.is_empty() {
            self.links.push(Link { text, url });
        }
    }

    /// Separates the cells of a row.
    pub(super) fn cell(&mut self, at: usize) {
        let row = self.cuts.last().map_or(0, |(at, ..)| *at);
        if self.plain.len() > row && !self.plain[row..].trim().is_empty() {
            for letter in " | ".chars() {
                self.push(letter, at..at);
            }
        }
    }

    /// The words so far; the run begins anew.
    pub(super) fn take_plain(&mut self) -> String {
        let plain = std::mem::take(&mut self.plain);
        *self = Self::new(self.text, self.marks);
        plain.trim().to_owned()
    }

    /// The words that stand before a byte of the source; the run goes on with those behind.
    pub(super) fn take_plain_before(&mut self, source: usize) -> String {
        let count = self.letters.partition_point(|letter| letter.source.start < source);
        let cut = self.letters.get(count).map_or(self.plain.len(), |letter| letter.at);
        let plain = self.plain[..cut].trim().to_owned();
        self.plain.drain(..cut);
        self.letters.drain(..count);
        self.letters.iter_mut().for_each(|letter| letter.at -= cut);
        let behind = |range: &Range<usize>| range.start >= cut;
        self.links.retain(|link| behind(&link.text));
        self.links.iter_mut().for_each(|link| link.text = link.text.start - cut..link.text.end - cut);
        self.code.retain(behind);
        self.code.iter_mut().for_each(|code| *code = code.start - cut..code.end - cut);
        self.cuts.retain(|(at, ..)| *at >= cut);
        self.cuts.iter_mut().for_each(|(at, ..)| *at -= cut);
        plain
    }

    /// The run as a row of a table that takes these bytes.
    pub(super) fn take_row(&mut self, span: Range<usize>) -> Option<Sentence> {
        let run = std::mem::replace(self, Self::new(self.text, self.marks));
        let all = super::sentence::trimmed(&run.plain, 0..run.plain.len());
        has_words(&run.plain).then(|| Sentence { span, kind: SentenceKind::Row, opening: Opening::Line, ..run.sentence(all) })
    }

    /// The run in sentences, cut at its marks; it begins anew.
    pub(super) fn take_cut(&mut self) -> Vec<Cut> {
        let mut run = std::mem::replace(self, Self::new(self.text, self.marks));
        if run.letters.is_empty() {
            return Vec::new();
        }
        run.containers.sort_by_key(|container| container.end);
        let ends = std::mem::take(&mut run.containers);
        let mut starts = ends.clone();
        starts.sort_by_key(|container| container.start);
        let mut marks = vec![(0, Mark::Break, run.letters[0].source.start)];
        marks.append(&mut run.cuts);
        let mut cuts: Vec<Cut> = Vec::new();
        let mut places = Places { run: &run, ends: &ends, starts: &starts, end: 0 };
        let next = marks.iter().skip(1).map(|(at, ..)| *at).chain([run.plain.len()]);
        for (&(start, mark, source), end) in marks.iter().zip(next) {
            let sentences = run.sentences(start..end, mark).into_iter().map(|range| places.of(range)).collect();
            cuts.push(Cut { mark, source, sentences });
        }
        cuts.retain(|cut| !cut.sentences.is_empty());
        cuts
    }

    /// Sentences within a part of the plain text; a row is one.
    fn sentences(&self, part: Range<usize>, mark: Mark) -> Vec<Range<usize>> {
        let plain = &self.plain[part.clone()];
        if !has_words(plain) {
            return Vec::new();
        }
        if mark == Mark::Row {
            return vec![super::sentence::trimmed(&self.plain, part)];
        }
        let inside = |range: &Range<usize>| {
            (range.start >= part.start && range.end <= part.end).then(|| range.start - part.start..range.end - part.start)
        };
        let from = self.code.partition_point(|code| code.start < part.start);
        let code: Vec<_> = self.code[from..].iter().take_while(|code| code.start < part.end).filter_map(inside).collect();
        let from = self.links.partition_point(|link| link.text.start < part.start);
        let links: Vec<_> = self.links[from..]
            .iter()
            .take_while(|link| link.text.start < part.end)
            .filter_map(|link| inside(&link.text))
            .collect();
        split(plain, &code, &links).into_iter().map(|range| range.start + part.start..range.end + part.start).collect()
    }

    /// A part of the plain text as a sentence; its span is that of its letters.
    fn sentence(&self, range: Range<usize>) -> Sentence {
        let (first, last) = self.letters_of(&range);
        let part = |part: &Range<usize>| {
            let (start, end) = (part.start.max(range.start), part.end.min(range.end));
            (start < end).then(|| start - range.start..end - range.start)
        };
        let plain = self.plain[range.clone()].to_owned();
        let from = self.links.partition_point(|link| link.text.end <= range.start);
        let mut links: Vec<Link> = self.links[from..]
            .iter()
            .take_while(|link| link.text.start < range.end)
            .filter_map(|link| Some(Link { text: part(&link.text)?, url: link.url.clone() }))
            .collect();
        let from = self.code.partition_point(|code| code.end <= range.start);
        let code = self.code[from..].iter().take_while(|code| code.start < range.end).filter_map(part).collect();
        links.extend(bare_links(&plain, &links));
        links.sort_by_key(|link| link.text.start);
        let span = self.letters[first].source.start..self.letters[last].source.end;
        let strong = self.strong.partition_point(|strong| strong.start <= span.start);
        let strong = strong > 0 && span.end <= self.strong[strong - 1].end;
        let kind = if strong && self.is_label(&range) { SentenceKind::Label } else { SentenceKind::Prose };
        Sentence { span, plain, kind, links, code, ..Sentence::default() }
    }

    /// Whether a strong text stands by itself, as a heading does.
    fn is_label(&self, range: &Range<usize>) -> bool {
        /// More words are a statement.
        const MOST: usize = 8;
        let alone = !has_words(&self.plain[..range.start]) && !has_words(&self.plain[range.end..]);
        let words = &self.plain[range.clone()];
        alone && words.split_whitespace().count() <= MOST && !words.ends_with(['.', '!', '?']) && self.links.is_empty()
    }

    /// The first and the last letter of a part of the plain text.
    fn letters_of(&self, range: &Range<usize>) -> (usize, usize) {
        let first = self.letters.partition_point(|letter| letter.at < range.start);
        let last = self.letters.partition_point(|letter| letter.at < range.end).saturating_sub(1);
        (first.min(self.letters.len() - 1), last.max(first.min(self.letters.len() - 1)))
    }
}

/// Finds the bytes of one sentence after the other: its letters, with the marks of emphasis, links and code around them.
struct Places<'a, 'b> {
    run: &'b Run<'a>,
    /// Containers by their ends.
    ends: &'b [Range<usize>],
    /// Containers by their starts.
    starts: &'b [Range<usize>],
    /// Where the sentence before ends.
    end: usize,
}

impl Places<'_, '_> {
    fn of(&mut self, range: Range<usize>) -> Sentence {
        let mut sentence = self.run.sentence(range.clone());
        let (_, last) = self.run.letters_of(&range);
        let next = self.run.letters[last + 1..].iter().find(|letter| !self.run.plain[letter.at..].starts_with(' '));
        let next = next.map_or(usize::MAX, |letter| letter.source.start);
        let Range { start, end } = sentence.span;
        let opening = self.starts.partition_point(|container| container.start < self.end);
        let opens = |container: &&Range<usize>| container.end > start;
        let start =
            self.starts[opening..].iter().take_while(|container| container.start < start).find(opens).map_or(start, |c| c.start);
        let closing = self.ends.partition_point(|container| container.end <= end);
        let closes = |container: &&Range<usize>| container.start < end;
        let end = self.ends[closing..]
            .iter()
            .take_while(|container| container.end <= next)
            .filter(closes)
            .last()
            .map_or(end, |c| c.end);
        sentence.span = start.max(self.end)..end;
        self.end = end;
        sentence
    }
}

/// Links for the addresses that stand in a plain text by themselves.
pub(super) fn bare_links(plain: &str, known: &[Link]) -> Vec<Link> {
    let is_known =
        |address: &Range<usize>| known.iter().any(|link| link.text.start < address.end && address.start < link.text.end);
    let bare = addresses(plain).filter(|address| !is_known(address) && plain[address.clone()].starts_with("http"));
    bare.map(|address| Link { url: plain[address.clone()].to_owned(), text: address }).collect()
}

/// Characters that take no place: soft hyphens, marks of direction, spaces of no width. Joiners belong to their letters.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || c.is_control() && !c.is_whitespace()
}

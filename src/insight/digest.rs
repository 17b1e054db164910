//! What was asked in a time, and what the posts don't say: a value, and how it reads in a room.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::answer::{Engine, Verdict};
use crate::corpus::Corpus;
use crate::render::{Block, Span, day};

use super::kept::{Kept, Place, message};
use super::marks::Standing;
use super::store::{Store, StoreError};
use super::themes::{Scope, Theme, themes_of};

/// What was asked in a time, and what the posts don't say.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// When the time began.
    pub from: Timestamp,
    /// When it ended.
    pub to: Timestamp,
    /// What became of its questions.
    pub counts: Counts,
    /// Groups of like questions without a good answer, the largest first, of all that is kept; those that were marked are left out.
    pub groups: Vec<Asked>,
    /// How many groups there are besides, those left out that were marked.
    pub more_groups: usize,
    /// What posts have come to answer in the time.
    pub found: Vec<NowAnswered>,
    /// The passages that answers cited most in the time, with how often.
    pub most_cited: Vec<(Place, usize)>,
    /// Titles of posts that no answer that is kept has cited, the oldest first.
    pub never_cited: Vec<String>,
    /// How many posts there are.
    pub posts: usize,
    /// Posts that say otherwise than newer ones where both were cited.
    pub outdated: Vec<Outdated>,
}

/// What became of questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub asked: usize,
    /// Answered.
    pub answered: usize,
    /// Given the nearest passage.
    pub nearest: usize,
    /// Not in the posts.
    pub not_in_posts: usize,
    /// With answers, of whatever kind, that more people voted down than up.
    pub voted_down: usize,
}

/// A group of like questions.
#[derive(Clone, derive_more::Debug, PartialEq)]
pub struct Asked {
    /// A typical wording.
    #[debug(skip)]
    pub text: String,
    /// How often it was asked, in all the time that is kept.
    pub count: usize,
    /// How often in the digest's time.
    pub now: usize,
    /// How often in the time of the same length before.
    pub before: usize,
    /// How often since it was marked as done; 0 where it was not.
    pub again: usize,
    /// The passage nearest to the typical wording.
    pub nearest: Option<Place>,
    /// Links to the messages that asked it last, up to [`MOST_LINKS`].
    pub messages: Vec<String>,
}

/// A question that a post has come to answer.
#[derive(Clone, derive_more::Debug, PartialEq)]
pub struct NowAnswered {
    /// The question.
    #[debug(skip)]
    pub text: String,
    /// What answers it.
    pub place: Place,
    /// A link to the message that asked it.
    pub message: String,
}

/// A post that says otherwise than a newer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outdated {
    /// The older post's title.
    pub old: String,
    /// The newer one's.
    pub new: String,
    /// In how many answers.
    pub count: usize,
}

/// Groups that are told.
pub const MOST_GROUPS: usize = 10;
/// Links to messages that are told of a group.
pub const MOST_LINKS: usize = 3;
/// Lines of a digest in plain text, with the empty ones between its parts.
pub const MOST_LINES: usize = 25;
/// What else is told of each kind: all of it with [`MOST_GROUPS`] stays within [`MOST_LINES`].
const MOST_FOUND: usize = 3;
const MOST_CITED: usize = 3;
const MOST_UNNEEDED: usize = 3;
const MOST_OUTDATED: usize = 2;
/// A question is told up to here, in characters.
const TOLD_CHARS: usize = 100;

/// The digest of a store: of an engine's posts, with its encoder where it has one.
///
/// # Errors
/// [`StoreError`] where the store can't be read.
pub fn digest(store: &mut Store, engine: &Engine, scope: &Scope<'_>) -> Result<Digest, StoreError> {
    let mut questions = store.questions()?;
    questions.retain(|kept| (scope.rooms)(&kept.said.room));
    let themes = themes_of(store, &questions, engine)?;
    Ok(Digest::of(&questions, &themes, engine.corpus(), scope))
}

impl Digest {
    /// The digest of questions and the groups of those without a good answer.
    pub fn of(questions: &[Kept], themes: &[Theme<'_>], corpus: &Corpus, scope: &Scope<'_>) -> Self {
        let (from, to) = (scope.now - scope.period, scope.now);
        let within = |at: Timestamp| from < at && at <= to;
        let recent: Vec<&Kept> = questions.iter().filter(|kept| within(kept.hour)).collect();
        let mut sorted: Vec<Asked> = themes.iter().filter(|theme| theme.is_told()).map(|theme| Asked::of(theme, scope)).collect();
        sorted.sort_by_key(|group| Reverse((group.count, group.now)));
        let more_groups = sorted.len().saturating_sub(MOST_GROUPS);
        sorted.truncate(MOST_GROUPS);
        Self {
            from,
            to,
            counts: Counts::of(&recent),
            groups: sorted,
            more_groups,
            found: found(questions, &within),
            most_cited: most_cited(&recent),
            never_cited: never_cited(questions, corpus),
            posts: corpus.posts.len(),
            outdated: outdated(questions),
        }
    }

    /// How it reads in a room: at most [`MOST_LINES`] lines.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::text(self.headline())];
        if !self.groups.is_empty() {
            let more = if self.more_groups > 0 { format!(" ({} more)", self.more_groups) } else { String::new() };
            blocks.push(Block::text(format!("Asked without a good answer, most often first{more}:")));
            blocks.push(Block::List(self.groups.iter().map(|group| group.line(&self.times())).collect()));
        }
        let others = self.others();
        if !others.is_empty() {
            blocks.push(Block::List(others));
        }
        blocks
    }

    fn headline(&self) -> String {
        let date = |at: Timestamp| day(at.to_zoned(TimeZone::UTC).date());
        let Counts { asked, answered, nearest, not_in_posts, voted_down } = self.counts;
        let span = format!("{} to {}", date(self.from), date(self.to));
        if asked == 0 {
            return format!("Questions from {span}: none were asked.");
        }
        let answers = if voted_down == 1 { "answer" } else { "answers" };
        format!(
            "Questions from {span}: {asked} asked, {answered} answered, {nearest} given the nearest passage, {not_in_posts} not in \
             the posts; {voted_down} {answers} voted down."
        )
    }

    /// What the time is called, and the one before.
    fn times(&self) -> (String, String) {
        match self.to.duration_since(self.from).as_hours() {
            24 => ("today".to_owned(), "the day before".to_owned()),
            168 => ("this week".to_owned(), "the week before".to_owned()),
            hours => (format!("these {} days", (hours + 23) / 24), "the time before".to_owned()),
        }
    }

    fn others(&self) -> Vec<Vec<Span>> {
        let mut lines: Vec<Vec<Span>> = self.found.iter().map(NowAnswered::line).collect();
        if !self.most_cited.is_empty() {
            let mut line = vec![Span::Plain("Cited most: ".to_owned())];
            for (at, (place, count)) in self.most_cited.iter().enumerate() {
                line.push(Span::Plain(if at > 0 { ", ".to_owned() } else { String::new() }));
                line.push(place.span());
                line.push(Span::Plain(format!(" ({count})")));
            }
            lines.push(line);
        }
        if !self.never_cited.is_empty() {
            let some = self.never_cited.iter().take(MOST_UNNEEDED).map(|title| format!("“{}”", cut(title)));
            let some = some.collect::<Vec<_>>().join(", ");
            let (count, posts) = (self.never_cited.len(), self.posts);
            lines.push(vec![Span::Plain(format!("Never cited: {count} of {posts} posts, the oldest are {some}"))]);
        }
        lines.extend(self.outdated.iter().map(Outdated::line));
        lines
    }
}

impl Counts {
    pub(super) fn of(questions: &[&Kept]) -> Self {
        let given = |verdict| questions.iter().filter(|kept| kept.said.verdict == verdict).count();
        Self {
            asked: questions.len(),
            answered: given(Verdict::Answered),
            nearest: given(Verdict::Closest),
            not_in_posts: given(Verdict::NotInPosts),
            voted_down: questions.iter().filter(|kept| kept.votes.down()).count(),
        }
    }
}

impl Asked {
    fn of(theme: &Theme<'_>, scope: &Scope<'_>) -> Self {
        let (now, before) = theme.growth(scope);
        Self {
            text: theme.typical.said.text.clone(),
            count: theme.questions.len(),
            now,
            before,
            again: match theme.standing() {
                Standing::Again(_, times) => times,
                Standing::Open | Standing::LeftOut(_) => 0,
            },
            nearest: theme.typical.said.nearest.clone(),
            messages: theme.messages(MOST_LINKS).map(|(link, _)| link).collect(),
        }
    }

    fn line(&self, (this, previous): &(String, String)) -> Vec<Span> {
        let Self { text, count, now, before, again, .. } = self;
        let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
        let growth = format!("{now} {this}, {before} {previous}");
        let mut line = vec![Span::Strong(format!("“{}”", cut(text))), Span::Plain(format!(" {times} ({growth})"))];
        if *again > 0 {
            line.push(Span::Plain(format!("; {again} of them since it was marked as done")));
        }
        if let Some(place) = &self.nearest {
            line.push(Span::Plain("; nearest: ".to_owned()));
            line.push(place.span());
        }
        for (at, url) in self.messages.iter().enumerate() {
            line.push(Span::Plain(if at == 0 { "; asked ".to_owned() } else { ", ".to_owned() }));
            line.push(Span::Link { text: "here".to_owned(), url: url.clone() });
        }
        line
    }
}

impl NowAnswered {
    fn line(&self) -> Vec<Span> {
        vec![
            Span::Plain("Answered now: “".to_owned()),
            Span::Link { text: cut(&self.text), url: self.message.clone() },
            Span::Plain("” by ".to_owned()),
            self.place.span(),
        ]
    }
}

impl Outdated {
    fn line(&self) -> Vec<Span> {
        let times = if self.count == 1 { "once".to_owned() } else { format!("{} times", self.count) };
        vec![Span::Plain(format!(
            "“{}” says otherwise than the newer “{}”: cited together {times}",
            cut(&self.old),
            cut(&self.new)
        ))]
    }
}

impl Place {
    fn span(&self) -> Span {
        let date = self.date.map_or_else(String::new, |date| format!(", {}", day(date)));
        let text = format!("{}{date}", cut(&self.title));
        if self.url.is_empty() { Span::Plain(text) } else { Span::Link { text, url: self.url.clone() } }
    }
}

/// A text in one line of a digest.
fn cut(text: &str) -> String {
    if text.chars().count() <= TOLD_CHARS { text.to_owned() } else { text.chars().take(TOLD_CHARS).chain(['…']).collect() }
}

/// What answers questions since a time, the latest first, each wording once.
fn found(questions: &[Kept], within: &dyn Fn(Timestamp) -> bool) -> Vec<NowAnswered> {
    let mut known = HashSet::new();
    let new = questions.iter().rev().filter(|kept| known.insert(kept.said.text.to_lowercase()));
    let told = new.filter_map(|kept| {
        let found = kept.found.as_ref().filter(|found| within(found.at))?;
        let message = message(&kept.said.room, &kept.event);
        Some(NowAnswered { text: kept.said.text.clone(), place: found.place.clone(), message })
    });
    told.take(MOST_FOUND).collect()
}

fn most_cited(questions: &[&Kept]) -> Vec<(Place, usize)> {
    let mut places: BTreeMap<(&str, usize), Vec<&Place>> = BTreeMap::new();
    for place in questions.iter().flat_map(|kept| &kept.said.cited) {
        places.entry((&place.file, place.lines.0)).or_default().push(place);
    }
    let mut all: Vec<(Place, usize)> = places.into_values().map(|places| (places[0].clone(), places.len())).collect();
    all.sort_by_key(|(_, count)| Reverse(*count));
    all.truncate(MOST_CITED);
    all
}

fn never_cited(questions: &[Kept], corpus: &Corpus) -> Vec<String> {
    let cited: HashSet<&str> = questions.iter().flat_map(|kept| &kept.said.cited).map(|place| place.file.as_str()).collect();
    // Of no question, it would be all posts.
    if cited.is_empty() {
        return Vec::new();
    }
    let mut never: Vec<_> = corpus.posts.iter().filter(|post| !cited.contains(post.file.as_str())).collect();
    never.sort_by_key(|post| (post.date.is_none(), post.date));
    never.into_iter().map(|post| post.title.clone()).collect()
}

fn outdated(questions: &[Kept]) -> Vec<Outdated> {
    let places = questions.iter().flat_map(|kept| &kept.said.cited);
    let titles: HashMap<&str, &str> = places.map(|place| (place.file.as_str(), place.title.as_str())).collect();
    let title = |file: &str| titles.get(file).map_or(file, |title| *title).to_owned();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (old, new) in questions.iter().flat_map(|kept| &kept.said.outdated) {
        *counts.entry((old, new)).or_default() += 1;
    }
    let told = |((old, new), count): ((&str, &str), usize)| Outdated { old: title(old), new: title(new), count };
    let mut all: Vec<Outdated> = counts.into_iter().map(told).collect();
    all.sort_by_key(|outdated| Reverse(outdated.count));
    all.truncate(MOST_OUTDATED);
    all
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::insight::testing::{kept, place};
    use crate::insight::{Found, Mark, Marked, Votes, themes};
    use crate::render::plain_blocks;
    use crate::search::Vector;

    const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    fn digest_of(questions: &[Kept], posts: &[&str]) -> Digest {
        let files: Vec<(String, String)> = posts
            .iter()
            .map(|title| (format!("{title}.md"), format!("---\ntitle: {title}\ndate: 2020-01-02\n---\n\nSome words of it.\n")))
            .collect();
        let named = files.iter().map(|(file, text)| (file.as_str(), text.as_bytes()));
        let corpus = Corpus::from_files(named, "https://x.org/{slug}/", &mut Vec::new());
        let by_words = |_: &[&Kept]| Ok::<Option<Vec<Vector>>, std::convert::Infallible>(None);
        let Ok(themes) = themes(questions, &crate::search::Families::built_in(), by_words);
        let scope = Scope { now: "2026-12-01T10:00:00Z".parse().unwrap(), period: WEEK, rooms: &|_| true };
        Digest::of(questions, &themes, &corpus, &scope)
    }

    fn at(mut kept: Kept, hour: &str) -> Kept {
        kept.hour = hour.parse().unwrap();
        kept
    }

    #[test]
    fn groups_that_were_marked_are_left_out_until_what_is_done_is_asked_again() {
        let marked = |mark| Some(Marked { mark, at: "2026-11-30T10:00:00Z".parse().unwrap() });
        let before = |event, text| at(kept(event, text, Verdict::NotInPosts), "2026-11-20T09:00:00Z");
        let mut questions = vec![before("$1", "how do I lock a host?"), before("$2", "is there a discord server?")];
        let texts = |questions: &[Kept]| digest_of(questions, &[]).groups.into_iter().map(|group| group.text).collect::<Vec<_>>();
        (questions[0].marked, questions[1].marked) = (marked(Mark::Done), marked(Mark::NotOurs));
        assert_eq!(texts(&questions), [""; 0]);
        questions.push(kept("$3", "is there a Discord server", Verdict::NotInPosts));
        assert_eq!(texts(&questions), [""; 0], "what is not ours stays away");
        questions.push(kept("$4", "how do I lock a host", Verdict::NotInPosts));
        assert_eq!(texts(&questions), ["how do I lock a host?"]);
        let told = plain_blocks(&digest_of(&questions, &[]).blocks());
        assert!(told.contains("1 of them since it was marked as done"), "{told}");
    }

    #[test]
    fn it_tells_counts_groups_growth_and_what_has_come() {
        let mut questions = vec![
            at(kept("$1", "how do I lock a host?", Verdict::NotInPosts), "2026-10-01T09:00:00Z"),
            at(kept("$2", "how do i lock a host", Verdict::Closest), "2026-11-20T09:00:00Z"),
            at(kept("$3", "locking a host, how?", Verdict::NotInPosts), "2026-11-30T09:00:00Z"),
            kept("$4", "is there a discord server?", Verdict::NotInPosts),
            kept("$5", "when did Debian come?", Verdict::Answered),
            kept("$6", "where is the sky?", Verdict::Answered),
            kept("$7", "what of terraform?", Verdict::NotInPosts),
        ];
        questions[4].said.cited = vec![place("old"), place("new")];
        questions[4].said.outdated = vec![("old.md".to_owned(), "new.md".to_owned())];
        questions[5].votes = Votes { helped: 0, not: 2 };
        questions[6].found = Some(Found { place: place("terra"), at: "2026-11-29T09:00:00Z".parse().unwrap() });
        questions[0].said.nearest = Some(place("hosts"));
        let digest = digest_of(&questions, &["old", "new", "unread"]);
        let counts = Counts { asked: 5, answered: 2, nearest: 0, not_in_posts: 3, voted_down: 1 };
        assert_eq!(digest.counts, counts);
        let groups: Vec<_> =
            digest.groups.iter().map(|group| (group.text.as_str(), group.count, group.now, group.before)).collect();
        let expected =
            [("how do I lock a host?", 3, 1, 1), ("is there a discord server?", 1, 1, 0), ("where is the sky?", 1, 1, 0)];
        assert_eq!(groups, expected);
        let text = plain_blocks(&digest.blocks());
        for told in [
            "24 Nov 2026 to 1 Dec 2026: 5 asked, 2 answered, 0 given the nearest passage, 3 not in the posts; 1 answer voted down",
            "“how do I lock a host?”** 3 times (1 this week, 1 the week before); nearest: hosts, 2 Jan 2026 (https://x.org/hosts/)",
            "asked here (https://matrix.to/#/!room:example.org/$3?via=example.org), here",
            "Answered now: “what of terraform?",
            "by terra, 2 Jan 2026",
            "Cited most: new, 2 Jan 2026 (https://x.org/new/) (1), old",
            "Never cited: 1 of 3 posts, the oldest are “unread”",
            "“old” says otherwise than the newer “new”: cited together once",
        ] {
            assert!(text.contains(told), "{told}\n{text}");
        }
        assert!(!format!("{digest:?}").contains("terraform"));
    }

    #[test]
    fn however_much_there_is_it_has_at_most_25_lines() {
        let words = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa";
        let mut questions: Vec<Kept> = Vec::new();
        for (at, word) in words.split(' ').enumerate() {
            let mut open = kept(&format!("$o{at}"), &format!("{word} {}", word.repeat(40)), Verdict::NotInPosts);
            open.said.nearest = Some(place(&format!("near{word}")));
            questions.push(open);
            let mut answered = kept(&format!("$a{at}"), &format!("{word}?"), Verdict::Answered);
            answered.said.cited = vec![place(word), place(&format!("old{word}"))];
            answered.said.outdated = vec![(format!("old{word}.md"), format!("{word}.md"))];
            questions.push(answered);
            let mut found = kept(&format!("$f{at}"), &format!("{word} now"), Verdict::NotInPosts);
            found.found = Some(Found { place: place(word), at: found.hour });
            questions.push(found);
        }
        let digest = digest_of(&questions, &["a", "b", "c", "d", "e"]);
        assert_eq!((digest.groups.len(), digest.more_groups), (MOST_GROUPS, 6));
        let text = plain_blocks(&digest.blocks());
        assert_eq!(text.lines().count(), 22, "{text}");
        assert!(text.lines().count() <= MOST_LINES);
    }

    #[test]
    fn of_nothing_it_says_so() {
        assert_eq!(plain_blocks(&digest_of(&[], &["a"]).blocks()), "Questions from 24 Nov 2026 to 1 Dec 2026: none were asked.");
    }

    #[test]
    fn links_to_messages_are_encoded() {
        let cases = [
            ("!abc:x.org", "$ev/1+2", "https://matrix.to/#/!abc:x.org/$ev%2F1%2B2?via=x.org"),
            ("!xyz:x.org:8448", "$e", "https://matrix.to/#/!xyz:x.org:8448/$e?via=x.org:8448"),
            ("!noserver", "$e", "https://matrix.to/#/!noserver/$e"),
        ];
        for (room, event, url) in cases {
            assert_eq!(message(&room.into(), &event.into()), url);
        }
    }
}

//! All that is kept, as the page shows it: made beside the page and shown as it is, because reading a large store takes a second.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::answer::{Engine, Verdict};
use crate::ids::{EventId, RoomId};

use super::digest::Counts;
use super::kept::{Kept, Place, Votes, hour};
use super::marks::{Mark, Marked, Standing};
use super::store::{Store, StoreError};
use super::themes::{MOST_WORDINGS, Scope, Theme, themes_of};

/// All that is kept, at one moment.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The moment.
    pub at: Timestamp,
    /// What became of all questions.
    pub counts: Counts,
    /// The latest weeks, the oldest first, without gaps, up to [`MOST_WEEKS`].
    pub weeks: Vec<Week>,
    /// Groups of like questions without a good answer, the largest first, whatever their marks.
    pub topics: Vec<Topic>,
    /// All questions, the latest first.
    pub questions: Arc<[Question]>,
}

/// What was asked in a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    /// Its Monday, in UTC: times are kept to the hour.
    pub monday: Date,
    /// What became of its questions.
    pub counts: Counts,
    /// Votes of its answers, whenever they came.
    pub votes: Votes,
}

/// A group of like questions.
#[derive(Clone, derive_more::Debug, PartialEq)]
pub struct Topic {
    /// By which a mark names it: one of its questions, the oldest.
    pub id: String,
    /// A typical wording.
    #[debug(skip)]
    pub text: String,
    /// Other wordings, the most frequent first, with how often, up to [`MOST_WORDINGS`].
    #[debug(skip)]
    pub wordings: Vec<(String, usize)>,
    /// How many wordings there are besides.
    pub more_wordings: usize,
    /// How often it was asked.
    pub count: usize,
    /// How often in the digest's time.
    pub now: usize,
    /// How often in the time of the same length before.
    pub before: usize,
    /// When it was asked last.
    pub last: Timestamp,
    /// The passage nearest to the typical wording.
    pub nearest: Option<Place>,
    /// Links to the messages that asked it last, the latest few, with their hours.
    pub messages: Vec<(String, Timestamp)>,
    /// Where it stands.
    pub standing: Standing,
    /// Its questions, the oldest first.
    members: Vec<Member>,
    /// All its wordings in lower case, to be searched.
    #[debug(skip)]
    words: String,
}

/// A question of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    event: EventId,
    part: usize,
    hour: Timestamp,
    marked: Option<Marked>,
}

/// A question as the search shows it.
#[derive(Clone, derive_more::Debug, PartialEq, Eq)]
pub struct Question {
    /// Its words.
    #[debug(skip)]
    pub text: String,
    /// The hour.
    pub hour: Timestamp,
    /// What was said to it.
    pub verdict: Verdict,
    /// What is thought of that.
    pub votes: Votes,
    /// Whether a post has come since that answers it.
    pub found: bool,
}

/// Weeks that are shown: half a year.
pub const MOST_WEEKS: usize = 26;
/// Links to messages that are shown of a group.
const MOST_MESSAGES: usize = 5;

/// The overview of a store and what was cited, of an engine's posts, with its encoder where it has one. What is cited is counted in the
/// rooms that `open` takes: everybody sees it.
///
/// # Errors
/// [`StoreError`] where the store can't be read.
pub fn overview(
    store: &mut Store,
    engine: &Engine,
    scope: &Scope<'_>,
    open: &dyn Fn(&RoomId) -> bool,
) -> Result<(Overview, Cited), StoreError> {
    let mut questions = store.questions()?;
    let cited = Cited::of(questions.iter().filter(|kept| open(&kept.said.room)));
    questions.retain(|kept| (scope.rooms)(&kept.said.room));
    let themes = themes_of(store, &questions, engine)?;
    Ok((Overview::of(&questions, &themes, scope), cited))
}

/// What was cited alone, in the rooms that `open` takes.
///
/// # Errors
/// [`StoreError`] where the store can't be read.
pub fn cited(store: &Store, open: &dyn Fn(&RoomId) -> bool) -> Result<Cited, StoreError> {
    Ok(Cited::of(store.questions()?.iter().filter(|kept| open(&kept.said.room))))
}

/// Whether what is shown is still what is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Freshness {
    made: Option<Timestamp>,
    changed: bool,
}

/// While nobody looks, citations are counted anew no more often than that: nobody misses one for so long, and reading 50,000 questions
/// takes half a second.
const CITED_EVERY: Duration = Duration::from_secs(10 * 60);

impl Freshness {
    /// What is kept has changed.
    pub fn changed(&mut self) {
        self.changed = true;
    }

    /// It was made anew.
    pub fn made(&mut self, now: Timestamp) {
        *self = Self { made: Some(now), changed: false };
    }

    /// Whether it is to be made anew: it never was; or it has changed, and somebody looks at the `whole` or it is some time ago; or an hour
    /// has begun, as times are kept to the hour.
    pub fn is_due(&self, whole: bool, now: Timestamp) -> bool {
        let Some(made) = self.made else { return true };
        let long_ago = now.duration_since(made).unsigned_abs() >= CITED_EVERY;
        (self.changed && (whole || long_ago)) || (whole && hour(made) != hour(now))
    }
}

impl Overview {
    /// The overview of questions, the oldest first, and their groups.
    pub fn of(questions: &[Kept], themes: &[Theme<'_>], scope: &Scope<'_>) -> Self {
        let all: Vec<&Kept> = questions.iter().collect();
        let mut topics: Vec<Topic> = themes.iter().map(|theme| Topic::of(theme, scope)).collect();
        topics.sort_by_key(|topic| Reverse((topic.count, topic.now)));
        Self {
            at: scope.now,
            counts: Counts::of(&all),
            weeks: weeks(questions, scope.now),
            topics,
            questions: questions.iter().rev().map(Question::of).collect(),
        }
    }

    /// The group that a mark names, if there is one still, by its questions' events and parts.
    pub fn members(&self, id: &str) -> Option<Vec<(EventId, usize)>> {
        let topic = self.topics.iter().find(|topic| topic.members.iter().any(|member| member.id() == id))?;
        Some(topic.members.iter().map(|member| (member.event.clone(), member.part)).collect())
    }

    /// The same once these questions are marked, or their marks taken back.
    pub fn marked(&self, questions: &[(EventId, usize)], marked: Option<Marked>) -> Self {
        let these: HashSet<(&EventId, usize)> = questions.iter().map(|(event, part)| (event, *part)).collect();
        let mut after = self.clone();
        for topic in &mut after.topics {
            for member in topic.members.iter_mut().filter(|member| these.contains(&(&member.event, member.part))) {
                member.marked = marked;
            }
            topic.standing = standing(&topic.members);
        }
        after
    }

    /// Groups in which each of these words stands, in any case.
    pub fn topics_with<'a>(&'a self, words: &'a [String]) -> impl Iterator<Item = &'a Topic> {
        self.topics.iter().filter(move |topic| words.iter().all(|word| topic.words.contains(word)))
    }

    /// Questions in which each of these words stands, in any case; `words` are in lower case.
    pub fn questions_with<'a>(&'a self, words: &'a [String]) -> impl Iterator<Item = &'a Question> {
        self.questions.iter().filter(move |question| {
            let text = question.text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        })
    }
}

impl Topic {
    fn of(theme: &Theme<'_>, scope: &Scope<'_>) -> Self {
        let (now, before) = theme.growth(scope);
        let members: Vec<Member> = theme.questions.iter().map(|kept| Member::of(kept)).collect();
        let mut wordings = wordings(theme);
        let more_wordings = wordings.len().saturating_sub(MOST_WORDINGS);
        let text = theme.typical.said.text.clone();
        let words = wordings.iter().map(|(text, _)| text.as_str()).chain([text.as_str()]).collect::<Vec<_>>().join("\n");
        wordings.truncate(MOST_WORDINGS);
        Self {
            id: members.first().map(Member::id).unwrap_or_default(),
            words: words.to_lowercase(),
            text,
            wordings,
            more_wordings,
            count: members.len(),
            now,
            before,
            last: theme.questions.last().map(|kept| kept.hour).unwrap_or_default(),
            nearest: theme.typical.said.nearest.clone(),
            messages: theme.messages(MOST_MESSAGES).collect(),
            standing: standing(&members),
            members,
        }
    }

    /// The mark that it bears, whether it is told or not.
    pub fn mark(&self) -> Option<Mark> {
        match self.standing {
            Standing::Open => None,
            Standing::LeftOut(marked) | Standing::Again(marked, _) => Some(marked.mark),
        }
    }
}

fn standing(members: &[Member]) -> Standing {
    Standing::of(members.iter().map(|member| (member.hour, member.marked)))
}

/// The wordings of a group beside the typical one, in whatever case they were put, the most frequent first.
fn wordings(theme: &Theme<'_>) -> Vec<(String, usize)> {
    let typical = theme.typical.said.text.to_lowercase();
    let mut found: HashMap<String, (usize, &str, usize)> = HashMap::new();
    for (at, text) in theme.questions.iter().map(|kept| kept.said.text.as_str()).enumerate() {
        found.entry(text.to_lowercase()).or_insert((at, text, 0)).2 += 1;
    }
    found.remove(&typical);
    let mut all: Vec<(usize, &str, usize)> = found.into_values().collect();
    all.sort_by_key(|(at, _, count)| (Reverse(*count), *at));
    all.into_iter().map(|(_, text, count)| (text.to_owned(), count)).collect()
}

impl Member {
    fn of(kept: &Kept) -> Self {
        Self { event: kept.event.clone(), part: kept.part, hour: kept.hour, marked: kept.marked }
    }

    fn id(&self) -> String {
        format!("{}/{}", self.event, self.part)
    }
}

impl Question {
    fn of(kept: &Kept) -> Self {
        let Kept { hour, said, votes, found, .. } = kept;
        Self { text: said.text.clone(), hour: *hour, verdict: said.verdict, votes: *votes, found: found.is_some() }
    }
}

/// Weeks from the first question to now, none left out, the latest [`MOST_WEEKS`].
fn weeks(questions: &[Kept], now: Timestamp) -> Vec<Week> {
    let mut by_week: BTreeMap<Date, Vec<&Kept>> = BTreeMap::new();
    for kept in questions {
        by_week.entry(monday(kept.hour)).or_default().push(kept);
    }
    let Some(mut first) = by_week.keys().next().copied() else { return Vec::new() };
    let this = monday(now);
    first = first.max(this.saturating_sub((MOST_WEEKS as i64 - 1).weeks()));
    let mondays = first.series(1.week()).take_while(|monday| *monday <= this);
    mondays.map(|monday| Week::of(monday, by_week.get(&monday).map_or(&[], Vec::as_slice))).collect()
}

fn monday(at: Timestamp) -> Date {
    let date = at.to_zoned(TimeZone::UTC).date();
    let since = date.weekday().since(Weekday::Monday);
    date.saturating_sub(i64::from(since).days())
}

impl Week {
    fn of(monday: Date, questions: &[&Kept]) -> Self {
        let sum = |votes: fn(&Votes) -> u32| {
            // Votes are of a message; of one that asks several things they are of each.
            let mut events = HashSet::new();
            questions.iter().filter(|kept| events.insert(&kept.event)).map(|kept| votes(&kept.votes)).sum()
        };
        Self { monday, counts: Counts::of(questions), votes: Votes { helped: sum(|v| v.helped), not: sum(|v| v.not) } }
    }

    /// The share that was answered, 0 to 1; `None` where nothing was asked.
    pub fn answered(&self) -> Option<f64> {
        (self.counts.asked > 0).then(|| self.counts.answered as f64 / self.counts.asked as f64)
    }
}

/// How often posts and their passages were cited: numbers, and no word of a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cited {
    /// By file: answers that cite it, and of these by the first line of what they cite.
    files: HashMap<String, (usize, BTreeMap<usize, usize>)>,
}

impl Cited {
    /// What these questions' answers cited.
    pub fn of<'a>(questions: impl Iterator<Item = &'a Kept>) -> Self {
        let mut files: HashMap<String, (usize, BTreeMap<usize, usize>)> = HashMap::new();
        for kept in questions {
            let mut known = HashSet::new();
            for place in &kept.said.cited {
                let (answers, lines) = files.entry(place.file.clone()).or_default();
                *answers += usize::from(known.insert(place.file.as_str()));
                *lines.entry(place.lines.0).or_default() += 1;
            }
        }
        Self { files }
    }

    /// Answers that cite a post.
    pub fn post(&self, file: &str) -> usize {
        self.files.get(file).map_or(0, |(answers, _)| *answers)
    }

    /// Citations that begin within these lines of a post, first and last, from 1.
    pub fn passage(&self, file: &str, (first, last): (usize, usize)) -> usize {
        self.files.get(file).map_or(0, |(_, lines)| lines.range(first..=last.max(first)).map(|(_, count)| count).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::testing::{kept, place};
    use crate::insight::themes;
    use crate::search::{Families, Vector};

    fn asked(event: &str, text: &str, verdict: Verdict, hour: &str) -> Kept {
        Kept { hour: hour.parse().unwrap(), ..kept(event, text, verdict) }
    }

    fn questions() -> Vec<Kept> {
        let mut all = vec![
            asked("$1", "how do I lock a host?", Verdict::NotInPosts, "2026-11-09T09:00:00Z"),
            asked("$2", "Locking a host: how?", Verdict::Closest, "2026-11-22T23:00:00Z"),
            asked("$3", "how do i lock a host", Verdict::NotInPosts, "2026-11-23T00:00:00Z"),
            asked("$4", "is there a discord server?", Verdict::NotInPosts, "2026-11-30T09:00:00Z"),
            asked("$5", "when did Debian come?", Verdict::Answered, "2026-12-01T09:00:00Z"),
        ];
        all[4].votes = Votes { helped: 2, not: 1 };
        all[4].said.cited = vec![place("debian"), place("debian"), place("other")];
        all
    }

    fn overview_of(questions: &[Kept]) -> Overview {
        let by_words = |_: &[&Kept]| Ok::<Option<Vec<Vector>>, std::convert::Infallible>(None);
        let Ok(themes) = themes(questions, &Families::built_in(), by_words);
        let now = "2026-12-01T10:00:00Z".parse().unwrap();
        Overview::of(questions, &themes, &Scope { now, period: Duration::from_secs(7 * 24 * 3600), rooms: &|_| true })
    }

    #[test]
    fn weeks_begin_on_mondays_and_none_is_left_out() {
        let overview = overview_of(&questions());
        let shown: Vec<String> = overview.weeks.iter().map(|week| format!("{} {}", week.monday, week.counts.asked)).collect();
        assert_eq!(shown, ["2026-11-09 1", "2026-11-16 1", "2026-11-23 1", "2026-11-30 2"]);
        let last = overview.weeks[3];
        assert_eq!((last.answered(), last.votes), (Some(0.5), Votes { helped: 2, not: 1 }));
        let mut old = questions();
        old[0].hour = "2020-01-01T00:00:00Z".parse().unwrap();
        let weeks = overview_of(&old).weeks;
        assert_eq!((weeks.len(), weeks[0].answered()), (MOST_WEEKS, None));
        assert_eq!(overview_of(&[]).weeks, []);
    }

    #[test]
    fn groups_tell_their_wordings_and_how_they_grow() {
        let overview = overview_of(&questions());
        let [first, second] = overview.topics.as_slice() else { panic!("{overview:?}") };
        assert_eq!((first.count, first.now, first.before), (3, 0, 2));
        let mut wordings: Vec<&str> = first.wordings.iter().map(|(text, _)| text.as_str()).collect();
        wordings.push(&first.text);
        wordings.sort_unstable();
        assert_eq!(wordings, ["Locking a host: how?", "how do I lock a host?", "how do i lock a host"]);
        assert_eq!((second.text.as_str(), second.wordings.len(), second.messages.len()), ("is there a discord server?", 0, 1));
    }

    #[test]
    fn a_mark_is_of_the_whole_group_and_can_be_taken_back() {
        let overview = overview_of(&questions());
        let members = overview.members(&overview.topics[0].id).unwrap();
        assert_eq!(members.len(), 3);
        assert_eq!(overview.members("$3/0"), Some(members.clone()), "any of its questions names it");
        assert_eq!(overview.members("$5/0"), None);
        let marked = Marked { mark: Mark::Done, at: overview.at };
        let after = overview.marked(&members, Some(marked));
        assert_eq!((after.topics[0].standing, after.topics[1].standing), (Standing::LeftOut(marked), Standing::Open));
        assert_eq!(after.marked(&members, None).topics, overview.topics);
    }

    #[test]
    fn a_search_finds_groups_and_questions_by_all_of_its_words() {
        let overview = overview_of(&questions());
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (searched, topics, questions) in [("locking", 1, 1), ("host how", 1, 3), ("debian", 0, 1), ("host discord", 0, 0)] {
            let words = words(searched);
            assert_eq!(overview.topics_with(&words).count(), topics, "{searched}");
            assert_eq!(overview.questions_with(&words).count(), questions, "{searched}");
        }
    }

    #[test]
    fn what_was_cited_is_counted_by_post_and_by_passage() {
        let cited = Cited::of(questions().iter());
        assert_eq!((cited.post("debian.md"), cited.post("other.md"), cited.post("none.md")), (1, 1, 0));
        assert_eq!((cited.passage("debian.md", (4, 5)), cited.passage("debian.md", (6, 9))), (2, 0));
        assert_eq!(cited.passage("debian.md", (5, 1)), 2, "lines the wrong way round are no panic");
    }

    #[test]
    fn what_is_shown_is_made_anew_when_it_has_changed_and_somebody_looks() {
        let at = |minutes: i64| Timestamp::from_second(3_600 + minutes * 60).unwrap();
        let mut freshness = Freshness::default();
        assert!(freshness.is_due(false, at(0)) && freshness.is_due(true, at(0)));
        freshness.made(at(0));
        assert!(!freshness.is_due(false, at(59)) && !freshness.is_due(true, at(59)) && freshness.is_due(true, at(60)));
        freshness.changed();
        assert!(freshness.is_due(true, at(0)) && !freshness.is_due(false, at(9)) && freshness.is_due(false, at(10)));
    }

    #[test]
    fn the_debug_output_holds_no_words() {
        let shown = format!("{:?}", overview_of(&questions()));
        assert!(!shown.contains("host") && !shown.contains("Debian"), "{shown}");
    }
}

//! After a reload: what had no good answer is asked again.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::answer::{Answer, Citation, Engine, Question, Verdict};
use crate::ids::EventId;

use super::kept::{Found, Kept, Place};

/// That a question is answered now, or not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The event id of the message that asked it.
    pub event: EventId,
    /// Which of the message's questions it is.
    pub part: usize,
    /// What answers it now; `None`: nothing any more.
    pub found: Option<Found>,
    /// The same with its sentences, to be quoted.
    pub citation: Option<Citation>,
}

/// Wordings that are asked again at most, the latest ones: with a reader a question takes some 50 ms, so these take a minute.
pub const MOST_ASKED_AGAIN: usize = 1_000;

/// Asks the questions without a good answer again, the latest first: what has changed of them, for [`Store::record`]. Once it is
/// `stopped`, it ends soon with what it has by then.
///
/// An answer counts that quotes a post; after an answer that was voted down, only another post.
///
/// [`Store::record`]: super::Store::record
pub fn ask_again(questions: &[Kept], engine: &Engine, now: Timestamp, stopped: &dyn Fn() -> bool) -> Vec<Change> {
    let mut answers: HashMap<(&str, jiff::civil::Date), Answer> = HashMap::new();
    let mut changes = Vec::new();
    for kept in questions.iter().rev().filter(|kept| !kept.well_answered()) {
        let asked_on = kept.hour.to_zoned(TimeZone::UTC).date();
        let key = (kept.said.text.as_str(), asked_on);
        if !answers.contains_key(&key) && (answers.len() == MOST_ASKED_AGAIN || stopped()) {
            break;
        }
        let ask = || engine.ask(&Question { asked_on: Some(asked_on), ..Question::new(kept.said.text.clone()) });
        let citation = citation(kept, answers.entry(key).or_insert_with(ask)).cloned();
        let place = citation.as_ref().map(Place::of);
        if place.as_ref() != kept.found.as_ref().map(|found| &found.place) {
            let found = place.map(|place| Found { place, at: now });
            changes.push(Change { event: kept.event.clone(), part: kept.part, found, citation });
        }
    }
    changes
}

/// What answers now.
fn citation<'a>(kept: &Kept, answer: &'a Answer) -> Option<&'a Citation> {
    let first = answer.citations().first().filter(|_| answer.verdict() == Verdict::Answered)?;
    let same = kept.said.verdict == Verdict::Answered && kept.said.cited.iter().any(|place| place.file == first.file);
    (!same).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Pointers;
    use crate::corpus::Corpus;
    use crate::insight::Votes;
    use crate::insight::testing::kept;
    use crate::search::Families;

    fn engine(posts: &[(&str, &str)]) -> Engine {
        let texts: Vec<(String, String)> = posts
            .iter()
            .map(|(file, text)| ((*file).to_owned(), format!("---\ntitle: {file}\ndate: 2026-01-02\n---\n\n{text}\n")))
            .collect();
        let files = texts.iter().map(|(file, text)| (file.as_str(), text.as_bytes()));
        let corpus = Corpus::from_files(files, "https://x.org/{slug}/", &mut Vec::new());
        Engine::new(corpus, Families::default(), Pointers::default()).unwrap()
    }

    const LOCK: (&str, &str) =
        ("lock.md", "The command `system host-lock` locks a host for maintenance, so that nothing runs on the host.");
    const OTHER: (&str, &str) = ("meetup.md", "The community met in Berlin and talked about the weather of the summer.");

    #[test]
    fn what_a_new_post_answers_is_told_once_and_taken_back_with_it() {
        let now = "2026-12-01T09:00:00Z".parse().unwrap();
        let mut questions = [kept("$1", "which command locks a host for maintenance?", Verdict::NotInPosts)];
        let before = ask_again(&questions, &engine(&[OTHER]), now, &|| false);
        assert_eq!(before, []);
        let with_post = engine(&[OTHER, LOCK]);
        let changes = ask_again(&questions, &with_post, now, &|| false);
        assert_eq!(changes.len(), 1, "a post answers it");
        let found = changes[0].found.clone().unwrap();
        assert!(changes[0].citation.as_ref().is_some_and(|citation| citation.highlight.contains("locks a host")));
        assert_eq!((found.place.file.as_str(), found.place.url.as_str()), ("lock.md", "https://x.org/lock/"));
        questions[0].found = Some(found);
        assert_eq!(ask_again(&questions, &with_post, now, &|| false), []);
        let changes = ask_again(&questions, &engine(&[OTHER]), now, &|| false);
        assert_eq!(changes[0].found, None, "the post is gone");
    }

    #[test]
    fn an_answer_that_was_voted_down_is_none_again() {
        let now = "2026-12-01T09:00:00Z".parse().unwrap();
        let engine = engine(&[OTHER, LOCK]);
        let mut question = kept("$1", "which command locks a host for maintenance?", Verdict::Answered);
        question.votes = Votes { helped: 0, not: 1 };
        assert_eq!(ask_again(&[question.clone()], &engine, now, &|| false).len(), 1, "it was another post");
        question.said.cited = vec![Place::of(&engine.ask(&Question::new(question.said.text.clone())).citations()[0])];
        assert_eq!(ask_again(&[question.clone()], &engine, now, &|| false), []);
        question.votes = Votes::default();
        assert_eq!(ask_again(&[question.clone()], &engine, now, &|| false), [], "it is answered");
        question.said.verdict = Verdict::Closest;
        assert_eq!(ask_again(&[question], &engine, now, &|| true), [], "it was stopped");
    }
}

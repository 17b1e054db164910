//! What a follow-up is read together with.

use crate::answer::Asked;
#[cfg(doc)]
use crate::answer::Question;

/// The questions of one asker in one place that the next one may follow up.
#[derive(Clone, derive_more::Debug, Default, PartialEq, Eq)]
pub struct Memory {
    #[debug(skip)]
    subject: Option<String>,
    /// The address of the post that its answer quoted first.
    post: Option<String>,
}

/// A question is remembered up to here, in characters.
const MAX_SUBJECT_CHARS: usize = 500;

impl Memory {
    /// The question before, for [`Question::previous`].
    pub fn previous(&self) -> Option<String> {
        self.subject.clone()
    }

    /// The post that its answer quoted, for [`Question::post`].
    pub fn post(&self) -> Option<String> {
        self.post.clone()
    }

    /// Remembers a question, as it was meant, and its answer; small talk leaves what was remembered.
    pub fn remember(&mut self, Asked { question, answer, trace }: &Asked) {
        let analysis = &trace.analysis;
        if analysis.kind.is_small_talk() {
            return;
        }
        self.post = answer.citations().first().map(|citation| citation.url.clone());
        let meant = analysis.together.as_ref().map_or(&question.text, |joined| &joined.text);
        self.subject = Some(meant.chars().take(MAX_SUBJECT_CHARS).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Engine, Pointers, Question};
    use crate::corpus::Corpus;
    use crate::search::Families;

    #[test]
    fn a_follow_up_is_remembered_as_it_was_meant_and_small_talk_is_not() {
        let engine = Engine::new(Corpus::default(), Families::default(), Pointers::default()).unwrap();
        let mut memory = Memory::default();
        let mut ask = |text: &str| {
            memory.remember(&engine.asked(Question { previous: memory.previous(), ..Question::new(text) }));
            memory.previous().unwrap_or_default()
        };
        assert_eq!(ask("when did debian migration start?"), "when did debian migration start?");
        assert_eq!(ask("and who did it?"), "who did debian migration start");
        assert_eq!(ask("thanks"), "who did debian migration start");
        assert_eq!(ask("where is the matrix chat room?"), "where is the matrix chat room?");
    }
}

//! What a follow-up is read together with.

use crate::answer::{Analysis, Question};

/// The questions of one asker in one place that the next one may follow up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    subject: Option<String>,
}

/// A chain of follow-ups is remembered up to here, in characters.
const MAX_SUBJECT_CHARS: usize = 500;

impl Memory {
    /// The question before, for [`Question::previous`].
    pub fn previous(&self) -> Option<String> {
        self.subject.clone()
    }

    /// Remembers a question. A follow-up adds to the subject; small talk leaves it; anything else begins a new one.
    pub fn remember(&mut self, question: &Question, analysis: &Analysis) {
        if analysis.kind.is_small_talk() {
            return;
        }
        self.subject = match (&question.previous, analysis.follow_up) {
            (Some(previous), true) => Some(format!("{previous} {}", question.text).chars().take(MAX_SUBJECT_CHARS).collect()),
            _ => Some(question.text.clone()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Families, Index};

    #[test]
    fn follow_ups_add_to_the_subject_and_small_talk_leaves_it() {
        let index = Index::build(&[], Families::default()).unwrap();
        let mut memory = Memory::default();
        let mut ask = |text: &str| {
            let question = Question { previous: memory.previous(), ..Question::new(text) };
            let analysis = crate::answer::analyse(&question, &index);
            memory.remember(&question, &analysis);
            memory.previous().unwrap_or_default()
        };
        assert_eq!(ask("when did debian migration start?"), "when did debian migration start?");
        assert_eq!(ask("and who did it?"), "when did debian migration start? and who did it?");
        assert_eq!(ask("thanks"), "when did debian migration start? and who did it?");
        assert_eq!(ask("where is the matrix chat room?"), "where is the matrix chat room?");
    }
}

//! What the tests of this folder share.

use crate::answer::Verdict;

use super::{Kept, Place, Said, Votes};

/// A question as it is kept, asked at nine on 1 December 2026.
pub(crate) fn kept(event: &str, text: &str, verdict: Verdict) -> Kept {
    let said = Said {
        room: "!room:example.org".into(),
        text: text.to_owned(),
        verdict,
        confidence: 0.25,
        cited: Vec::new(),
        nearest: None,
        outdated: Vec::new(),
    };
    let hour = "2026-12-01T09:00:00Z".parse().expect("a time");
    Kept { event: event.into(), part: 0, hour, said, votes: Votes::default(), found: None, marked: None }
}

/// A passage of a post with this title.
pub(crate) fn place(title: &str) -> Place {
    let file = format!("{title}.md");
    let (date, url) = ("2026-01-02".parse().ok(), format!("https://x.org/{title}/"));
    Place { file, lines: (5, 6), title: title.to_owned(), date, url }
}

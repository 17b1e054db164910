//! Phrases by which a sentence of a post tells what it holds.

/// Phrases that give a reason.
pub(crate) const REASONS: &[&str] = &[
    "because",
    "since ",
    "so that",
    "due to",
    "therefore",
    "in order to",
    "to ensure",
    "to avoid",
    "as it ",
    "in light of",
    "reason",
    "thanks to",
    "which allow",
    "to make sure",
];

/// Phrases that say what something is.
pub(crate) const DEFINITIONS: &[&str] = &[
    " is a ",
    " is an ",
    " is the ",
    " are a ",
    " are the ",
    "called",
    "stands for",
    "stand for",
    " means ",
    "refers to",
    "responsible for",
    "defined as",
    "known as",
    "consists of",
    "provides a",
    " allows ",
    " enables ",
    "used to",
    "is used for",
];

/// Phrases of a step to take.
pub(crate) const COMMANDS: &[&str] = &["$ ", "command", "click", "run ", "use the ", "you can ", "configure", "steps", "follow"];

/// Phrases of a sentence that announces what follows.
pub(crate) const ANNOUNCEMENTS: &[&str] = &[
    "in this post",
    "in this blog",
    "stay tuned",
    "get the highlights",
    "read on",
    "check out the main",
    "will summarize",
    "will highlight",
];

/// Beginnings of words that tell of a beginning.
pub(crate) const BEGINNINGS: &[&str] = &[
    "introduc",
    "start",
    "began",
    "begin",
    "launch",
    "decided",
    "first ",
    "initial",
    "originally",
    "kicked off",
    "newly",
    "since the",
];

/// Beginnings of words that tell of an end, or of the present.
pub(crate) const ENDINGS: &[&str] = &[
    "finish",
    "complet",
    "final",
    "finaliz",
    "latest",
    "recent",
    "currently",
    " now ",
    "today",
    "no longer",
    "fully",
    "is here",
    "proud to announce",
];

/// A sentence that begins as an item of a list does, or with a word for what stands before it.
pub(crate) const ANAPHORIC: &str = r"(?i)^\s*([-*+]|\d+[.)])\s|^\W*(it|its|they|their|these|those|this|that|he|she|his|her|such|however|also|therefore|but|then|both|there|while|in addition|as part of|with this|after this|as an example|for example|for instance|beyond (these|that|this)|the (release|feature|features|work|change|changes|tool|group|team|service|services|new|latter|former|functionality|event|project))\b";

/// A sentence that denies.
pub(crate) const NEGATION: &str = r"(?i)\b(not|no longer|never|cannot|can't|isn't|aren't|doesn't|don't|without|unsupported)\b";

//! Words by which a question leans on the one before it.

/// Words before a question that are not of it.
pub(crate) const OPENERS: &[&str] = &[
    "ok",
    "okay",
    "k",
    "oh",
    "ah",
    "aha",
    "hm",
    "hmm",
    "hmmm",
    "uh",
    "um",
    "well",
    "so",
    "right",
    "cool",
    "nice",
    "great",
    "good",
    "thanks",
    "thank",
    "thx",
    "ty",
    "hey",
    "hi",
    "hello",
    "please",
    "pls",
    "yes",
    "yeah",
    "yep",
    "no",
    "nope",
    "sorry",
    "then",
    "now",
    "alright",
    "wait",
    "interesting",
    "got",
    "gotcha",
    "lol",
    "btw",
    "sure",
    "fine",
    "perfect",
    "awesome",
    "actually",
];

/// Words that go on with what was said.
pub(crate) const CONNECTORS: &[&str] = &["and", "but", "or", "also", "plus", "n"];

/// Words that ask, also as chats misspell them.
pub(crate) const QUESTION_WORDS: &[&str] = &[
    "what", "whats", "which", "who", "whos", "whom", "whose", "when", "whens", "where", "wheres", "why", "how", "hows", "wat",
    "wut", "wen", "wich", "wer", "wher",
];

/// Auxiliary verbs, also contracted with `not`.
pub(crate) const AUXILIARIES: &[&str] = &[
    "is",
    "are",
    "was",
    "were",
    "am",
    "be",
    "been",
    "do",
    "does",
    "did",
    "has",
    "have",
    "had",
    "can",
    "could",
    "will",
    "would",
    "shall",
    "should",
    "may",
    "might",
    "must",
    "isnt",
    "arent",
    "wasnt",
    "werent",
    "dont",
    "doesnt",
    "didnt",
    "cant",
    "wont",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "don't",
    "doesn't",
    "didn't",
    "can't",
    "won't",
    "hasn't",
    "haven't",
    "couldn't",
    "wouldn't",
    "shouldn't",
];

/// Prepositions, and `than`.
pub(crate) const PREPOSITIONS: &[&str] = &[
    "in", "on", "at", "for", "from", "with", "without", "by", "to", "of", "about", "before", "after", "since", "until", "till",
    "under", "over", "into", "through", "during", "between", "near", "as", "like", "than", "via",
];

/// Before a pronoun these begin a clause of its own, in which it may stand for what was named before.
pub(crate) const CLAUSES: &[&str] = &[
    "and", "but", "or", "if", "when", "because", "since", "while", "whether", "that", "so", "before", "after", "until", "once",
    "where",
];

/// Before `one` these make it stand for a thing that was named.
pub(crate) const OF_ONE: &[&str] = &[
    "which", "that", "this", "the", "latest", "newest", "last", "first", "next", "new", "old", "other", "older", "newer", "same",
    "previous", "second", "another", "each", "every", "biggest",
];

/// Words before a question that turn to something else: they are not of it, and what stands in them points to nothing.
pub(crate) const TURNS: &[&[&str]] = &[
    &["by", "the", "way"],
    &["that", "reminds", "me"],
    &["this", "reminds", "me"],
    &["reminds", "me"],
    &["one", "more", "thing"],
    &["one", "more", "question"],
    &["one", "other", "thing"],
    &["another", "thing"],
    &["another", "question"],
    &["other", "question"],
    &["different", "question"],
    &["different", "topic"],
    &["next", "question"],
    &["quick", "question"],
    &["unrelated"],
    &["totally", "unrelated"],
    &["on", "another", "note"],
    &["on", "a", "different", "note"],
];

/// Words of a question's form that are its verb where a name follows.
pub(crate) const FORM_VERBS: &[&str] = &[
    "use",
    "uses",
    "used",
    "using",
    "support",
    "supported",
    "start",
    "begin",
    "finish",
    "wrote",
    "write",
    "help",
    "plan",
    "change",
];

/// Words at the end of a question that set it beside, or before, something that was said.
pub(crate) const BESIDE: &[&str] = &[
    "before",
    "after",
    "afterwards",
    "beforehand",
    "then",
    "instead",
    "else",
    "otherwise",
    "either",
    "too",
    "again",
    "earlier",
    "later",
];

/// After `this`, nothing that was named: `this year`, `this room`.
pub(crate) const HERE_AND_NOW: &[&str] =
    &["year", "week", "month", "quarter", "time", "morning", "days", "room", "channel", "project", "community", "bot", "blog"];

/// `it` that stands for nothing, from it on.
pub(crate) const EXPLETIVE: &str = r"^(?:it'?s? )(?:(?:is|was|be|been|become|became|becoming|get|gets|getting|still|now|already|really|even|ever|also|too|very|quite|just|not|actually|currently) )*(?:(?:(?:true|possible|impossible|hard|easy|easier|difficult|safe|ok|okay|fine|allowed|necessary|required|recommended|planned|decided|agreed|announced|expected|intended|supposed|known|better|best|worth|good|bad|enough|ready|time|common|normal|legal|clear|feasible|useful|important|mandatory|advisable|wise|take|takes|took|mean|means|matter|matters|cost|costs|need|needs|make sense|an? \w+(?: \w+)?) )+(?:to|that|if|whether|when|for)\b|worth \w+ing\b|(?:possible|true)\b|to \w+|like to\b|going\b|rain)";

/// Forms of `be`, and what stands before one.
pub(crate) const BE: &[&str] = &["is", "are", "was", "were", "be", "been", "isn't", "aren't", "wasn't", "weren't", "has", "will"];

/// Words that a noun may follow, beside function words: then `that` is no conjunction.
pub(crate) const BEFORE_NOUNS: &[&str] =
    &["why", "so", "all", "did", "use", "using", "do", "install", "enable", "call", "called"];

/// Adjectives of a question's form.
pub(crate) const ADJECTIVES: &[&str] = &["available", "possible", "different", "new", "old", "good", "best"];

/// Verbs that ask at the start of a question.
pub(crate) const IMPERATIVES: &[&str] = &["tell", "explain", "show", "list", "give", "describe", "define", "find"];

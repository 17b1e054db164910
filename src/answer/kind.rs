//! What kind of answer a question asks for.

use std::sync::LazyLock;

use regex::Regex;

use crate::search::{Edge, Evidence};

/// The kinds of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A date, at one end of the timeline where the question says which.
    When(Edge),
    /// A release or version.
    WhichRelease(Edge),
    /// A person, company or community.
    Who,
    /// Who wrote a post.
    Author,
    /// A place or an address.
    Where,
    /// A count or measure.
    HowMany,
    /// A span of time, or how often something is.
    HowLong,
    /// How something changed over time.
    History,
    /// Steps, a command.
    How,
    /// A reason.
    Why,
    /// What something is.
    Define,
    /// Yes or no.
    YesNo,
    /// Several things of a sort.
    List,
    /// Anything else.
    What,
    /// A greeting.
    Greeting,
    /// Thanks.
    Thanks,
    /// A question about the bot itself.
    Self_,
}

/// How a kind is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// By the passages that answer best.
    BestFirst,
    /// By what the posts tell of it, in the order of their dates.
    InTime,
    /// Without the posts.
    SmallTalk,
}

/// Pattern and kind; the first that matches decides. Patterns see the corrected question: lower case, plain apostrophes.
type Rule = (&'static str, fn(&str) -> Kind);

const RULES: &[Rule] = &[
    (r"^(hi|hey|hello|hiya|yo|greetings|good (morning|afternoon|evening|day))( (there|all|everyone|folks|mynah|bot))*$", |_| {
        Kind::Greeting
    }),
    (
        r"^(ok |okay |great |cool |perfect |awesome )*(thanks|thank you|thx|ty|cheers|great|cool|awesome)( (a lot|so much|very much|all|everyone|mynah|bot|again|for .*))*$",
        |_| Kind::Thanks,
    ),
    (
        r"^(who|what) are you( .*)?$|^are you (a |an )?(bot|human|person|real|ai|robot)\b|^what (can|do) you do\b|^how do you work\b|^what is mynah\b",
        |_| Kind::Self_,
    ),
    (
        r"\b(who|whos|which person) (wrote|authored|published)\b|\bwho(s)?( is| was| are)? the authors?\b|\bauthors? of\b|\b(written|authored|published) by (who|whom)|\bby whom\b.* (written|authored|published)\b",
        |_| Kind::Author,
    ),
    (
        r"\b(how|what) (has|have|did) .*\b(change|changed|evolve|evolved|grow|grown|grew|develop|developed|progress|progressed)\b( over| since|$)|\bover (time|the years)\b|\bhistory of\b",
        |_| Kind::History,
    ),
    (r"^since when|\bas of (when|which|what)\b", |q| when_or_release(q, Edge::First)),
    (
        r"\b(release|launch|start|starting|end|publication) date\b|\bdate of\b|[0-9] date$|\bhow long ago\b|.\bwhen( (is|was) (it|that))?$",
        |q| Kind::When(edge(q)),
    ),
    // Nothing but a release: what is to be told of it first is when it came out.
    (r"^(release|version) [0-9]{1,3}\.[0-9]{1,3}$", |_| Kind::When(Edge::Any)),
    (
        r"\b(which|what|whats)( [a-z0-9]+){0,3} (release|releases|version|versions)\b|\b(release|version)s? (is|was|has|had|did|does|do|brought|introduced|added)\b|\bversion (of|in|for)\b",
        |q| Kind::WhichRelease(edge(q)),
    ),
    (r"\bhow (long|often|old|frequently|much time|many (seconds|minutes|hours|days|weeks|months|years))\b", |_| Kind::HowLong),
    (
        r"\bhow (many|much|big|large|fast|far|high|low)\b|\bnumber of\b|\bpass rate\b|\bpercentage\b|\b(what|whats) (number|percent|size|port)\b|\bcount of\b",
        |_| Kind::HowMany,
    ),
    (
        r"^((hey|hi|hello|so|and|but|ok|also|then|well|please|do|does|you|anyone|anybody|know|tell|me|any|idea|until|till|by|since|from) )*whens?\b|\b(what|which) (date|dates|day|days|month|year|time|quarter)\b",
        |q| Kind::When(edge(q)),
    ),
    (
        r"^(so |and |but |hey |hi )*(who|whos|whose|whom)\b|\bwho (is|are|was|were|runs|uses|leads|maintains|provides|pays|does|did|got|has|made)\b|\bwhich (company|companies|person|people|vendor|vendors|organi[sz]ations?|communit(y|ies)|teams?|users?|customers?|members?|partners?|operators?|providers?)\b",
        |_| Kind::Who,
    ),
    (
        r"\bwhere\b|\bwheres\b|\bis there (a|an|any) (page|link|site|website|place|list|url|repo|repository)\b|\b(link|url|address) (to|for|of)\b",
        |_| Kind::Where,
    ),
    (r"\bwhy\b|\bhow come\b|\breasons?\b|\bwhat for\b", |_| Kind::Why),
    (
        r"\bhow (do|to|can|does|did|is|are|would|should|could|was|were)\b|\bhows\b|\bcommand\b|\bsteps\b|^how\b|\bways? to\b|\binstructions?\b",
        |_| Kind::How,
    ),
    (
        r"\bwhat (are|were) (the|some|all|your)\b|\b(which|what) (kinds?|types?|sorts?)\b|^list\b|^(name|give me) (all|the|some)\b",
        |_| Kind::List,
    ),
    (
        r"\b(what|whats)( exactly)?( (is|are|was|does))?( (a|an|the|this|that))? ?[^ ]*( [^ ]*){0,2}( (mean|stand for|do|about|for|thing))?$|\bstands? for\b|\bdefin|\bmeaning of\b|\bexplain\b|\btell me about\b",
        |_| Kind::Define,
    ),
    (r"^(so |and |but |hey |hi )*(is|are|does|do|did|can|could|will|has|have|was|were|should|would|may)\b", |_| Kind::YesNo),
];

static RULE_PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| RULES.iter().map(|(pattern, _)| Regex::new(pattern).expect("a valid pattern")).collect());

impl Kind {
    /// The kind of a question, corrected and lower-cased, without its punctuation.
    pub(super) fn of(question: &str) -> Self {
        let matching = RULE_PATTERNS.iter().zip(RULES).find(|(pattern, _)| pattern.is_match(question));
        matching.map_or(Self::What, |(_, (_, kind))| kind(question))
    }

    /// What the sentence that answers should hold.
    ///
    /// Asked when something of 8.0 was, a sentence with a release says little: with `asks_of_number`, only dates answer.
    pub(super) fn wants(self, asks_of_number: bool) -> Evidence {
        match self {
            Self::When(_) if asks_of_number => Evidence::DATE,
            Self::When(_) => Evidence::DATE | Evidence::RELEASE,
            Self::WhichRelease(_) => Evidence::RELEASE,
            Self::HowMany | Self::History => Evidence::NUMBER,
            Self::HowLong => Evidence::DURATION,
            Self::Who | Self::Author => Evidence::NAME,
            Self::Where => Evidence::LINK,
            Self::Why => Evidence::REASON,
            Self::How => Evidence::COMMAND,
            Self::Define => Evidence::DEFINITION,
            Self::YesNo | Self::List | Self::What | Self::Greeting | Self::Thanks | Self::Self_ => Evidence::NONE,
        }
    }

    /// The end of the timeline that is asked for.
    pub fn edge(self) -> Edge {
        match self {
            Self::When(edge) | Self::WhichRelease(edge) => edge,
            Self::Who
            | Self::Author
            | Self::Where
            | Self::HowMany
            | Self::HowLong
            | Self::History
            | Self::How
            | Self::Why
            | Self::Define
            | Self::YesNo
            | Self::List
            | Self::What
            | Self::Greeting
            | Self::Thanks
            | Self::Self_ => Edge::Any,
        }
    }

    /// Whether the answer is a place in time, told as a sequence.
    pub fn is_temporal(self) -> bool {
        self.manner() == Manner::InTime
    }

    /// Whether it asks nothing of the posts.
    pub fn is_small_talk(self) -> bool {
        self.manner() == Manner::SmallTalk
    }

    fn manner(self) -> Manner {
        match self {
            Self::When(_) | Self::WhichRelease(_) | Self::History => Manner::InTime,
            Self::Greeting | Self::Thanks | Self::Self_ => Manner::SmallTalk,
            Self::Who
            | Self::Author
            | Self::Where
            | Self::HowMany
            | Self::HowLong
            | Self::How
            | Self::Why
            | Self::Define
            | Self::YesNo
            | Self::List
            | Self::What => Manner::BestFirst,
        }
    }
}

fn when_or_release(question: &str, edge: Edge) -> Kind {
    if question.contains("version") || question.contains("release") { Kind::WhichRelease(edge) } else { Kind::When(edge) }
}

/// Which end of the timeline the words of a question name.
pub(super) fn edge(question: &str) -> Edge {
    static FIRST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(first|start|starts|started|starting|begin|begins|began|begun|beginning|earliest|initial|initially|original|originally|introduced?|kick(ed)? off|since (when|which|what)|from (when|which|what))\b")
            .expect("a valid pattern")
    });
    static LAST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(last|latest|newest|most recent|recently|finish|finishes|finished|finally|end|ends|ended|complete|completes|completed|done|over|current|currently|now|still|today|these days|nowadays|any news)\b")
            .expect("a valid pattern")
    });
    match (FIRST.is_match(question), LAST.is_match(question)) {
        (true, false) => Edge::First,
        (false, true) => Edge::Last,
        _ => Edge::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_by_their_form() {
        let table = [
            ("when did the debian migration start", Kind::When(Edge::First)),
            ("when was the cutover finished", Kind::When(Edge::Last)),
            ("release 8.0", Kind::When(Edge::Any)),
            ("release date of 8.0", Kind::When(Edge::Any)),
            ("what was the date of the vote", Kind::When(Edge::Any)),
            ("release 8.0 date", Kind::When(Edge::Any)),
            ("how long ago did the move begin", Kind::When(Edge::First)),
            ("first meeting of contributors when was that", Kind::When(Edge::First)),
            ("who tested 8.0", Kind::Who),
            ("which release brought dual stack", Kind::WhichRelease(Edge::Any)),
            ("since which version is it there", Kind::WhichRelease(Edge::First)),
            ("who runs it in production", Kind::Who),
            ("who wrote the harbor article", Kind::Author),
            ("by whom was the harbor article published", Kind::Author),
            ("who is it used by", Kind::Who),
            ("where can i see the list", Kind::Where),
            ("is there a page with plans", Kind::Where),
            ("how many tests were run", Kind::HowMany),
            ("how often are elections held", Kind::HowLong),
            ("how do you upgrade", Kind::How),
            ("why did they leave centos", Kind::Why),
            ("what is rehoming", Kind::Define),
            ("whats the zero touch provisioning thing", Kind::Define),
            ("what does sdo stand for and what is it good for", Kind::Define),
            ("can it manage gateways", Kind::YesNo),
            ("what are the main areas of the meetup", Kind::List),
            ("how has the limit grown over time", Kind::History),
            ("hey there", Kind::Greeting),
            ("thanks a lot", Kind::Thanks),
            ("who are you", Kind::Self_),
            ("", Kind::What),
        ];
        for (question, kind) in table {
            assert_eq!(Kind::of(question), kind, "{question}");
        }
    }
}

//! What kind of answer a question asks for: one table, a row for each kind with all that is particular to it. What is said to a
//! kind in mynah's own words stands in `render`, which matches on all kinds.

use std::sync::LazyLock;

use regex::Regex;

use crate::english::question;
use crate::search::{Evidence, TemporalEnd};

/// What is particular to a kind of question.
struct Row {
    /// Its patterns, each with its place in the order in which those of all kinds are tried: the first that matches decides.
    /// They see the corrected question: lower case, plain apostrophes, no punctuation. Places are ten apart, to leave room.
    forms: &'static [(u16, &'static str)],
    /// What the sentence that answers should hold.
    wants: Evidence,
    /// The same where a number is asked about: of `when was 8.0 made`, a sentence with a release says little.
    wants_of_number: Evidence,
    /// The end of the timeline that it asks for.
    end: End,
    /// How it is answered.
    manner: Manner,
    /// What it may be asked about.
    subject: Subject,
    /// Whether it asks for a figure, so that posts with any two figures differ.
    figure: bool,
    /// Whether it asks for several things: one passage more is quoted at first.
    several: bool,
}

/// Which end of the timeline a kind asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// None.
    Any,
    /// The one that the question's words name.
    Named,
}

/// How a kind is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// By the passages that answer best.
    BestFirst,
    /// By what the posts tell of it, in the order of their dates, from the end that is asked for.
    InTime,
    /// The same, from the oldest post on.
    FromTheBeginning,
    /// Without the posts; `helped` tells whether places to go are named.
    SmallTalk { helped: bool },
}

/// What a kind may be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// What the posts say.
    Posts,
    /// That, or the day of a post itself, or of the release that it announces.
    Day,
    /// Who wrote a post, which its front matter says.
    Author,
}

/// Declares the kinds, a row for each. A row without one of its columns doesn't compile.
macro_rules! kinds {
    ($($(#[$doc:meta])* $Name:ident: $row:expr;)+) => {
        /// The kinds of questions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $Name,)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$Name,)+];

            fn row(self) -> &'static Row {
                match self {
                    $(Self::$Name => const { &$row },)+
                }
            }
        }
    };
}

kinds! {
    /// A date, at the end of the timeline that the question names.
    When: Row {
        forms: &[
            (70, r"^since when|\bas of (when|which|what)\b"),
            (80, r"\b(release|launch|start|starting|end|publication) date\b|\bdate of\b|[0-9] date$|\bhow long ago\b|.\bwhen( (is|was) (it|that))?$"),
            // Nothing but a release: what is to be told of it first is when it came out.
            (90, r"^(release|version) [0-9]{1,3}\.[0-9]{1,3}$"),
            (130, r"^((hey|hi|hello|so|and|but|ok|also|then|well|please|do|does|you|anyone|anybody|know|tell|me|any|idea|until|till|by|since|from) )*whens?\b|\b(what|which) (date|dates|day|days|month|year|time|quarter)\b"),
        ],
        wants: Evidence::DATE.union(Evidence::RELEASE),
        wants_of_number: Evidence::DATE,
        end: End::Named,
        manner: Manner::InTime,
        subject: Subject::Day,
        figure: false,
        several: false,
    };
    /// A release or version.
    WhichRelease: Row {
        forms: &[
            (60, r"^since when.*(version|release)|(version|release).*\bas of (when|which|what)\b|\bas of (when|which|what)\b.*(version|release)"),
            (100, r"\b(which|what|whats)( [a-z0-9]+){0,3} (release|releases|version|versions)\b|\b(release|version)s? (is|was|has|had|did|does|do|brought|introduced|added)\b|\bversion (of|in|for)\b"),
        ],
        wants: Evidence::RELEASE,
        wants_of_number: Evidence::RELEASE,
        end: End::Named,
        manner: Manner::InTime,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// A person, company or community.
    Who: Row {
        forms: &[
            (140, r"^(so |and |but |hey |hi )*(who|whos|whose|whom)\b|\bwho (is|are|was|were|runs|uses|leads|maintains|provides|pays|does|did|got|has|made)\b|\bwhich (company|companies|person|people|vendor|vendors|organi[sz]ations?|communit(y|ies)|teams?|users?|customers?|members?|partners?|operators?|providers?)\b"),
        ],
        wants: Evidence::NAME,
        wants_of_number: Evidence::NAME,
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// Who wrote a post. Who wrote a program is a [`Self::Who`].
    Author: Row {
        forms: &[
            (40, r"\b(who|whos|which person) (wrote|authored|published)( about\b| on\b|( [^ ]+)* (posts?|articles?|blogs?|pieces?|recaps?|reports?|write-?ups?|summary|announcement|this|that|it)\b|$)|\bwho(s)?( is| was| are)? the authors?\b|\bauthors? of\b|\b(written|authored|published) by (who|whom)|\bby whom\b.* (written|authored|published)\b"),
        ],
        wants: Evidence::NAME,
        wants_of_number: Evidence::NAME,
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Author,
        figure: false,
        several: false,
    };
    /// A place or an address.
    Where: Row {
        forms: &[
            (150, r"\bwhere\b|\bwheres\b|\bis there (a|an|any) (page|link|site|website|place|list|url|repo|repository)\b|\b(link|url|address) (to|for|of)\b"),
        ],
        wants: Evidence::LINK,
        wants_of_number: Evidence::LINK,
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// A count or measure.
    HowMany: Row {
        forms: &[
            (120, r"\bhow (many|much|big|large|fast|far|high|low)\b|\bnumber of\b|\bpass rate\b|\bpercentage\b|\b(what|whats) (number|percent|size|port)\b|\bcount of\b"),
        ],
        wants: Evidence::NUMBER,
        wants_of_number: Evidence::NUMBER,
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: true,
        several: false,
    };
    /// A span of time, or how often something is.
    HowLong: Row {
        forms: &[
            (110, r"\bhow (long|often|old|frequently|much time|many (seconds|minutes|hours|days|weeks|months|years))\b"),
        ],
        wants: Evidence::DURATION,
        wants_of_number: Evidence::DURATION,
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: true,
        several: false,
    };
    /// How something changed over time.
    History: Row {
        forms: &[
            (50, r"\b(how|what) (has|have|did) .*\b(change|changed|evolve|evolved|grow|grown|grew|develop|developed|progress|progressed)\b( over| since|$)|\bover (time|the years)\b|\bhistory of\b"),
        ],
        wants: Evidence::NUMBER,
        wants_of_number: Evidence::NUMBER,
        end: End::Any,
        manner: Manner::FromTheBeginning,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// Steps, a command.
    How: Row {
        forms: &[
            (170, r"\bhow (do|to|can|does|did|is|are|would|should|could|was|were)\b|\bhows\b|\bcommand\b|\bsteps\b|^how\b|\bways? to\b|\binstructions?\b"),
        ],
        wants: Evidence::COMMAND,
        wants_of_number: Evidence::COMMAND,
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// A reason.
    Why: Row {
        forms: &[
            (160, r"\bwhy\b|\bhow come\b|\breasons?\b|\bwhat for\b"),
        ],
        wants: Evidence::REASON,
        wants_of_number: Evidence::REASON,
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// What something is.
    Define: Row {
        forms: &[
            (190, r"\b(what|whats)( exactly)?( (is|are|was|does))?( (a|an|the|this|that))? ?[^ ]*( [^ ]*){0,2}( (mean|stand for|do|about|for|thing))?$|\bstands? for\b|\bdefin|\bmeaning of\b|\bexplain\b|\btell me about\b"),
        ],
        wants: Evidence::DEFINITION,
        wants_of_number: Evidence::DEFINITION,
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// Yes or no.
    YesNo: Row {
        forms: &[
            (200, r"^(so |and |but |hey |hi )*(is|are|does|do|did|can|could|will|has|have|was|were|should|would|may)\b"),
        ],
        wants: Evidence::empty(),
        wants_of_number: Evidence::empty(),
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// Several things of a sort.
    List: Row {
        forms: &[
            (180, r"\bwhat (are|were) (the|some|all|your)\b|\b(which|what) (kinds?|types?|sorts?)\b|^list\b|^(name|give me) (all|the|some)\b"),
        ],
        wants: Evidence::empty(),
        wants_of_number: Evidence::empty(),
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: false,
        several: true,
    };
    /// Anything else.
    What: Row {
        forms: &[],
        wants: Evidence::empty(),
        wants_of_number: Evidence::empty(),
        end: End::Any,
        manner: Manner::BestFirst,
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// A greeting.
    Greeting: Row {
        forms: &[
            (10, r"^(hi|hey|hello|hiya|yo|greetings|good (morning|afternoon|evening|day))( (there|all|everyone|folks|mynah|bot))*$"),
        ],
        wants: Evidence::empty(),
        wants_of_number: Evidence::empty(),
        end: End::Any,
        manner: Manner::SmallTalk { helped: true },
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// Thanks.
    Thanks: Row {
        forms: &[
            (20, r"^(ok |okay |great |cool |perfect |awesome )*(thanks|thank you|thx|ty|cheers|great|cool|awesome)( (a lot|so much|very much|all|everyone|mynah|bot|again|for .*))*$"),
        ],
        wants: Evidence::empty(),
        wants_of_number: Evidence::empty(),
        end: End::Any,
        manner: Manner::SmallTalk { helped: false },
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
    /// A question about the bot itself.
    AboutBot: Row {
        forms: &[
            (30, r"^(who|what) are you( .*)?$|^are you (a |an )?(bot|human|person|real|ai|robot)\b|^what (can|do) you do\b|^how do you work\b|^what is mynah\b"),
        ],
        wants: Evidence::empty(),
        wants_of_number: Evidence::empty(),
        end: End::Any,
        manner: Manner::SmallTalk { helped: true },
        subject: Subject::Posts,
        figure: false,
        several: false,
    };
}

/// The patterns of all kinds, in the order in which they are tried.
static FORMS: LazyLock<Vec<(u16, Regex, Kind)>> = LazyLock::new(|| {
    let of_kind = |kind: &Kind| {
        let kind = *kind;
        kind.row().forms.iter().map(move |(place, form)| (*place, Regex::new(form).expect("a valid pattern"), kind))
    };
    let mut forms: Vec<_> = Kind::ALL.iter().flat_map(of_kind).collect();
    forms.sort_by_key(|(place, ..)| *place);
    forms
});

impl Kind {
    /// The kind of a question, corrected and lower-cased, without its punctuation.
    pub(super) fn of(question: &str) -> Self {
        FORMS.iter().find(|(_, form, _)| form.is_match(question)).map_or(Self::What, |(.., kind)| *kind)
    }

    /// What the sentence that answers should hold; `asks_of_number` tells that the question names a number.
    pub(super) fn wants(self, asks_of_number: bool) -> Evidence {
        if asks_of_number { self.row().wants_of_number } else { self.row().wants }
    }

    /// The end of the timeline that a question of this kind asks for with these words.
    pub(super) fn edge(self, question: &str) -> TemporalEnd {
        match self.row().end {
            End::Any => TemporalEnd::Any,
            End::Named => named_edge(question),
        }
    }

    /// The end of the timeline from which it is told, where `asked` is the one that is asked for; none where it isn't told in time.
    pub(super) fn told_from(self, asked: TemporalEnd) -> Option<TemporalEnd> {
        match self.row().manner {
            Manner::InTime => Some(asked),
            Manner::FromTheBeginning => Some(TemporalEnd::First),
            Manner::BestFirst | Manner::SmallTalk { .. } => None,
        }
    }

    /// Whether it asks nothing of the posts.
    pub fn is_small_talk(self) -> bool {
        matches!(self.row().manner, Manner::SmallTalk { .. })
    }

    /// Whether places to go are named where the posts are asked nothing.
    pub(super) fn is_helped(self) -> bool {
        self.row().manner == Manner::SmallTalk { helped: true }
    }

    /// What it may be asked about.
    pub(super) fn subject(self) -> Subject {
        self.row().subject
    }

    /// Whether it asks for a figure, so that posts with any two figures differ.
    pub(super) fn asks_for_figure(self) -> bool {
        self.row().figure
    }

    /// Whether it asks for several things of a sort.
    pub fn asks_for_several(self) -> bool {
        self.row().several
    }
}

/// Which end of the timeline the words of a question name.
fn named_edge(question: &str) -> TemporalEnd {
    static SINCE: LazyLock<Regex> = LazyLock::new(|| Regex::new(question::SINCE).expect("a valid pattern"));
    static BEGINNING: LazyLock<Regex> = LazyLock::new(|| Regex::new(question::BEGINNING).expect("a valid pattern"));
    static END: LazyLock<Regex> = LazyLock::new(|| Regex::new(question::END).expect("a valid pattern"));
    if SINCE.is_match(question) {
        return TemporalEnd::First;
    }
    match (BEGINNING.is_match(question), END.is_match(question)) {
        (true, false) => TemporalEnd::First,
        (false, true) => TemporalEnd::Last,
        (true, true) | (false, false) => TemporalEnd::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_told_by_their_form() {
        let table = [
            ("when did the debian migration start", Kind::When, TemporalEnd::First),
            ("when was the cutover finished", Kind::When, TemporalEnd::Last),
            ("release 8.0", Kind::When, TemporalEnd::Any),
            ("release date of 8.0", Kind::When, TemporalEnd::Any),
            ("what was the date of the vote", Kind::When, TemporalEnd::Any),
            ("release 8.0 date", Kind::When, TemporalEnd::Any),
            ("how long ago did the move begin", Kind::When, TemporalEnd::First),
            ("first meeting of contributors when was that", Kind::When, TemporalEnd::First),
            ("who tested 8.0", Kind::Who, TemporalEnd::Any),
            ("which release brought dual stack", Kind::WhichRelease, TemporalEnd::Any),
            ("since which version is it there", Kind::WhichRelease, TemporalEnd::First),
            ("who runs it in production", Kind::Who, TemporalEnd::Any),
            ("who wrote the harbor article", Kind::Author, TemporalEnd::Any),
            ("who wrote about apparmor", Kind::Author, TemporalEnd::Any),
            ("who wrote that", Kind::Author, TemporalEnd::Any),
            ("who wrote the installer", Kind::Who, TemporalEnd::Any),
            ("by whom was the harbor article published", Kind::Author, TemporalEnd::Any),
            ("who is it used by", Kind::Who, TemporalEnd::Any),
            ("where can i see the list", Kind::Where, TemporalEnd::Any),
            ("is there a page with plans", Kind::Where, TemporalEnd::Any),
            ("how many tests were run", Kind::HowMany, TemporalEnd::Any),
            ("how often are elections held", Kind::HowLong, TemporalEnd::Any),
            ("how do you upgrade", Kind::How, TemporalEnd::Any),
            ("why did they leave centos", Kind::Why, TemporalEnd::Any),
            ("what is rehoming", Kind::Define, TemporalEnd::Any),
            ("whats the zero touch provisioning thing", Kind::Define, TemporalEnd::Any),
            ("what does sdo stand for and what is it good for", Kind::Define, TemporalEnd::Any),
            ("can it manage gateways", Kind::YesNo, TemporalEnd::Any),
            ("what are the main areas of the meetup", Kind::List, TemporalEnd::Any),
            ("how has the limit grown over time", Kind::History, TemporalEnd::Any),
            ("hey there", Kind::Greeting, TemporalEnd::Any),
            ("thanks a lot", Kind::Thanks, TemporalEnd::Any),
            ("who are you", Kind::AboutBot, TemporalEnd::Any),
            ("", Kind::What, TemporalEnd::Any),
        ];
        for (question, kind, edge) in table {
            assert_eq!((Kind::of(question), kind.edge(question)), (kind, edge), "{question}");
        }
        let told = |kind: &&Kind| !table.iter().any(|(_, of, _)| of == *kind);
        assert_eq!(Kind::ALL.iter().find(told), None, "a kind without a question here");
    }

    #[test]
    fn no_two_patterns_are_tried_at_the_same_place() {
        let places: Vec<u16> = FORMS.iter().map(|(place, ..)| *place).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
    }
}

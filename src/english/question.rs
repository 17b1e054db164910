//! Words and patterns of a question that the posts are asked. The patterns of its kind stand in the kinds' own table,
//! `answer::kind`.

/// Words that ask for an author, in whatever post.
pub(crate) const AUTHOR_WORDS: &[&str] =
    &["author", "authors", "wrote", "write", "writes", "written", "writer", "post", "article", "blog", "recap", "piece"];

/// What a mistyped word of up to four letters may have meant, of the words that ask: nearly every such string is next to some
/// function word.
pub(crate) const SHORT_QUESTION_WORDS: &[&str] =
    &["what", "when", "where", "which", "who", "why", "how", "release", "version", "first", "latest", "does"];

/// Words by which a question is one of the posts themselves, so that their front matter may answer it.
pub(crate) const POST_WORDS: &[&str] = &["post", "posts", "article", "blog", "author"];

/// Stems of the words that ask or tell when a release came out, beside its name.
pub(crate) const RELEASING: &[&str] =
    &["releas", "version", "come", "came", "out", "ship", "publish", "launch", "avail", "announc", "introduc", "date", "land"];

/// Words of a title that say nothing more of a release.
pub(crate) const PASSED_OVER: &[&str] = &["is", "are", "here", "now", "the", "a", "of", "our", "new", "we", "with"];

/// A question of how a post came to be.
pub(crate) const WRITING: &str = r"(?i)\b(?:wrote|written|posted|published|authored)\b";

/// A question of a beginning, whatever else it says.
pub(crate) const SINCE: &str = r"^since when|\bas of (when|which|what)\b";

/// A question of a beginning.
pub(crate) const BEGINNING: &str = r"\b(first|start|starts|started|starting|begin|begins|began|begun|beginning|earliest|initial|initially|original|originally|introduced?|kick(ed)? off|since (when|which|what)|from (when|which|what))\b";

/// A question of an end, or of the present.
pub(crate) const END: &str = r"\b(last|latest|newest|most recent|recently|finish|finishes|finished|finally|end|ends|ended|complete|completes|completed|done|over|current|currently|now|still|today|these days|nowadays|any news)\b";

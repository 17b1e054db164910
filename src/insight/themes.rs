//! Questions without a good answer, by what they ask for.

use crate::search::{Families, Vector};

use super::groups::Wordings;
use super::kept::Kept;
use super::marks::Standing;

/// Questions that ask for the same thing, none of them with a good answer.
#[derive(Clone, Debug)]
pub struct Theme<'a> {
    /// The one whose wording stands for them.
    pub typical: &'a Kept,
    /// All of them, the oldest first.
    pub questions: Vec<&'a Kept>,
}

impl Theme<'_> {
    /// What marks make of it.
    pub fn standing(&self) -> Standing {
        Standing::of_kept(&self.questions)
    }

    /// Whether it is told: no mark leaves it out.
    pub fn is_told(&self) -> bool {
        self.standing().is_told()
    }
}

/// The groups of open questions ([`Kept::is_open`]), the largest first, whatever their marks; `questions` come in the order of
/// time. `vectors` gives those of
/// some, or `None` where there is no encoder: then words decide.
///
/// # Errors
/// Those of `vectors`.
pub fn themes<'a, E>(
    questions: &'a [Kept],
    families: &Families,
    vectors: impl FnOnce(&[&'a Kept]) -> Result<Option<Vec<Vector>>, E>,
) -> Result<Vec<Theme<'a>>, E> {
    let open: Vec<&Kept> = questions.iter().filter(|kept| kept.is_open()).collect();
    let texts: Vec<&str> = open.iter().map(|kept| kept.said.text.as_str()).collect();
    let wordings = Wordings::of(&texts, families);
    let examples: Vec<&Kept> = wordings.examples().map(|at| open[at]).collect();
    let vectors = vectors(&examples)?;
    let groups = wordings.groups(vectors.as_deref()).into_iter();
    let theme = |group: super::Group| Theme {
        typical: open[group.typical],
        questions: group.members.into_iter().map(|at| open[at]).collect(),
    };
    Ok(groups.map(theme).collect())
}

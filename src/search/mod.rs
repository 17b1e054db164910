//! Documents → an immutable [`Index`]; [`Query`] → [`Hit`]s. The only user of tantivy.

pub mod analysis;
mod document;
mod evidence;
mod families;
mod index;
mod meaning;
mod query;
mod score;
mod vocabulary;

pub use document::Document;
pub use evidence::{Evidence, is_anaphoric};
pub use families::{Families, FamilyId};
pub use index::{CLOSER_LOOK, Index, IndexError};
#[cfg(test)]
pub(crate) use meaning::tiny_encoder;
pub use meaning::{
    Activation, Bert, BertConfig, BertError, Cosines, Encoder, EncoderError, Encoding, Meaning, ModelId, ModelType, NoWeightsId,
    States, Tokens, Vector, WeightsId, tensors,
};
pub use query::{MAX_TERMS, Query, QueryTerm, Role, TemporalEnd};
pub use score::{Feature, Features, Hit, Weights};
pub use vocabulary::{TermId, Vocabulary};

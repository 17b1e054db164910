//! What a message means in a conversation and what to do about it. Pure: no clocks, no files, no network.

mod addressing;
pub mod command;
mod language;
mod limits;
mod memory;
mod message;
pub mod phrases;
mod settings;
mod several;
mod speech;
mod talk;

pub use addressing::{Addressed, addressed, without_call};
pub use language::{Foreign, foreign};
pub use limits::{Allowed, Limits};
pub use memory::Memory;
pub use message::{Me, Message, Place};
pub use phrases::NoLink;
pub use settings::{AnswerTo, Keeping, Manners, Pattern, Rates, ReplyAs, RoomSettings, Welcome};
pub use speech::Speech;
pub use talk::{Act, Chat, Deed, Finding, Reply, Scene};

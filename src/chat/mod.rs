//! What a message means in a conversation and what to do about it. Pure: no clocks, no files, no network.

mod addressing;
pub mod command;
mod limits;
mod memory;
mod message;
pub mod phrases;
mod talk;

pub use addressing::{Addressed, addressed};
pub use limits::{Allowed, Limits};
pub use memory::Memory;
pub use message::{Me, Message, Place};
pub use talk::{Chat, Reply, Scene};

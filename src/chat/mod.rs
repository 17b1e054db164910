//! What a message means in a conversation. Pure: no clocks, no files, no network.

mod memory;

pub use memory::Memory;

//! Work on plain slices of numbers that the encoder and the reader spend their time in. It is a crate of its own so that debug
//! builds optimise it too.
//!
//! Each function is compiled for the instruction sets of newer processors as well, and the best one is taken at run time.

pub mod fixed;
pub mod layers;

//! Work on plain slices of numbers that the encoder and the reader spend their time in. It is a crate of its own so that debug
//! builds optimise it too.
//!
//! Each function is compiled for the instruction sets of newer processors as well, and the best one is taken at run time.
//! What is done there is a type with `#[inline(always)]` on its method rather than a closure: a closure may stay a function of
//! its own, which is then compiled for the oldest processors.

pub mod fixed;
pub mod layers;
pub mod product;

//! Where posts come from: a community's site as it stands in its repository.

pub mod git;

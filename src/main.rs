//! The command line: turns a result into an exit code.

use std::process::ExitCode;

/// Posts are read in millions of small pieces, on all cores: with the system's allocator on Linux that takes a fifth longer, and
/// half as much memory again stays behind when most of them are gone (`benches/large.rs`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mynah::cli::main()
}

//! The command line: turns a result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mynah::cli::main()
}

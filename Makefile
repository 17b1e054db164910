# `make demo` shows the bot at work; `make test` is what CI runs; `make bench` prints the figures of the README.

.PHONY: demo test lint encoder core unit check eval matrix bench matrix-bench

# The core without matrix-sdk, in a folder of its own so that the two don't rebuild each other, and built once: its tests and the
# figures need the same.
CORE = --no-default-features --target-dir target/core --profile checked

demo:
	scripts/demo

test: lint encoder core check eval unit matrix

lint:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

encoder:
	scripts/fetch-encoder

core:
	cargo test $(CORE)

check: core
	target/core/checked/mynah check

eval: core encoder
	bash scripts/floors

# What the feature adds to the core's tests: `core` has run the suite.
unit:
	cargo test --lib

matrix:
	cargo build
	scripts/matrix-lab
	target/matrix-lab/venv/bin/python -B -m pytest --quiet --numprocesses 2 --dist loadfile tests/matrix

bench:
	cargo bench

matrix-bench:
	scripts/matrix-bench

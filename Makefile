# `make demo` shows the bot at work; `make test` is what CI runs; `make bench` prints figures of docs/figures.md.

.PHONY: demo test core lint encoder build suite check eval eval-all matrix rehearsal bench matrix-bench sensitivity

demo:
	scripts/demo

# Without matrix-sdk, which takes most of a build.
core:
	cargo test --no-default-features --features journal,web

# One build serves all of it: compiling takes longer than testing.
test: lint encoder suite check eval matrix
	@cat target/floors

lint:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

encoder:
	scripts/fetch-encoder

build:
	cargo build

suite:
	cargo test

check: build
	target/debug/mynah check

eval: build encoder
	bash scripts/floors --here

eval-all: build encoder
	bash scripts/floors

matrix: build
	scripts/matrix-lab
	target/matrix-lab/venv/bin/python -B -m pytest --quiet --numprocesses 2 --dist loadfile --no-loadscope-reorder tests/matrix

# Eight people ask 300 questions; what is kept of them is looked at, and told.
rehearsal: build
	scripts/matrix-lab --no-browser
	target/matrix-lab/venv/bin/python -B -m pytest --quiet tests/matrix/rehearsal_insight.py

bench: encoder
	cargo bench

matrix-bench:
	scripts/matrix-bench

sensitivity:
	scripts/sensitivity

# `make demo` shows the bot at work; `make test` is what CI runs; `make bench` prints figures of docs/figures.md.

.PHONY: demo test core lint encoder lab build suite check eval eval-all matrix rehearsal bench matrix-bench sensitivity

demo:
	scripts/demo

# Without matrix-sdk, which takes most of a build.
core:
	cargo test --no-default-features --features journal,web

# One build serves all of it: compiling takes longer than testing. What is fetched comes while the lint compiles.
test:
	$(MAKE) --jobs=2 lab encoder lint
	$(MAKE) suite check eval matrix
	@cat target/floors

lint:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

encoder:
	scripts/fetch-encoder

lab:
	scripts/matrix-lab

# With the tests, which have features of some crates that mynah alone lacks: the program would be compiled again.
build:
	cargo test --no-run

suite:
	cargo test

check: build
	target/debug/mynah check

eval: build encoder
	bash scripts/floors --here

eval-all: build encoder
	bash scripts/floors

matrix: build lab
	target/matrix-lab/venv/bin/python -B -m pytest --quiet --numprocesses 3 --dist loadfile --no-loadscope-reorder tests/matrix

# Eight people ask 300 questions; what is kept of them is looked at, and told. And what memory a thousand answers take.
rehearsal: build
	scripts/matrix-lab --no-browser
	target/matrix-lab/venv/bin/python -B -m pytest --quiet tests/matrix/rehearsal_insight.py tests/matrix/rehearsal_memory.py

bench: encoder
	cargo bench

matrix-bench:
	scripts/matrix-bench

sensitivity:
	scripts/sensitivity

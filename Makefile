# `make demo` shows the bot at work; `make test` is what CI runs; `make bench` prints the figures of the README.

.PHONY: demo test lint build unit check eval matrix bench

demo:
	scripts/demo

test: lint build unit check eval matrix

lint:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items

build:
	cargo build --no-default-features
	cargo build --release

unit:
	cargo test

check: build
	target/release/mynah check

eval: build
	bash scripts/floors

matrix:
	cargo build
	scripts/matrix-lab
	target/matrix-lab/venv/bin/python -B -m pytest --quiet --numprocesses 2 --dist loadfile tests/matrix

bench:
	cargo bench

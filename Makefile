# `make test` is what CI runs; `make bench` prints the figures of the README.

.PHONY: test lint build unit check eval bench

test: lint build unit check eval

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

bench:
	cargo bench

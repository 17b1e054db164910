"""How far the answers hang on each number that was chosen by hand. `scripts/sensitivity` runs it.

A copy of the source is built once, in which these constants are read from the environment. Then each question set is asked with each
constant at another value, by words and by meaning, without the reader. Printed is what that changes of what is right and of hit@3, as
means over the sets, in thousandths.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
OUT = PROJECT / "target/sensitivity"
# File, constant, and the values that are tried beside its own.
CONSTANTS = [
    ("search/index.rs", "FIELD_BOOSTS", ["1,1,1,1,1", "1,0.8,1,0.5,0.5", "0.25,0.4,1,0.25,0.25", "0.5,0.8,1,0,0.5", "0.5,0.8,1,0.5,0"]),
    ("search/index.rs", "SAME_AS_BOOST", ["0.25", "1"]),
    ("search/index.rs", "CLOSER_LOOK", ["30", "120"]),
    ("search/score.rs", "FAMILY_MATCH", ["0.5", "0.9"]),
    ("search/score.rs", "CONTEXT_MATCH", ["0.7", "1"]),
    ("search/score.rs", "ANTECEDENT_MATCH", ["0.4", "1"]),
    ("search/score.rs", "ACRONYM_MATCH", ["0.7", "1"]),
    ("search/score.rs", "BM25_CAP", ["1", "2.5"]),
    ("search/score.rs", "FOCUSED_TERMS", ["2.5", "5"]),
    ("search/score.rs", "RARE_NAME", ["0.4", "0.7"]),
    ("search/score.rs", "PAIR_WORDS", ["2", "5"]),
    ("search/score.rs", "COPULA_WORDS", ["1", "4"]),
    ("search/score.rs", "COUNTED_WORDS", ["2", "5"]),
    ("answer/question.rs", "FORM_SHARE", ["0.25", "0.8"]),
    ("answer/question.rs", "UNKNOWN_SHARE", ["0.5", "1"]),
    ("answer/engine.rs", "HITS", ["6", "24"]),
    ("answer/engine.rs", "BESIDE_SHARE", ["0.15", "0.6"]),
    ("answer/engine.rs", "CERTAIN", ["0.7", "0.99"]),
    ("answer/engine.rs", "SHOWN_BEHIND", ["2.5", "10"]),
    ("answer/engine.rs", "SAME_SUBJECT_BEHIND", ["1", "4"]),
    ("answer/engine.rs", "SAME_SUBJECT_COVERAGE", ["0.7", "0.95"]),
    ("answer/excerpt.rs", "EXCERPT_BYTES", ["280", "1120"]),
    ("answer/excerpt.rs", "WHOLE_BYTES", ["350", "1400"]),
    ("corpus/passage.rs", "LEAD_IN_BYTES", ["120", "480"]),
    ("corpus/passage.rs", "PASSAGE_BYTES", ["1250", "5000"]),
]
MODES = {"by words": "encoder", "by meaning": "reader"}


def fail(what, mend):
    sys.exit(f"scripts/sensitivity: {what}: {mend}")


def from_environment(visible, kind, name, value):
    """A function that gives the constant, or what the environment says in its place."""
    if kind.startswith("["):
        number, count = re.fullmatch(r"\[(\w+); (\d+)\]", kind).groups()
        parsed = f"std::array::from_fn::<{number}, {count}, _>(|at| v.split(',').nth(at).expect(\"a number\").parse().expect(\"a number\"))"
    else:
        parsed = f'v.parse::<{kind}>().expect("a number")'
    return (
        f"#[allow(non_snake_case)]\n{visible}fn {name}() -> {kind} {{\n    static VALUE: std::sync::OnceLock<{kind}> = std::sync::OnceLock::new();\n"
        f'    *VALUE.get_or_init(|| std::env::var("SENSITIVITY_{name}").map_or({value}, |v| {parsed}))\n}}'
    )


def rewritten():
    """The source in `OUT`, with functions in the place of the constants: {constant: its own value}."""
    copy = OUT / "source"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("target", "data", ".git"))
    own = {}
    for file, name, _ in CONSTANTS:
        path = copy / "src" / file
        defined = re.search(rf"((?:pub(?:\([a-z]+\))? )?)const {name}: ([^=]+) = ([^;]+);", path.read_text(encoding="utf8"))
        if not defined:
            fail(f"src/{file} has no constant {name}", "mend the list in scripts/sensitivity.py")
        visible, kind, own[name] = defined.groups()
        for source in (copy / "src").rglob("*.rs"):
            text = source.read_text(encoding="utf8")
            if not re.search(rf"\b{name}\b", text):
                continue
            text = text.replace(defined.group(0), "DEFINED HERE") if source == path else text
            used = lambda line: line if re.match(r"\s*(//|use |pub use )", line) else re.sub(rf"\b{name}\b(?!\()", f"{name}()", line)
            text = "\n".join(map(used, text.split("\n")))
            source.write_text(text.replace("DEFINED HERE", from_environment(visible, kind, name, own[name])), encoding="utf8")
    return own


def built():
    copy = OUT / "source"
    command = ["cargo", "build", "--release", "--no-default-features", "--manifest-path", copy / "Cargo.toml", "--target-dir", OUT / "build"]
    if subprocess.run(command).returncode:
        fail("the copy was not built", "what cargo said is above")
    return OUT / "build/release/mynah"


def asked(program, questions, posts, without, changed):
    """(right, hit@3) of a set."""
    own = {f"SENSITIVITY_{name}": value for name, value in changed.items()}
    environment = {**os.environ, **own, "MYNAH__DATA_DIR": str(OUT / "data" / questions.stem), "MYNAH__SEARCH__ENCODER": str(PROJECT / "data/encoder")}
    command = [program, "eval", "--questions", questions, "--corpus", posts, "--without", without]
    told = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    if told.returncode:
        fail(f"{questions.stem} was not asked with {changed}", told.stderr.strip())
    figures = json.loads(told.stdout)
    return figures["right"], figures["hit@3"]


def means(program, sets, without, changed):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        figures = list(pool.map(lambda of: asked(program, *of, without, changed), sets))
    return [sum(column) / len(figures) for column in zip(*figures)]


def sets_here():
    found = [(questions, PROJECT / "data/posts" / questions.stem) for questions in sorted((PROJECT / "data/questions").glob("*.jsonl"))]
    found.append((PROJECT / "tests/eval/blog-dev.jsonl", PROJECT / "data/posts/starlingx"))
    found = [of for of in found if of[1].is_dir()]
    if not found:
        fail("there are no posts in data/posts", "bring them and their questions: scripts/fetch-posts --from FOLDER")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("constants", nargs="*", metavar="CONSTANT", help="only these")
    wanted = parser.parse_args().constants
    unknown = set(wanted) - {name for _, name, _ in CONSTANTS}
    if unknown:
        fail(f"{', '.join(sorted(unknown))} is unknown", f"name some of: {' '.join(name for _, name, _ in CONSTANTS)}")
    sets, own = sets_here(), rewritten()
    program = built()
    before = {mode: means(program, sets, without, {}) for mode, without in MODES.items()}
    print(f"{len(sets)} sets: {', '.join(questions.stem for questions, _ in sets)}")
    print("| constant | in place of | " + " | ".join(f"{mode}: right, hit@3" for mode in MODES) + " |\n|---|---|---|---|", flush=True)
    print("| | | " + " | ".join(f"{right:.3f}, {hit:.3f}" for right, hit in before.values()) + " |", flush=True)
    for _, name, values in CONSTANTS:
        for value in values if not wanted or name in wanted else []:
            after = {mode: means(program, sets, without, {name: value}) for mode, without in MODES.items()}
            told = [", ".join(f"{(now - then) * 1e3:+.0f}" for now, then in zip(after[mode], before[mode])) for mode in MODES]
            print(f"| `{name}` {value} | {own[name]} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()

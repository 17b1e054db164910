//! `mynah eval`: the figures that a hand-made set implies, and the floor. `scripts/floors` compares it with a scorer of others.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Ran, folder, mynah, post, root, shown};

const SEEDS: &str = "tests/eval/seeds-dev.jsonl";
const BREAD: &str = "When does the bakery sell sourdough bread?";

/// Two posts on things that have no word in common, and five questions whose answers leave no choice.
fn tiny_set() -> (TempDir, String, String) {
    let bread = post("Bread", "The bakery sells sourdough bread on Tuesdays.");
    let pond = post("Pond", "Mallards swim where water never freezes.");
    let folder = folder([("bread.md", bread.as_bytes()), ("pond.md", pond.as_bytes())]);
    let line = |id: &str, question: &str, kind: &str, gold: Option<(&str, &str)>| {
        let gold: Vec<Value> = gold.iter().map(|(file, quote)| json!({"file": file, "quote": quote})).collect();
        json!({"id": id, "question": question, "type": kind, "answerable": !gold.is_empty(), "gold": gold}).to_string()
    };
    let questions = [
        line("hit", BREAD, "when", Some(("bread.md", "sells sourdough bread on Tuesdays"))),
        line("elsewhere", BREAD, "when", Some(("pond.md", "Mallards swim"))),
        line("refused", "quarterly earnings of zorgblatt", "what", Some(("pond.md", "Mallards swim"))),
        line("off-topic", "quarterly earnings of zorgblatt", "unanswerable", None),
        line("fooled", BREAD, "unanswerable", None),
    ];
    let file = folder.path().join("questions.jsonl");
    std::fs::write(&file, questions.join("\n")).unwrap();
    let (corpus, questions) = (shown(folder.path()), shown(&file));
    (folder, corpus, questions)
}

fn eval_tiny_set(more: &[&str]) -> Ran {
    let (_folder, corpus, questions) = tiny_set();
    mynah(["eval", "--corpus", &corpus, "--questions", &questions].into_iter().chain(more.iter().copied())).run()
}

#[test]
fn the_figures_are_those_counted_by_hand() {
    let ran = eval_tiny_set(&[]).exits(0);
    let expected = json!({
        // `hit` and `off-topic` of five.
        "right": 0.4,
        // The same two; `elsewhere` and `fooled` were answered wrongly.
        "useful": 0.4,
        "misled": 0.4,
        // `hit` of the three answerable ones; both posts are cited at most, the wrong one never hits.
        "hit@1": 0.333,
        "hit@3": 0.333,
        "hit@5": 0.333,
        "highlight@1": 0.333,
        // `refused` of three.
        "false_refusal": 0.333,
        // `off-topic` of two.
        "refused_ok": 0.5,
        // Confidences: c, c, 0 against 0, c. Of six pairs two are won and three are ties: (2 + 3 / 2) / 6.
        "auc": 0.583,
        "counts": {"all": 5, "answerable": 3, "unanswerable": 2},
        "right_by_type": {"unanswerable": "1/2", "what": "0/1", "when": "1/2"},
    });
    let figures = ran.json();
    assert_eq!(of_the_whole_set(&figures), expected, "{ran}");
    let when = json!({"all": 2, "right": 0.5, "hit@1": 0.5, "hit@3": 0.5, "hit@5": 0.5, "highlight@1": 0.5});
    assert_eq!(figures["by_type"]["when"], when, "{ran}");
    assert_eq!(figures["by_type"]["unanswerable"], json!({"all": 2, "right": 0.5}), "{ran}");
    // Of three equal confidences one is right, of two others none is.
    let (_folder, corpus, _) = tiny_set();
    let confidence = |question: &str| {
        let answer = mynah(["ask", "--corpus", &corpus, "--format", "json", question]).run().json();
        answer["confidence"].as_f64().unwrap()
    };
    let error = ((3.0 * confidence(BREAD) - 1.0).abs() + 2.0 * confidence("quarterly earnings of zorgblatt")) / 5.0;
    assert!((figures["ece"].as_f64().unwrap() - error).abs() < 0.001, "{ran}");
}

/// The figures without those of each kind, which are looked at one by one, and of calibration and time, which no hand counts.
fn of_the_whole_set(figures: &Value) -> Value {
    let others = ["ece", "by_type", "took_ms"];
    let these = figures.as_object().unwrap().iter().filter(|(name, _)| !others.contains(&name.as_str()));
    these.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[test]
fn a_comparison_tells_what_was_won_and_lost() {
    let (folder, corpus, questions) = tiny_set();
    let answers = mynah(["ask", "--corpus", &corpus, "--questions", &questions]).run().exits(0).out;
    // Before, `hit` was refused and `fooled` was not fooled.
    let before: Vec<String> = answers
        .lines()
        .map(|line| {
            let mut answer: Value = serde_json::from_str(line).unwrap();
            if answer["id"] == "hit" || answer["id"] == "fooled" {
                answer["verdict"] = "not_in_posts".into();
            }
            answer.to_string()
        })
        .collect();
    let file = folder.path().join("before.jsonl");
    std::fs::write(&file, before.join("\n")).unwrap();
    let arguments = ["eval", "--corpus", &corpus, "--questions", &questions, "--compare", &shown(&file)];
    let ran = mynah(arguments).run().exits(0);
    assert!(ran.err.contains("won\thit\t") && ran.err.contains("lost\tfooled\t"), "{ran}");
    assert!(ran.err.contains("1 won, 1 lost, of 5"), "{ran}");
    std::fs::write(&file, "{}").unwrap();
    mynah(arguments).run().fails_telling(&["before.jsonl:1"]);
}

#[test]
fn the_curve_shows_what_each_threshold_trades() {
    let ran = eval_tiny_set(&["--curve"]).exits(0);
    let rows: Vec<Vec<f64>> =
        ran.out.lines().skip(1).map(|row| row.split([' ', '|']).filter_map(|number| number.parse().ok()).collect()).collect();
    assert_eq!(rows.len(), 19, "{ran}");
    // The higher the threshold, the fewer are answered and the more are refused.
    assert!(
        rows.windows(2).all(|pair| pair[1][2] <= pair[0][2] && pair[1][3] <= pair[0][3] && pair[1][4] >= pair[0][4]),
        "{ran}"
    );
    // The row of the default, and the figures.
    assert_eq!(rows[9][..4], [0.5, 0.4, 0.667, 0.5], "{ran}");
}

#[test]
fn misses_are_listed_on_standard_error_only() {
    let ran = eval_tiny_set(&["--misses"]).exits(0);
    let mut missed: Vec<&str> = ran.err.lines().filter_map(|line| line.split('\t').next()).collect();
    missed.sort_unstable();
    assert_eq!(missed, ["elsewhere", "fooled", "refused"], "{ran}");
    ran.json();
}

#[test]
fn a_floor_that_is_reached_passes_and_one_that_is_not_fails() {
    for (floors, code) in [
        (&["right=0.4"][..], 0),
        (&["right=0.4", "refused_ok=0.5", "hit@1=0"], 0),
        (&["right=0.41"], 1),
        (&["right=0.4", "hit@3=0.9"], 1),
    ] {
        let flags: Vec<&str> = floors.iter().flat_map(|floor| ["--floor", floor]).collect();
        let ran = eval_tiny_set(&flags).exits(code);
        ran.json();
        let failed = floors.last().unwrap().split('=').next().unwrap();
        assert_eq!(ran.err.contains(failed), code == 1, "a missed floor is named\n{ran}");
    }
}

#[test]
fn each_figure_of_the_five_posts_is_there_and_the_kinds_add_up() {
    let figures = mynah(["eval", "--questions", SEEDS]).run().exits(0).json();
    for name in ["right", "useful", "misled", "hit@1", "hit@3", "hit@5", "highlight@1", "false_refusal", "refused_ok", "auc"] {
        let value = figures[name].as_f64().unwrap_or_else(|| panic!("`{name}` must be a number: {figures:#}"));
        assert!((0.0..=1.0).contains(&value), "{name} is {value}");
    }
    let count = |name: &str| figures["counts"][name].as_u64().unwrap_or_else(|| panic!("counts.{name}: {figures:#}"));
    let lines = std::fs::read_to_string(root().join(SEEDS)).unwrap().lines().count() as u64;
    assert_eq!((count("all"), count("answerable") + count("unanswerable")), (lines, lines));
    let by_type = figures["right_by_type"].as_object().expect("right_by_type");
    let parts = by_type.values().map(|share| share.as_str().and_then(|s| s.split_once('/')).expect("right/all"));
    let (right, all) =
        parts.fold((0, 0), |(right, all), (r, a)| (right + r.parse::<u64>().unwrap(), all + a.parse::<u64>().unwrap()));
    assert_eq!(all, lines);
    let share = right as f64 / all as f64;
    assert!((share - figures["right"].as_f64().unwrap()).abs() <= 0.0005, "the types add up: {figures:#}");
}

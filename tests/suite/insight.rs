//! What people ask and the posts don't say: how good the groups are, and `mynah insight`.

use std::path::Path;

use jiff::Timestamp;
use mynah::answer::Question;
use mynah::insight::{Group, Kept, Seal, SealError, Store, Wordings, adjusted_rand};
use mynah::search::{Encoder, Families, Vector};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Mynah, engine, mynah, root};

/// The three communities whose paraphrases the method's numbers were not chosen on.
const LEFT_OUT: [&str; 3] = ["otel", "servo", "swift"];

/// The paraphrases of a community, and which of them ask the same.
fn paraphrases(set: &str) -> (Vec<String>, Vec<usize>) {
    let text = std::fs::read_to_string(root().join("tests/insight/paraphrases.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).enumerate();
    let asked = lines.filter(|(_, line)| line["set"] == set).flat_map(|(number, line)| {
        let texts: Vec<String> = serde_json::from_value(line["asked"].clone()).unwrap();
        texts.into_iter().map(move |text| (text, number))
    });
    asked.unzip()
}

/// The mean of the adjusted Rand indices of the communities that were left out.
fn index(encoder: Option<&Encoder>) -> f64 {
    let of_set = |set: &&str| {
        let (texts, truth) = paraphrases(set);
        let wordings = Wordings::of(&texts, &Families::built_in());
        let vector = |encoder: &Encoder, at: usize| encoder.encode(&texts[at]).unwrap();
        let vectors: Option<Vec<Vector>> = encoder.map(|encoder| wordings.examples().map(|at| vector(encoder, at)).collect());
        let mut found = vec![0; texts.len()];
        for (number, Group { members, .. }) in wordings.groups(vectors.as_deref()).iter().enumerate() {
            members.iter().for_each(|at| found[*at] = number);
        }
        adjusted_rand(&found, &truth)
    };
    LEFT_OUT.iter().map(of_set).sum::<f64>() / LEFT_OUT.len() as f64
}

#[test]
fn groups_by_meaning_agree_with_the_truth() {
    let folder = root().join("data/encoder");
    assert!(folder.is_dir(), "no encoder in data/encoder: `make encoder` brings one");
    let index = index(Some(&Encoder::load(&folder).unwrap()));
    assert!(index >= 0.75, "{index}");
}

#[test]
fn groups_by_words_are_worth_having() {
    let index = index(None);
    assert!(index >= 0.7, "{index}");
}

/// A data folder with questions that were asked this hour.
fn asked(questions: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut store = Store::open(&folder.path().join("insight.sqlite")).unwrap();
    for (at, question) in questions.iter().enumerate() {
        let (event, asked) = (format!("$event{at}").into(), engine().asked(Question::new(*question)));
        let kept = Kept::of(&event, 0, &"!room:example.org".into(), Timestamp::now(), &asked, engine(), &[]);
        store.keep(&event, &kept.into_iter().collect::<Vec<_>>()).unwrap();
    }
    folder
}

fn insight(data: &Path, what: &[&str]) -> Mynah {
    let args = ["insight"].iter().chain(what);
    mynah(args).env("MYNAH__DATA_DIR", &data.display().to_string())
}

const QUESTIONS: [&str; 4] =
    ["is there a discord server?", "Is there a Discord server", "when did debian migration start?", "thanks!"];

#[test]
fn the_digest_is_told_at_the_terminal() {
    let data = asked(&QUESTIONS);
    let ran = insight(data.path(), &[]).run().exits(0);
    assert!(ran.out.contains(": 3 asked, "), "small talk is no question: {ran}");
    assert!(ran.out.contains("discord server?”** 2 times (2 this week, 0 the week before)"), "{ran}");
    assert!(ran.out.lines().count() <= 25, "{ran}");
    let ran = insight(data.path(), &["--days", "30"]).run().exits(0);
    assert!(ran.out.contains("2 these 30 days"), "{ran}");
}

#[test]
fn groups_are_exported_as_a_question_file_and_drafted_as_a_page() {
    let data = asked(&QUESTIONS);
    let ran = insight(data.path(), &["export"]).run().exits(0);
    let first: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!((&first["id"], &first["asked"], &first["answerable"]), (&"insight-001".into(), &2.into(), &false.into()), "{ran}");
    let ran = insight(data.path(), &["draft"]).run().exits(0);
    assert!(
        ran.out.starts_with("# ") && ran.out.contains("\n## is there a discord server?\n") && ran.out.contains("\n> "),
        "{ran}"
    );
}

#[test]
fn where_nothing_is_kept_or_it_is_sealed_it_says_so() {
    let data = TempDir::new().unwrap();
    let ran = insight(data.path(), &[]).run().exits(1);
    assert!(ran.err.contains("nothing is kept"), "{ran}");
    let file = data.path().join("insight.sqlite");
    drop(Store::open_sealed(&file, |_| Ok((Box::new(Open), Some(vec![1])))).unwrap());
    let ran = insight(data.path(), &[]).run().exits(2);
    assert!(ran.err.contains("passphrase"), "{ran}");
}

/// No seal at all.
struct Open;

impl Seal for Open {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(plain.to_vec())
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(sealed.to_vec())
    }
}

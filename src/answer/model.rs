//! The weights that rank and judge, read from a small file that `mynah fit` writes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use crate::search::{Feature, Weights, WeightsId};
use crate::toml_file::{self, TomlFileError};

use super::judge::{CalibrationFeature, CalibrationFeatures};
use super::reading::{Cue, Cues, ReaderCalibrationFeature, ReaderCalibrationFeatures, ReaderModel};

/// Weights of one way to search.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Model {
    /// Of a passage's features in its score.
    pub ranking: Weights,
    /// Of an answer's signs in the log-odds that it is right.
    pub confidence: CalibrationFeatures,
}

/// Weights for searching by words alone, and by words and meaning, with the models that they go with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Models {
    /// Without an encoder.
    pub words: Model,
    /// With one.
    pub meaning: Model,
    /// What a reader adds to that.
    pub reader: ReaderModel,
    /// The encoder that `meaning` was fitted with.
    pub encoder: WeightsId,
    /// The encoder and the reader that `reader` was fitted with.
    pub read_with: (WeightsId, WeightsId),
}

/// Weights that are used with another model than they were fitted with: scores and confidences of another scale, so that what is
/// told as an answer and what is not is left to chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Those for meaning.
    #[error(
        "the weights for meaning were fitted with the encoder whose model.safetensors has the SHA-256 {fitted}, and this one's is {used}"
    )]
    Encoder {
        /// Fitted with it.
        fitted: WeightsId,
        /// Used with it.
        used: WeightsId,
    },
    /// Those for the reader.
    #[error(
        "the weights for the reader were fitted with the reader whose weights have the SHA-256 {fitted}, and this one's have {used}"
    )]
    Reader {
        /// Fitted with it.
        fitted: WeightsId,
        /// Used with it.
        used: WeightsId,
    },
    /// Those for the reader, though it is the same.
    #[error(
        "the weights for the reader were fitted with the encoder whose model.safetensors has the SHA-256 {fitted}, and this one's is {used}"
    )]
    ReadersEncoder {
        /// Fitted with it.
        fitted: WeightsId,
        /// Used with it.
        used: WeightsId,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    words: Tables,
    meaning: MeaningTables,
    reader: ReaderTables,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    ranking: BTreeMap<String, f32>,
    confidence: BTreeMap<String, f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeaningTables {
    encoder: String,
    ranking: BTreeMap<String, f32>,
    confidence: BTreeMap<String, f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReaderTables {
    encoder: String,
    reader: String,
    order: BTreeMap<String, f32>,
    confidence: BTreeMap<String, f32>,
}

impl Models {
    /// The weights that come with mynah.
    pub fn built_in() -> Self {
        Self::parse(include_str!("../../config/weights.toml"), "config/weights.toml").expect("it is compiled in, and tested")
    }

    /// Reads a file of weights.
    ///
    /// # Errors
    /// [`TomlFileError`] where it can't be read, a weight is missing or no number, or a name is unknown.
    pub fn load(path: &Path) -> Result<Self, TomlFileError> {
        Self::parse(&toml_file::read(path)?, &path.display().to_string())
    }

    /// Parses TOML: the tables `words.ranking`, `words.confidence`, `meaning.ranking`, `meaning.confidence`, `reader.order` and
    /// `reader.confidence`, each with a number for each name; `meaning.encoder`, `reader.encoder` and `reader.reader` are the SHA-256 of
    /// the weights of the models that they were fitted with.
    ///
    /// # Errors
    /// [`TomlFileError::Malformed`], naming `path`.
    pub fn parse(toml: &str, path: &str) -> Result<Self, TomlFileError> {
        let file: File = toml_file::parse(toml, path)?;
        let wrong = |table: &str, (name, what): (String, &str)| {
            TomlFileError::entry(toml, path, &format!("[{table}]"), format!("`{name}` {what}"))
        };
        let model = |tables: Tables, table: &str| {
            let ranking = numbers(tables.ranking, Feature::ALL.iter().map(|feature| feature.name()))
                .map_err(|error| wrong(&format!("{table}.ranking"), error))?;
            let confidence = numbers(tables.confidence, CalibrationFeature::ALL.iter().map(|sign| sign.name()))
                .map_err(|error| wrong(&format!("{table}.confidence"), error))?;
            Ok(Model {
                ranking: Weights::default().with(Feature::ALL.iter().copied().zip(ranking)),
                confidence: CalibrationFeatures::default().with(CalibrationFeature::ALL.iter().copied().zip(confidence)),
            })
        };
        let fitted_with = |table: &str, key: &str, named: &str| {
            named
                .parse::<WeightsId>()
                .map_err(|error| TomlFileError::entry(toml, path, named, format!("`{table}.{key}` {error}")))
        };
        let encoder = fitted_with("meaning", "encoder", &file.meaning.encoder)?;
        let read_with =
            (fitted_with("reader", "encoder", &file.reader.encoder)?, fitted_with("reader", "reader", &file.reader.reader)?);
        let meaning = Tables { ranking: file.meaning.ranking, confidence: file.meaning.confidence };
        let order =
            numbers(file.reader.order, Cue::ALL.iter().map(|cue| cue.name())).map_err(|error| wrong("reader.order", error))?;
        let sure = numbers(file.reader.confidence, ReaderCalibrationFeature::ALL.iter().map(|sign| sign.name()))
            .map_err(|error| wrong("reader.confidence", error))?;
        let reader = ReaderModel {
            order: Cues::default().with(Cue::ALL.iter().copied().zip(order)),
            confidence: ReaderCalibrationFeatures::default().with(ReaderCalibrationFeature::ALL.iter().copied().zip(sure)),
        };
        Ok(Self { words: model(file.words, "words")?, meaning: model(meaning, "meaning")?, reader, encoder, read_with })
    }

    /// Whether they were fitted with this encoder and this reader, if there is one.
    ///
    /// # Errors
    /// [`Misfit`] where they were fitted with another one.
    pub fn fit(&self, encoder: WeightsId, reader: Option<WeightsId>) -> Result<(), Misfit> {
        if self.encoder != encoder {
            return Err(Misfit::Encoder { fitted: self.encoder, used: encoder });
        }
        let Some(reader) = reader else { return Ok(()) };
        let (with_encoder, with_reader) = self.read_with;
        if with_reader != reader {
            return Err(Misfit::Reader { fitted: with_reader, used: reader });
        }
        if with_encoder != encoder {
            return Err(Misfit::ReadersEncoder { fitted: with_encoder, used: encoder });
        }
        Ok(())
    }

    /// The file as it would be read, with a head that says where it comes from.
    pub fn to_toml(&self, head: &str) -> String {
        let mut toml: String = head.lines().map(|line| format!("# {line}\n")).collect();
        let model = |toml: &mut String, name: &str, model: &Model| {
            table(toml, &format!("{name}.ranking"), Feature::ALL.iter().map(|f| (f.name(), model.ranking[*f])));
            table(toml, &format!("{name}.confidence"), CalibrationFeature::ALL.iter().map(|s| (s.name(), model.confidence[*s])));
        };
        model(&mut toml, "words", &self.words);
        let _ = writeln!(toml, "\n[meaning]\nencoder = \"{}\"", self.encoder);
        model(&mut toml, "meaning", &self.meaning);
        let (encoder, reader) = self.read_with;
        let _ = writeln!(toml, "\n[reader]\nencoder = \"{encoder}\"\nreader = \"{reader}\"");
        table(&mut toml, "reader.order", Cue::ALL.iter().map(|c| (c.name(), self.reader.order[*c])));
        table(
            &mut toml,
            "reader.confidence",
            ReaderCalibrationFeature::ALL.iter().map(|s| (s.name(), self.reader.confidence[*s])),
        );
        toml
    }
}

fn table(toml: &mut String, name: &str, numbers: impl Iterator<Item = (&'static str, f32)>) {
    let _ = writeln!(toml, "\n[{name}]");
    for (name, number) in numbers {
        let _ = writeln!(toml, "{name} = {number:.3}");
    }
}

/// The numbers of a table in the order of their names, or which name is wrong and how.
fn numbers(
    mut table: BTreeMap<String, f32>,
    names: impl Iterator<Item = &'static str>,
) -> Result<Vec<f32>, (String, &'static str)> {
    let numbers = names
        .map(|name| match table.remove(name) {
            Some(number) if number.is_finite() => Ok(number),
            Some(_) => Err((name.to_owned(), "is no number")),
            None => Err((name.to_owned(), "is missing")),
        })
        .collect::<Result<Vec<f32>, _>>()?;
    match table.into_keys().next() {
        Some(unknown) => Err((unknown, "is unknown")),
        None => Ok(numbers),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{self, Equal, Greater, Less};

    use super::*;
    use crate::answer::{Question, analyse};
    use crate::corpus::{Sentence, SentenceKind};
    use crate::search::{Document, Families, Index, Meaning, tiny_encoder};

    #[test]
    fn what_is_written_is_read_again() {
        let models = Models::built_in();
        assert_ne!(models, Models::default(), "the file that comes with mynah can be read");
        assert_eq!(Models::parse(&models.to_toml("a head\nof two lines"), "x").unwrap(), models);
    }

    #[test]
    fn a_bad_file_says_where() {
        let good = Models::built_in().to_toml("head");
        let error = |toml: &str| Models::parse(toml, "w.toml").unwrap_err().to_string();
        assert_eq!(error(&good.replace("\nnearby = ", "\nnearbye = ")), "w.toml:3: `nearby` is missing");
        assert_eq!(error(&good.replacen("\nmargin = ", "\nspare = 1\nmargin = ", 1)), "w.toml:23: `spare` is unknown");
        assert!(error("[words]").starts_with("w.toml:"), "{}", error("[words]"));
        let encoder = Models::built_in().encoder.to_string();
        let told = error(&good.replacen(&encoder, "all-MiniLM-L6-v2", 1));
        assert!(told.contains("`meaning.encoder` is no SHA-256"), "{told}");
    }

    #[test]
    fn weights_go_with_the_encoder_and_the_reader_that_they_were_fitted_with_and_no_other() {
        let [encoder, reader, other] = [b"encoder", b"reader!", b"another"].map(|weights| WeightsId::of(weights));
        let models = Models { encoder, read_with: (encoder, reader), ..Models::built_in() };
        assert_eq!((models.fit(encoder, None), models.fit(encoder, Some(reader))), (Ok(()), Ok(())));
        assert_eq!(models.fit(other, Some(reader)), Err(Misfit::Encoder { fitted: encoder, used: other }));
        assert_eq!(models.fit(encoder, Some(other)), Err(Misfit::Reader { fitted: reader, used: other }));
        // Fitted without a reader since, with another encoder.
        let models = Models { encoder: other, ..models };
        assert_eq!(models.fit(other, None), Ok(()));
        assert_eq!(models.fit(other, Some(reader)), Err(Misfit::ReadersEncoder { fitted: encoder, used: other }));
    }

    /// A passage of one statement, `stated`, and what stands `beside` it without stating anything: that counts for the passage only.
    fn passage(stated: &str, beside: &str) -> Document<'static> {
        let label = |text: &str| Sentence { kind: SentenceKind::Label, ..Sentence::of_plain_text(text) };
        let beside = beside.split('/').map(|text| label(text.trim()));
        Document { sentences: [Sentence::of_plain_text(stated)].into_iter().chain(beside).collect(), ..Document::default() }
    }

    /// A feature, a question, and two passages that differ in that feature: which of them should be ahead stands beside it, with the
    /// reason. What follows is how they stand by words alone, and with an encoder.
    struct Row {
        feature: Feature,
        question: &'static str,
        passages: [Document<'static>; 2],
        ahead: [Ordering; 2],
    }

    const AS_IT_SHOULD: [Ordering; 2] = [Greater, Greater];

    fn row(feature: Feature, question: &'static str, passages: [(&str, &str); 2], ahead: [Ordering; 2]) -> Row {
        Row { feature, question, passages: passages.map(|(stated, beside)| passage(stated, beside)), ahead }
    }

    /// Of all features but those of whole passages, what a sentence is like.
    fn rows_of_sentences() -> Vec<Row> {
        vec![
            // Who asks for two things wants a sentence that tells of both. With an encoder the weight is against all sense, if small:
            // there the neighbours and the meaning say as much.
            row(
                Feature::Sentence,
                "where do herons nest",
                [("Nests of herons last.", "Rain fell."), ("Herons last.", "Nests of rain fell.")],
                [Greater, Less],
            ),
            // A sentence goes on from the one before it.
            row(
                Feature::Nearby,
                "where do herons nest",
                [("Herons last.", "Nests rot. / Rain fell."), ("Herons last.", "Rain fell. / Nests rot.")],
                AS_IT_SHOULD,
            ),
            // Words that stand together mean more than the same words apart.
            row(Feature::Pairs, "any grey herons", [("Grey herons last.", ""), ("Herons last grey.", "")], AS_IT_SHOULD),
            // Asked when, a time answers.
            row(
                Feature::Evidence,
                "when did herons return",
                [("Herons return in summer.", ""), ("Herons return in silence.", "")],
                AS_IT_SHOULD,
            ),
            // Asked what a heron is, a sentence that says of it what it is answers, and not one that says so of a reed.
            row(
                Feature::Subject,
                "what is a heron",
                [("The heron is a kind of reed bird.", ""), ("Reed is a kind of bird heron.", "")],
                AS_IT_SHOULD,
            ),
            // Asked when it was first, a beginning answers.
            row(
                Feature::Edge,
                "when did herons first return",
                [("Herons began to return.", ""), ("Herons ceased to return.", "")],
                AS_IT_SHOULD,
            ),
            // A question rarely answers one. By words alone the weight is against all sense, if small.
            row(
                Feature::Announcement,
                "where do herons nest",
                [("Now herons nest here.", ""), ("Do herons nest here?", "")],
                [Less, Greater],
            ),
            // Code says little to who asks for no command.
            row(Feature::Code, "where do herons nest", [("Herons nest here.", ""), ("# Herons nest here.", "")], AS_IT_SHOULD),
            // To eat is to feed. Both passages hold the same words.
            row(
                Feature::SentenceMeaning,
                "what do herons eat",
                [("Herons feed.", "Rain falls."), ("Herons fall.", "Rain feeds.")],
                [Equal, Greater],
            ),
        ]
    }

    /// What their passages are like.
    fn rows_of_passages() -> Vec<Row> {
        let dated = |recency| Document { recency, ..passage("Herons return.", "") };
        let front = Document { front_matter: true, ..passage("Herons nest.", "") };
        vec![
            // A short passage on the topic says more of it than a long one. With an encoder the weight is against all sense: there,
            // meaning tells it better.
            row(
                Feature::Bm25,
                "where do herons nest",
                [("Herons nest.", ""), ("Herons nest.", "Rain falls on a stone.")],
                [Greater, Less],
            ),
            // In a long question, of which no sentence covers most, that counts in any case.
            row(
                Feature::LongBm25,
                "do grey herons nest in tall dense reeds near rivers",
                [("Grey herons nest in tall reeds.", ""), ("Grey herons nest in tall reeds.", "Rain falls on a stone.")],
                AS_IT_SHOULD,
            ),
            // What is asked for may stand further off in the passage.
            row(
                Feature::Passage,
                "where do herons nest",
                [("Herons last.", "Rain fell. / Lodges rot."), ("Herons last.", "Rain fell. / Stones rot.")],
                AS_IT_SHOULD,
            ),
            // Beside what the passage covers in any words, that they are the question's very words counts against it: else they would
            // count twice. It goes so far that here the word of the same family is ahead.
            row(
                Feature::Exact,
                "where do herons nest",
                [("Herons last.", "Rain fell. / Lodges rot."), ("Herons last.", "Rain fell. / Nests rot.")],
                AS_IT_SHOULD,
            ),
            // Another release is another thing.
            row(
                Feature::Numbers,
                "did herons use box 7.0",
                [("Herons last.", "Rain fell. / Box 7.0."), ("Herons last.", "Rain fell. / Box 8.0.")],
                AS_IT_SHOULD,
            ),
            // Asked when it was first, older posts tell it.
            Row {
                feature: Feature::Dated,
                question: "when did herons first return",
                passages: [dated(0.0), dated(1.0)],
                ahead: AS_IT_SHOULD,
            },
            // A title is no answer. (It is not found at all but to a question of posts; the weight counts where weights are fitted.)
            Row {
                feature: Feature::FrontMatter,
                question: "where do herons nest",
                passages: [passage("Herons nest.", ""), front],
                ahead: AS_IT_SHOULD,
            },
            // What stands beside the statement is of what is asked for: to eat is to feed.
            row(
                Feature::PassageMeaning,
                "what do herons eat",
                [("Herons last.", "Feed."), ("Herons last.", "Rain.")],
                [Equal, Greater],
            ),
            // In a long question, a sentence that has most of its meaning counts, wherever it stands.
            row(
                Feature::LongMeaning,
                "what do grey old herons eat at twilight near mills",
                [("Herons last.", "Feed at dusk. / Rain and snow."), ("Herons last.", "Feed and rain. / Snow at dusk.")],
                [Equal, Greater],
            ),
        ]
    }

    /// How the two passages of a row stand to each other with these weights.
    fn ahead(row: &Row, index: &Index, weights: &Weights) -> Ordering {
        let query = analyse(&Question::new(row.question), index).query;
        let examined = index.examine(&query).unwrap();
        let score = |document: usize| {
            let of_statement = examined.iter().find(|(at, ..)| *at == document);
            of_statement.map(|(.., features)| features.weighed(weights)).expect("it is looked at")
        };
        score(0).total_cmp(&score(1))
    }

    #[test]
    fn each_feature_puts_the_passage_ahead_that_it_should_for_its_reason() {
        let families = || Families::parse(r#"families = [["nest", "lodge"]]"#, "test").unwrap();
        let encoder = tiny_encoder(&[&["eat", "feed", "feeds"], &["twilight", "dusk"]]);
        let rows: Vec<Row> = rows_of_sentences().into_iter().chain(rows_of_passages()).collect();
        for row in &rows {
            let others = ["Gulls cry.", "Frogs sing.", "Boats drift.", "Mist lifts."].map(Document::of_plain_text);
            let documents = [row.passages.to_vec(), others.to_vec()].concat();
            let by_words = Index::build(&documents, families()).unwrap();
            let meaning = Meaning::of(&documents, encoder.clone(), None, &|_, _| {}).unwrap();
            let by_meaning = by_words.clone().with_meaning(Some(meaning.into()));
            let Models { words, meaning, .. } = Models::built_in();
            for ((index, weights), expected) in [(by_words, words.ranking), (by_meaning, meaning.ranking)].iter().zip(row.ahead) {
                let Row { feature, .. } = row;
                assert_eq!(ahead(row, index, weights), expected, "{feature:?}");
                let flipped = weights.with([(*feature, -weights[*feature])]);
                assert_eq!(ahead(row, index, &flipped), expected.reverse(), "{feature:?} the other way round");
            }
        }
        let told = |feature: &Feature| rows.iter().any(|row| row.feature == *feature);
        assert!(Feature::ALL.iter().all(told), "a feature without a row");
    }
}

//! What is made of the groups for a person to go on with: a question file to fill in, and the draft of a page of answers.

use serde_json::json;

use crate::answer::{Citation, Engine, Question};
use crate::render::day;

use super::themes::{MOST_WORDINGS, Theme};

/// A question file ([`crate::questions`]) of a line for each group: not answered, until a person gives it gold quotes. Beside what a
/// question file needs stand `asked`, how often it was asked, `wordings`, and `nearest`, a place to look at first.
pub fn question_file(themes: &[Theme<'_>]) -> String {
    let line = |(at, theme): (usize, &Theme<'_>)| {
        let nearest = theme.typical.said.nearest.as_ref().map(|place| json!({ "file": place.file, "lines": place.lines }));
        let line = json!({
            "id": format!("insight-{:03}", at + 1),
            "question": theme.typical.said.text,
            "type": "insight",
            "answerable": false,
            "gold": [],
            "asked": theme.questions.len(),
            "wordings": other_wordings(theme),
            "nearest": nearest,
        });
        format!("{line}\n")
    };
    themes.iter().enumerate().map(line).collect()
}

/// Ways in which it was put beside the typical one.
fn other_wordings<'a>(theme: &Theme<'a>) -> Vec<&'a str> {
    let mut wordings: Vec<&str> = Vec::new();
    for text in theme.questions.iter().map(|kept| kept.said.text.as_str()) {
        if text != theme.typical.said.text && !wordings.contains(&text) && wordings.len() < MOST_WORDINGS {
            wordings.push(text);
        }
    }
    wordings
}

/// A page in markdown with the groups as headings and the nearest quotations under each. A person writes the answers, and decides
/// what is published.
pub fn page(themes: &[Theme<'_>], engine: &Engine) -> String {
    let mut page = String::from(
        "# Frequently asked questions\n\n<!-- A draft: write the answers, delete what is quoted, publish what is right. -->\n",
    );
    for theme in themes {
        page.push_str(&section(theme, engine));
    }
    page
}

fn section(theme: &Theme<'_>, engine: &Engine) -> String {
    let text = &theme.typical.said.text;
    let times = if theme.questions.len() == 1 { "once".to_owned() } else { format!("{} times", theme.questions.len()) };
    let mut section = format!("\n## {}\n\n<!-- Asked {times}.{} -->\n", plain(text), in_comment(&other_wordings(theme)));
    let asked = engine.asked(Question::new(text.clone()));
    let mut citations = asked.answer.citations().to_vec();
    if citations.is_empty() {
        citations = engine.further(&asked, &[]);
    }
    for citation in &citations {
        section.push_str(&quotation(citation));
    }
    section
}

fn quotation(citation: &Citation) -> String {
    let quoted: String = citation.excerpt.lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n").collect();
    let date = citation.date.map_or_else(String::new, |date| format!(", {}", day(date)));
    let title = plain(&citation.title);
    let title = if citation.url.is_empty() { title } else { format!("[{title}](<{}>)", citation.url) };
    format!("\n{quoted}>\n> – {title}{date}\n")
}

/// Text of a person as markdown that shows it as it is.
fn plain(text: &str) -> String {
    let special = |c: char| matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '$' | '&' | '{' | '}');
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Wordings in an HTML comment, which two hyphens could end.
fn in_comment(wordings: &[&str]) -> String {
    if wordings.is_empty() {
        return String::new();
    }
    let each = wordings.iter().map(|wording| format!("\n- {}", wording.replace("--", "- -").replace('>', "›")));
    format!(" Also:{}\n", each.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::answer::{Pointers, Verdict};
    use crate::corpus::Corpus;
    use crate::insight::Kept;
    use crate::insight::testing::{kept, place};
    use crate::search::Families;

    fn questions() -> Vec<Kept> {
        let mut first = kept("$1", "how do I lock *a* host --now?", Verdict::Closest);
        first.said.nearest = Some(place("lock"));
        vec![first, kept("$2", "how do I lock a host -->", Verdict::NotInPosts)]
    }

    fn theme(questions: &[Kept]) -> Vec<Theme<'_>> {
        vec![Theme { typical: &questions[0], questions: questions.iter().collect() }]
    }

    #[test]
    fn the_question_file_is_read_as_one() {
        let questions = questions();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(question_file(&theme(&questions)).as_bytes()).unwrap();
        let read = crate::questions::read(file.path()).unwrap();
        assert_eq!((read.len(), read[0].id.as_str(), read[0].answerable), (1, "insight-001", false));
        assert_eq!((read[0].question.as_str(), read[0].kind.as_str()), ("how do I lock *a* host --now?", "insight"));
        let line: serde_json::Value = serde_json::from_str(&question_file(&theme(&questions))).unwrap();
        assert_eq!((&line["asked"], &line["nearest"]["file"]), (&json!(2), &json!("lock.md")));
    }

    #[test]
    fn the_page_has_a_heading_and_the_nearest_quotation_of_each_group() {
        let post = "---\ntitle: Locks\ndate: 2026-01-02\n---\n\nThe command `system host-lock` locks a host.\n";
        let corpus = Corpus::from_files([("lock.md", post.as_bytes())], "https://x.org/{slug}/", &mut Vec::new());
        let engine = Engine::new(corpus, Families::default(), Pointers::default()).unwrap();
        let page = page(&theme(&questions()), &engine);
        for part in [
            "\n## how do I lock \\*a\\* host --now?\n",
            "<!-- Asked 2 times. Also:\n- how do I lock a host - -›\n -->",
            "> The command `system host-lock` locks a host.\n>\n> – [Locks](<https://x.org/lock/>), 2 Jan 2026\n",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}

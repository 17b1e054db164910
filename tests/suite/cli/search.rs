//! `mynah search`: a TREC run that public tools can read.

use std::collections::HashSet;

use crate::harness::{Ran, file, mynah};

const PASSAGES: &str = "p1\tThe pond freezes over in January.\n\
    p2\tDucks leave the pond when it freezes. They come back in spring.\n\
    p3\tSourdough bread is sold on Tuesdays.\n\
    p4\tA pond without ducks is a quiet pond.\n\
    p5\tBread for ducks is not good for ducks.\n";
const QUERIES: &str = "q2\twhen does the pond freeze\nq1\tbread\nnothing\tquarterly earnings\n";

fn search(passages: &str, queries: &str, k: Option<&str>) -> Ran {
    let ((_a, passages), (_b, queries)) = (file("p.tsv", passages), file("q.tsv", queries));
    let k = k.map_or(vec![], |k| vec!["--k", k]);
    mynah(["search", "--passages", &passages, "--queries", &queries].into_iter().chain(k)).run().exits(0)
}

/// A line of a run: `qid Q0 pid rank score tag`.
struct Row<'a> {
    qid: &'a str,
    pid: &'a str,
    rank: usize,
    score: f64,
}

fn rows(ran: &Ran) -> Vec<Row<'_>> {
    let row = |line| {
        let [qid, "Q0", pid, rank, score, "mynah"] = str::split(line, ' ').collect::<Vec<_>>()[..] else {
            panic!("not `qid Q0 pid rank score mynah`: {line}");
        };
        Row { qid, pid, rank: rank.parse().unwrap(), score: score.parse().unwrap() }
    };
    ran.out.lines().map(row).collect()
}

#[test]
fn ranks_count_up_while_scores_fall_and_no_passage_stands_twice() {
    let ran = search(PASSAGES, QUERIES, None);
    let rows = rows(&ran);
    for qid in ["q2", "q1"] {
        let of_query: Vec<&Row<'_>> = rows.iter().filter(|r| r.qid == qid).collect();
        assert!(of_query.iter().map(|r| r.rank).eq(1..=of_query.len()) && !of_query.is_empty(), "{ran}");
        assert!(of_query.is_sorted_by(|a, b| a.score >= b.score), "{ran}");
        assert!(of_query.iter().all(|r| r.score.is_finite()), "{ran}");
        assert_eq!(of_query.iter().map(|r| r.pid).collect::<HashSet<_>>().len(), of_query.len(), "{ran}");
    }
    let best = |qid| rows.iter().find(|r| r.qid == qid).map(|r| r.pid);
    assert_eq!(best("q2"), Some("p1"), "{ran}");
    assert!(matches!(best("q1"), Some("p3" | "p5")), "{ran}");
    assert_eq!(best("nothing"), None, "what shares no word with a query is not in its run\n{ran}");
}

#[test]
fn queries_keep_their_order() {
    let ran = search(PASSAGES, QUERIES, None);
    let mut order: Vec<&str> = rows(&ran).iter().map(|r| r.qid).collect();
    order.dedup();
    assert_eq!(order, ["q2", "q1"], "{ran}");
}

#[test]
fn k_limits_each_query_and_the_rest_stays_the_same() {
    let all = search(PASSAGES, QUERIES, None);
    let one = search(PASSAGES, QUERIES, Some("1"));
    let firsts: Vec<&str> = all.out.lines().filter(|line| line.split(' ').nth(3) == Some("1")).collect();
    assert_eq!(one.out.lines().collect::<Vec<_>>(), firsts);
    assert_eq!(search(PASSAGES, QUERIES, Some("0")).out, "");
}

#[test]
fn more_passages_than_the_closer_look_takes_are_ranked_too() {
    let many: String = (0..150).map(|n| format!("p{n}\tPond number {n} freezes.\n")).collect();
    let ran = search(&many, "q\tponds\n", None);
    let rows = rows(&ran);
    assert_eq!(rows.len(), 150, "every passage holds the word");
    assert!(rows.is_sorted_by(|a, b| a.score >= b.score), "scores fall across the border of the closer look too");
    assert_eq!(search(&many, "q\tponds\n", Some("100")).out.lines().count(), 100);
}

#[test]
fn windows_line_ends_and_odd_ids_are_kept_apart_from_the_text() {
    let ran = search("doc/1#a\tA pond.\r\ndoc/2#a\tBread.\r\n", "7\tbread\r\n", None);
    assert_eq!(rows(&ran).iter().map(|r| (r.qid, r.pid, r.rank)).collect::<Vec<_>>(), [("7", "doc/2#a", 1)], "{ran}");
}

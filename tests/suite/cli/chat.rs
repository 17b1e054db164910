//! `mynah chat` with questions from a pipe: follow-ups, its few commands, and that no line ends the talk by accident.

use crate::harness::mynah;

#[test]
fn a_follow_up_is_read_together_with_the_question_before() {
    let ran =
        mynah(["chat"]).stdin("what is the distributed cloud architecture?\nthanks!\nwhich release did that arrive in\n").run();
    let ran = ran.exits(0);
    // The first citation of each of the two answers.
    let firsts: Vec<&str> = ran.out.split("\n\n").filter(|block| block.starts_with("[1] ")).collect();
    assert_eq!(firsts.len(), 2, "{ran}");
    assert!(firsts.iter().all(|quoted| quoted.contains("introduced in the 3.0 release")), "{ran}");
}

#[test]
fn a_new_subject_forgets_the_old_one() {
    let question = "who runs starlingx in production";
    let alone = mynah(["chat"]).stdin(question).run().exits(0);
    let after = mynah(["chat"]).stdin(format!("what is apparmor\n{question}")).run().exits(0);
    assert!(after.out.ends_with(&alone.out), "{after}");
}

#[test]
fn quit_ends_and_nothing_after_it_is_answered() {
    let ran = mynah(["chat"]).stdin("\n  \nquit\nwho runs starlingx in production\n").run().exits(0);
    assert_eq!(ran.out, "", "{ran}");
}

#[test]
fn sources_lists_each_post_with_its_date_and_address() {
    let ran = mynah(["chat"]).stdin("sources\n").run().exits(0);
    for told in ["2 Dec 2019", "StarlingX in Shanghai", "https://www.starlingx.io/blog/starlingx-shanghai-recap/"] {
        assert!(ran.out.contains(told), "{told}\n{ran}");
    }
    assert_eq!(ran.out.matches("https://www.starlingx.io/blog/").count(), 5, "{ran}");
}

#[test]
fn help_is_told() {
    let ran = mynah(["chat"]).stdin("help\n").run().exits(0);
    assert!(
        ["ask", "more", "why", "start", "sources", "reload"].iter().all(|command| ran.out.contains(&format!("`{command}"))),
        "{ran}"
    );
}

#[test]
fn the_commands_of_a_direct_message_work_here_too() {
    let ran = mynah(["chat"])
        .stdin("more\nwho runs starlingx in production\nmore\nwhy\nstart\nmore\nrelod\nreload\nreload force\nrollback\nstatus\n")
        .run()
        .exits(0);
    for told in [
        "Ask me something first.",
        "[4] ",
        "in the sentence that answers",
        "Step 1 of ",
        "Step 2 of ",
        "Did you mean `reload`",
        "Reloaded: 5 posts; 0 added",
        "Reloaded by force: 5 posts; 0 added",
        "There are no earlier posts to go back to.",
        "UTC, by you.",
    ] {
        assert!(ran.out.contains(told), "{told}\n{ran}");
    }
}

#[test]
fn no_line_ends_the_talk_by_accident() {
    let lines: [&[u8]; 5] = [b"caf\xE9 \xFF\xFE", b"\x00\x1b[2J", &[b'a'; 100_000], "🦜".as_bytes(), b"--help"];
    for line in lines {
        let typed = [line, b"\nwho runs starlingx in production\n"].concat();
        let ran = mynah(["chat"]).stdin(typed).run().exits(0);
        assert!(ran.out.contains("T-Systems, Vodafone and Verizon"), "{ran}");
        assert!(!ran.out.contains('\x1b'), "{ran}");
    }
}

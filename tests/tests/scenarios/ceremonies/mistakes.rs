//! What an operator of a root gets wrong on an ordinary day: at a question, in a file, on the command line. Each mistake is
//! refused with the right next step. None costs a number, and none at a question costs a retyped command.

use std::fmt;

use rootcast_protocol::words::{SHORT, spell};
use rootcast_tests::pty::Seat;

use super::*;

/// What a mistake costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cost {
    /// It is asked again at once.
    Nothing,
    /// A file is corrected, and the same command line run again.
    SameCommand,
    /// A word of the command line was wrong: the line is corrected and run again.
    EditedCommand,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "asked again at once",
            Self::SameCommand => "the same command again",
            Self::EditedCommand => "the command line corrected",
        })
    }
}

/// The mistakes so far, each with its cost.
#[derive(Default)]
struct Made(Vec<(String, Cost)>);

impl Made {
    fn add(&mut self, what: impl Into<String>, cost: Cost) {
        self.0.push((what.into(), cost));
    }
}

/// A question of `ceremony sign`, the mistakes that are made there, and the right answer.
struct Question<'a> {
    begins: &'a str,
    /// What is typed, and what is said about it. At most two.
    mistakes: &'a [(String, &'a str)],
    right: String,
}

/// Answers the questions of `ceremony sign` in their order, first wrong and then right. It ends well.
fn signs_in_spite_of(room: &Room, folder: &str, questions: &[Question<'_>], made: &mut Made) {
    let mut seat = Seat::start(&room.run(&["sign", "--site", "SITE.toml", folder]), 160, 60);
    for question in questions {
        seat.wait_for_text(question.begins);
        for (typed, says) in question.mistakes {
            seat.forget_screen();
            seat.type_keys(&format!("{typed}\n"));
            seat.wait_for_text(says);
            seat.wait_for_text(" left)");
            seat.wait_for_text(question.begins);
            made.add(format!("{}: {typed:?}", question.begins), Cost::Nothing);
        }
        seat.forget_screen();
        seat.type_keys(&format!("{}\n", question.right));
    }
    seat.wait_for_text("The next signing asks for it");
    let screen = seat.screen();
    assert_eq!(seat.running.wait().code, Some(0), "{screen}");
}

fn burned(room: &Room) -> usize {
    room.journal().matches("  number-burned  ").count()
}

/// The words with the one at `place`, counted from 0, replaced by another one of its list.
fn with_another_word(words: &str, digest: &Digest, place: usize) -> String {
    let mut words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let mut other = *digest.as_bytes();
    other[place] ^= 0x55;
    words[place] = spell(&other, SHORT).split(' ').nth(place).unwrap().to_owned();
    words.join(" ")
}

#[test]
fn fifty_mistakes_of_a_root_operator_are_each_refused_with_the_next_step_and_none_costs_a_number() {
    let mut made = Made::default();
    let room = Room::after_the_first();
    room.csr();
    at_the_questions(&room, &mut made);
    in_the_request(&room, &mut made);
    in_the_site_file(&room, &mut made);
    on_the_command_line(&room, &mut made);

    let of = |cost: Cost| made.0.iter().filter(|(_, found)| *found == cost).count();
    for cost in [Cost::Nothing, Cost::SameCommand, Cost::EditedCommand] {
        eprintln!("{cost}: {}", of(cost));
        for (what, _) in made.0.iter().filter(|(_, found)| *found == cost) {
            eprintln!("    {what}");
        }
    }
    assert!(made.0.len() >= 50, "{} mistakes", made.0.len());
    let figures = crate::documents::read("docs/measurements.md");
    for cost in [Cost::Nothing, Cost::SameCommand, Cost::EditedCommand] {
        let row = format!("| {cost} | {} |", of(cost));
        assert!(figures.contains(&row), "docs/measurements.md does not have: {row}");
    }
    // Those are words of the command line itself, of commands that ask nothing.
    assert!(of(Cost::EditedCommand) <= 8, "{}", of(Cost::EditedCommand));
    // The first signing, and the four of the questions: each as it was meant.
    assert_eq!(burned(&room), 1 + 4, "{}", room.journal());
    assert_eq!(room.journal().matches("key-used").count(), 2 + 4, "no signature was made that nobody wanted");
}

/// Four signings. Each has two mistakes at each of its three questions, or more where a question has a second part.
fn at_the_questions(room: &Room, made: &mut Made) {
    let mut last = "first".to_owned();
    for index in 0..4_usize {
        let folder = format!("asked-{index}");
        room.scratch.file("next.toml", room.next_request(&last, room.now - 600 + i64::try_from(index).unwrap(), ""));
        room.rehearse("next.toml", &folder).exits(0);
        let head: Digest = head_on_paper(&room.path("state")).unwrap().parse().unwrap();
        let on_paper = spell(head.as_bytes(), SHORT);
        let listing = Digest::of(&fs::read(room.path(&folder).join("to-be-signed.txt")).unwrap());
        let approved = spell(listing.as_bytes(), SHORT);
        let first_seven = |words: &str| words.split(' ').take(7).collect::<Vec<_>>().join(" ");
        let swapped = |words: &str| {
            let mut words: Vec<&str> = words.split(' ').collect();
            words.swap(2, 3);
            words.join(" ")
        };
        let heads: [(String, &str); 2] = match index {
            0 => [
                (with_another_word(&on_paper, &head, 3), "word 4 is not that of the head of entry"),
                (swapped(&on_paper), "is in the wrong place"),
            ],
            1 => [
                (first_seven(&on_paper), "7 words"),
                (on_paper.replacen(' ', " nonsense ", 1), "word 2 (\"nonsense\")"),
            ],
            2 => [
                (String::new(), "nothing was typed"),
                (head.to_string().get(..15).unwrap().to_owned(), "hexadecimal digits"),
            ],
            _ => [
                (with_another_word(&on_paper, &head, 0), "word 1 is not that of the head of entry"),
                (with_another_word(&on_paper, &head, 7), "word 8 is not that of the head of entry"),
            ],
        };
        let times: [(String, &str); 2] = match index {
            0 => {
                [("soon".to_owned(), "\"soon\" is not understood"), ("25:10".to_owned(), "no such day or time of day")]
            }
            1 => [
                ("10:15 CET".to_owned(), "another time zone"),
                ("11/12/2026 10:15".to_owned(), "can be read in two ways"),
            ],
            2 => [("2026-11-30".to_owned(), "no time of day"), (String::new(), "nothing was typed")],
            _ => [
                ("2026-11-30T10:15:00+01:00".to_owned(), "another time zone"),
                ("2026-02-30 10:15".to_owned(), "no such day or time of day"),
            ],
        };
        let listings: [(String, &str); 2] = match index {
            0 => [
                (with_another_word(&approved, &listing, 2), "word 3 ("),
                (approved.replacen(' ', "", 1), "is not on the PGP word list"),
            ],
            1 => [(first_seven(&approved), "7 words were typed"), (swapped(&approved), "is in the wrong place")],
            2 => [(on_paper.clone(), "is another one"), ("yes".to_owned(), "word 1 (\"yes\")")],
            _ => [(String::new(), "nothing was typed"), (with_another_word(&approved, &listing, 7), "word 8 (")],
        };
        let now = at(rootcast_host::clock::now());
        let (date, clock) = now.split_once('T').unwrap();
        let minutes = clock.get(..5).unwrap();
        // The usual forms in turn; a time alone is followed by its date.
        let mut questions = vec![Question {
            begins: "Type the words of the journal's head",
            mistakes: &heads,
            right: commas(&on_paper),
        }];
        let days =
            [("tomorrow".to_owned(), "\"tomorrow\" is not understood"), (minutes.to_owned(), "type the date alone")];
        match index {
            0 => {
                let right = minutes.to_owned();
                questions.push(Question { begins: "Type the time in UTC", mistakes: &times, right });
                let right = date.to_owned();
                questions.push(Question { begins: "Type the date that the other clock shows", mistakes: &days, right });
            }
            1 => {
                let right = format!("{date} {minutes} UTC");
                questions.push(Question { begins: "Type the time in UTC", mistakes: &times, right });
            }
            2 => {
                let right =
                    room.tool(true, "env", &["LC_ALL=C", "date", "-u", "+%a %b %d %H:%M:%S UTC %Y"]).trim().to_owned();
                questions.push(Question { begins: "Type the time in UTC", mistakes: &times, right });
            }
            _ => questions.push(Question { begins: "Type the time in UTC", mistakes: &times, right: now.clone() }),
        }
        let right = commas(&approved).to_uppercase();
        questions.push(Question { begins: "Type the 8 words of to-be-signed.txt", mistakes: &listings, right });
        signs_in_spite_of(room, &folder, &questions, made);
        last = folder;
    }
}

/// Words with commas between them, as people write them down.
fn commas(words: &str) -> String {
    words.replace(' ', ", ")
}

/// The request is corrected in an editor, and the same command rehearses it.
fn in_the_request(room: &Room, made: &mut Made) {
    let good = room.next_request("asked-3", room.now - 60, &room.certificate());
    let this_update = at(room.now - 60);
    let mistakes: [(&str, String, &str, &str); 31] = [
        ("a time without quotes", format!("\"{this_update}\""), &this_update, "Write this_update = \"2"),
        ("a date without quotes", format!("\"{this_update}\""), "2026-11-30", "a time in quotes, like"),
        ("a date alone", this_update.clone(), "2026-11-30", "has no time of day"),
        (
            "a time with a space",
            this_update.clone(),
            "2026-11-30 01:17",
            "write this_update = \"2026-11-30T01:17:00Z\"",
        ),
        (
            "a time of another form",
            this_update.clone(),
            "30.11.2026 01:17",
            "write this_update = \"2026-11-30T01:17:00Z\"",
        ),
        ("a day that there is not", this_update.clone(), "2026-02-30T00:00:00Z", "no such day or time of day"),
        ("a word for a time", this_update.clone(), "today", "\"today\" is not a time"),
        ("a misspelt key", "next_update".to_owned(), "next_udpate", "next_update was probably meant"),
        ("a key in another table", "previous_crl".to_owned(), "path_length = 0\n#", "it belongs in [[certificate]]"),
        ("a path without quotes", "\"issuing.csr\"".to_owned(), "issuing.csr", "write csr = \"issuing.csr\""),
        ("a quote that stays open", "\"issuing.csr\"".to_owned(), "\"issuing.csr", "never closed"),
        ("a colon", "csr =".to_owned(), "csr:", "a colon where an equals sign belongs"),
        (
            "quotes of a word processor",
            "\"issuing.csr\"".to_owned(),
            "\u{201c}issuing.csr\u{201d}",
            "typographic quotes",
        ),
        ("one bracket", "[[certificate]]".to_owned(), "[certificate]", "two brackets on each side"),
        ("two brackets", "[crl]".to_owned(), "[[crl]]", "one bracket on each side"),
        ("a number in quotes", "path_length = 0".to_owned(), "path_length = \"0\"", "Write path_length = 0"),
        ("a key twice", "path_length = 0".to_owned(), "path_length = 0\npath_length = 1", "in the file already"),
        ("no value", "path_length = 0".to_owned(), "path_length =", "path_length has no value"),
        ("a missing key", "profile =".to_owned(), "#profile =", "profile is missing in [[certificate]]"),
        ("a file that is not there", "issuing.csr".to_owned(), "issuing-g2.csr", "issuing-g2.csr"),
        ("a profile that there is not", "issuing-ca".to_owned(), "issuing", "the profiles are"),
        ("the PIN in the request", "[crl]".to_owned(), "pin = \"1234\"\n[crl]", "the PIN is asked on the terminal"),
        ("the PIN without quotes", "[crl]".to_owned(), "pin = a1234\n[crl]", "the PIN is asked on the terminal"),
        ("the user's PIN", "[crl]".to_owned(), "user_pin = 1234a\n[crl]", "the PIN is asked on the terminal"),
        (
            "the PIN twice",
            "[crl]".to_owned(),
            "PIN = \"1234\"\nPIN = \"1234\"\n[crl]",
            "the PIN is asked on the terminal",
        ),
        ("a list that stays open", "[crl]".to_owned(), "x = [\"a\",\n[crl]", "does not close"),
        ("a word for a number", "path_length = 0".to_owned(), "path_length = none", "a whole number without quotes"),
        ("half a number", "path_length = 0".to_owned(), "path_length = 0x", "not in decimal digits"),
        ("a comma at the end", "\"issuing-ca\"".to_owned(), "issuing-ca,", "write profile = \"issuing-ca\""),
        ("yes with a comment", "[crl]".to_owned(), "first = yes # new\n[crl]", "first = true or first = false"),
        (
            "a number that is too large",
            "[crl]".to_owned(),
            "[crl]\nabandon = 99999999999999999999",
            "Write abandon = \"99999999999999999999\"",
        ),
    ];
    let rehearse = room.rehearse("wrong.toml", "corrected").arg("--yes");
    for (what, from, to, says) in mistakes {
        let wrong = good.replacen(&from, to, 1);
        assert_ne!(wrong, good, "{what}");
        room.scratch.file("wrong.toml", wrong);
        let refused = rehearse.run();
        assert!(matches!(refused.code, Some(2 | 3)), "{what}\n{refused}");
        refused.says(says).says("next:").says("No");
        for insides in
            ["expected ", "invalid type", "unknown field", "missing field", "TOML parse error", "bytes that are not"]
        {
            assert!(!refused.stderr.contains(insides), "{what}: {insides}\n{refused}");
        }
        assert!(!refused.stderr.contains("1234"), "{refused}");
        made.add(format!("the request has {what}"), Cost::SameCommand);
    }
    // The same command line, once the file is right.
    room.scratch.file("wrong.toml", good);
    rehearse.exits(0);
}

/// The site file, too.
fn in_the_site_file(room: &Room, made: &mut Made) {
    let good = fs::read_to_string(room.path("SITE.toml")).unwrap();
    room.scratch.file("right.toml", room.next_request("asked-3", room.now - 50, ""));
    let rehearse = room.rehearse("right.toml", "site-corrected");
    for (what, from, to, says) in [
        ("a number in quotes", "required = 0", "required = \"0\"", "Write required = 0"),
        ("a misspelt table", "[approvals]", "[approval]", "approvals was probably meant"),
        ("a path without quotes", "\"demo.p8\"", "demo.p8", "write rehearsal_key = \"demo.p8\""),
        ("a PIN", "[key]", "[key]\npin = 1234", "a PIN is never kept in a file"),
        ("a PIN without quotes", "[key]", "[key]\npin = a1234", "a PIN is never kept in a file"),
        ("the user's PIN", "[key]", "[key]\nuser_pin = 1234a", "a PIN is never kept in a file"),
        ("the PIN twice", "[key]", "[key]\nPIN = \"1234\"\nPIN = \"1234\"", "a PIN is never kept in a file"),
        ("a number too large", "required = 0", "required = -1", "negative or too large"),
    ] {
        let wrong = good.replacen(from, to, 1);
        assert_ne!(wrong, good, "{what}");
        room.scratch.file("SITE.toml", wrong);
        let refused = rehearse.exits(2);
        refused.says("error[site-refused]").says(says).says("Correct the site file");
        assert!(!refused.stderr.contains("1234"), "{refused}");
        made.add(format!("the site file has {what}"), Cost::SameCommand);
    }
    room.scratch.file("SITE.toml", good);
    rehearse.exits(0);
}

/// What is wrong in the command line: on a terminal it is asked for where it can be.
fn on_the_command_line(room: &Room, made: &mut Made) {
    let head: Digest = head_on_paper(&room.path("state")).unwrap().parse().unwrap();
    let words = spell(head.as_bytes(), SHORT);
    let mistyped = with_another_word(&words, &head, 4);

    // A time and a head that were mistyped: the same run asks for them.
    let now = at(rootcast_host::clock::now());
    for (option, typed, says, asks) in [
        ("--utc", "10:60", "no such day or time of day", "Type the time in UTC"),
        ("--utc", "yesterday", "is not understood", "Type the time in UTC"),
        ("--head", mistyped.as_str(), "word 5 is not that of the head", "Type the words of the journal's head"),
        ("--head", "one two three", "is not on the PGP word list", "Type the words of the journal's head"),
    ] {
        let program = room.run(&["sign", "--site", "SITE.toml", "site-corrected", option, typed]);
        let other = if option == "--utc" { ["--head", &words] } else { ["--utc", &now] };
        let mut seat = Seat::start(&program.args(other), 160, 60);
        seat.wait_for_text(says);
        seat.wait_for_text("You will be asked for it");
        seat.wait_for_text(asks);
        seat.running.interrupt();
        seat.wait_for_text("error[interrupted]");
        assert_eq!(seat.running.wait().code, Some(130));
        made.add(format!("{option} {typed}"), Cost::Nothing);
    }

    // A head that was mistyped is no broken journal.
    let verify = offline(["journal", "verify", "--head", &mistyped]).state(&room.path("state")).exits(2);
    verify.says("error[not-confirmed]").says("word 5 is not that of the head of entry").says("Read the paper again");
    assert!(!verify.stderr.contains("journal-broken"), "{verify}");
    made.add("journal verify with a mistyped word", Cost::EditedCommand);

    // The folder is there already: found before anything is asked or judged.
    let again = room.rehearse("right.toml", "first").exits(2);
    again.says("error[output-exists]").says("Name a folder that does not exist yet");
    made.add("rehearse into a folder that is there", Cost::EditedCommand);

    // So is the file that `send` would write, on a terminal where it would ask.
    let taken = room.scratch.file("taken.frames", "something");
    let send = offline(["send"]).state(&room.path("state")).link(format!("file:{}", taken.display()));
    let mut seat = Seat::start(&send.arg(room.path("first")), 160, 60);
    seat.wait_for_text("error[output-exists]");
    let screen = seat.screen();
    assert_eq!(seat.running.wait().code, Some(2), "{screen}");
    assert!(!screen.contains("Type send"), "{screen}");
    made.add("send into a file that is there", Cost::EditedCommand);

    // `send` is confirmed with a word that was mistyped.
    let link = format!("file:{}", room.path("mistyped.frames").display());
    let send = offline(["send"]).state(&room.path("state")).link(link).arg(room.path("asked-3"));
    let mut seat = Seat::start(&send, 160, 60);
    seat.wait_for_text("Type send");
    seat.type_keys("sned\n");
    seat.wait_for_text("That was not: send");
    seat.type_keys("send\n");
    seat.wait_for_text("head ");
    let screen = seat.screen();
    assert_eq!(seat.running.wait().code, Some(0), "{screen}");
    made.add("Type send: \"sned\"", Cost::Nothing);

    approvals_that_are_none(made);
}

/// Other files in the place of a signature.
fn approvals_that_are_none(made: &mut Made) {
    let room = Room::with_rehearsal_key();
    room.tool(true, "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f", "alice"]);
    let public = fs::read_to_string(room.path("alice.pub")).unwrap();
    room.scratch.file("approvers", format!("alice@example namespaces=\"rootcast-ceremony\" {public}"));
    let site = "[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 1\nallowed_signers = \"approvers\"\n";
    room.scratch.file("SITE.toml", site);
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    for (what, file, says) in [
        ("a public key", "alice.pub", "this is a public key, and no signature"),
        ("a private key", "alice", "this is a private key, and no signature: keep it secret"),
        ("the text itself", "first/to-be-signed.txt", "this is the text to be signed"),
    ] {
        let refused = room.sign("first").args(["--approval", file]).exits(3);
        refused.says("error[approvals-missing]").says(says).says("ssh-keygen -Y sign").says("no number burned");
        made.add(format!("{what} as an approval"), Cost::EditedCommand);
    }
    // Private keys have many forms, and none of them is copied beside the approvals.
    let pkcs8 = ["genpkey", "-algorithm", "ed25519", "-out", "key.pem"];
    room.tool(true, "openssl", &pkcs8);
    room.tool(
        true,
        "openssl",
        &["pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-outform", "DER", "-out", "key.der"],
    );
    let pem = fs::read_to_string(room.path("key.pem")).unwrap();
    room.scratch
        .file("bag.pem", format!("Bag Attributes\n    friendlyName: alice\nKey Attributes: <No Attributes>\n{pem}"));
    room.scratch
        .file("alice.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\nc2VjcmV0\n");
    room.scratch.file("other.bin", [0x80, 3, 9, 27, 81, 243].repeat(20));
    let others = ["alice.ppk", "key.der", "bag.pem", "key.pem", "alice", "other.bin"];
    for file in others {
        let says = if file == "other.bin" { "not an SSH signature" } else { "this is a private key" };
        room.sign("first").args(["--approval", file]).exits(3).says(says);
    }
    assert_eq!(burned(&room), 0);
    let sign = ["-Y", "sign", "-n", "rootcast-ceremony", "-f", "alice", "first/to-be-signed.txt"];
    room.tool(true, "ssh-keygen", &sign);
    let given = others.iter().flat_map(|file| ["--approval", *file]);
    room.sign("first").args(given).args(["--approval", "first/to-be-signed.txt.sig"]).exits(0);
    let kept = tree(&room.path("first"));
    for file in others {
        let bytes = fs::read(room.path(file)).unwrap();
        assert!(kept.iter().all(|(_, kept)| *kept != bytes), "{file} was copied");
    }
    assert!(room.path("first/approvals/07.sig").is_file(), "the approval itself is kept");
    let verdicts = fs::read_to_string(room.path("first/approvals/approvals.txt")).unwrap();
    let digest = Digest::of(&fs::read(room.path("other.bin")).unwrap());
    assert!(verdicts.contains(&format!("not copied here, SHA-256 {digest}")), "{verdicts}");
}

#[test]
fn the_words_that_are_typed_from_the_paper_are_not_on_the_screen() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    let listing = Digest::of(&fs::read(room.path("second/to-be-signed.txt")).unwrap());
    let head: Digest = head_on_paper(&room.path("state")).unwrap().parse().unwrap();
    let now = at(rootcast_host::clock::now());
    let mut seat = Seat::start(&room.run(&["sign", "--site", "SITE.toml", "second", "--utc", &now]), 160, 60);
    seat.wait_for_text("Type the words of the journal's head");
    let shown = seat.screen();
    for word in spell(head.as_bytes(), SHORT).split(' ').collect::<Vec<_>>().windows(2) {
        assert!(!shown.contains(&word.join(" ")), "{word:?}\n{shown}");
    }
    seat.forget_screen();
    seat.type_keys(&format!("{}\n", spell(head.as_bytes(), SHORT)));
    seat.wait_for_text("Type the 8 words of to-be-signed.txt");
    // A wrong word is named, and the right one is not.
    seat.type_keys(&format!("{}\n", with_another_word(&spell(listing.as_bytes(), SHORT), &listing, 5)));
    seat.wait_for_text("word 6 (");
    let (before, after) = (shown, seat.screen());
    let approved = spell(listing.as_bytes(), SHORT);
    assert!(!before.contains(&approved) && !after.contains(&approved), "{before}\n{after}");
    seat.type_keys(&format!("{approved}\n"));
    seat.wait_for_text("The next signing asks for it");
    assert_eq!(seat.running.wait().code, Some(0));
}

#[test]
fn the_words_of_a_certification_request_are_typed_before_its_key_is_rehearsed() {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, &room.certificate()));
    room.tool(true, "openssl", &["req", "-in", "issuing.csr", "-outform", "DER", "-out", "issuing.der"]);
    let digest = Digest::of(&fs::read(room.path("issuing.der")).unwrap());
    let words = spell(digest.as_bytes(), SHORT);
    let question = "Type the 8 words of issuing.csr from the paper that came with it";
    for (folder, typed, says, code) in [
        ("wrong", vec![with_another_word(&words, &digest, 1); 3], "error[not-confirmed]", 2),
        ("right", vec![with_another_word(&words, &digest, 1), commas(&words)], "Next: each approver signs", 0),
        ("without", vec!["none".to_owned()], "Next: each approver signs", 0),
    ] {
        let mut seat = Seat::start(&room.rehearse("second.toml", folder), 160, 60);
        for typed in typed {
            seat.wait_for_text(question);
            seat.forget_screen();
            seat.type_keys(&format!("{typed}\n"));
        }
        seat.wait_for_text(says);
        let screen = seat.screen();
        assert_eq!(seat.running.wait().code, Some(code), "{screen}");
        assert_eq!(room.path(folder).exists(), code == 0, "{screen}");
        if code != 0 {
            assert!(screen.contains("word 2 (") && screen.contains("do not certify its key"), "{screen}");
        }
    }
    let dump = |folder: &str| fs::read_to_string(room.path(folder).join("dump.txt")).unwrap();
    assert!(
        dump("right").contains("these words were typed from it") && dump("right").contains(&words),
        "{}",
        dump("right")
    );
    assert!(dump("without").contains("NOT COMPARED"), "{}", dump("without"));
    // A script is not asked, and its document says so.
    let script = room.rehearse("second.toml", "script").arg("--json").exits(0);
    script.says("the words of issuing.csr were NOT COMPARED with paper");
    let told = &script.json()["requests"][0];
    assert_eq!((&told["words"], &told["compared"]), (&words.into(), &false.into()), "{told}");
    assert_eq!(told["sha256"], digest.to_string());
}

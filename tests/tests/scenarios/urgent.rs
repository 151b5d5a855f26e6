//! The short runbooks for a bad day, walked as they are printed after a first ceremony: revoke an intermediate now, after a
//! wrong date was signed, and how a certification request gets to the offline host.
//!
//! The site has a rehearsal key in the place of a token, so that the key holder types no PIN. What a person types from paper
//! is given on the command line. The dates of the pages are those of their day.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use rootcast_pki::rule::Rule;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use rootcast_tests::next_crl::next_crl;
use rootcast_tests::program;
use rootcast_tests::pty::Seat;
use rootcast_tests::scratch::Scratch;

use crate::documents::read;

const DAY: i64 = 86_400;

/// A root after its first ceremony, with an intermediate, both published.
pub(crate) struct Desk {
    pub(crate) scratch: Scratch,
    now: i64,
}

impl Desk {
    pub(crate) fn after_the_first_ceremony() -> Self {
        let desk = Self { scratch: Scratch::new(), now: rootcast_host::clock::now() };
        for name in ["alice", "bob"] {
            desk.run(&format!("ssh-keygen -q -t ed25519 -N '' -f {name}; echo {name} $(cat {name}.pub) >> approvers"));
        }
        let site = "[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 2\nallowed_signers = \"approvers\"\n";
        desk.scratch.file("SITE.toml", site);
        desk.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out issuing.key");
        desk.run("openssl req -new -key issuing.key -subj /CN=any -out issuing.csr");
        let at = |seconds: i64| rootcast_host::clock::rfc3339(desk.now + seconds);
        desk.scratch.file(
            "first.toml",
            format!(
                "first = true\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n[root]\nkey = \"ecdsa-p384\"\n\
                 subject = \"CN=Urgent Root,O=Example,C=CH\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n[[certificate]]\n\
                 csr = \"issuing.csr\"\nprofile = \"issuing-ca\"\nsubject = \"CN=Urgent Issuing CA,O=Example,C=CH\"\n\
                 not_before = \"{}\"\nnot_after = \"{}\"\npath_length = 0\ncrl_url = \"http://pki.example/root.crl\"\n\
                 issuer_url = \"http://pki.example/root.crt\"\n",
                at(-3600),
                // Before those of the pages, in whichever second.
                at(170 * DAY),
                at(-7200),
                at(7000 * DAY),
                at(-3600),
                at(1800 * DAY)
            ),
        );
        desk.run("rootcast-offline ceremony keygen --state root-state --site SITE.toml first.toml");
        desk.signed("first", "first.toml");
        desk.page_block("rootcast-offline send --state root-state --link file:first.frames first");
        desk.run("rootcast-online trust --yes --state online --root first/signed/root.crt --first-number 1");
        desk.run("rootcast-online receive --state online --link file:first.frames");
        desk.run("cp first/signed/issuing.crt intermediate.crt; cp first/signed/root.crt root.crt");
        desk
    }

    /// Rehearses, approves and signs a request.
    pub(crate) fn signed(&self, folder: &str, request: &str) {
        self.page_block(&format!(
            "rootcast-offline ceremony rehearse --state root-state --site SITE.toml {request} -o {folder}\n\
             ssh-keygen -q -Y sign -n rootcast-ceremony -f alice {folder}/to-be-signed.txt\n\
             mv {folder}/to-be-signed.txt.sig alice.sig\n\
             ssh-keygen -q -Y sign -n rootcast-ceremony -f bob {folder}/to-be-signed.txt\n\
             mv {folder}/to-be-signed.txt.sig bob.sig\n\
             rootcast-offline ceremony sign --state root-state --site SITE.toml {folder} --approval alice.sig \
             --approval bob.sig"
        ));
    }

    pub(crate) fn run(&self, script: &str) -> String {
        let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("bash");
        shell.args(["-e", "-o", "pipefail", "-c", &format!("exec 2>&1\n{script}")]).current_dir(self.scratch.folder());
        let ended = shell.env("PATH", path).env_remove("ROOTCAST_STATE").stdin(Stdio::null()).output().expect("bash");
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(ended.status.success(), "{script}\n{said}");
        said
    }

    /// Runs a block of a page, with what a person would type, and with dates of today.
    fn page_block(&self, block: &str) -> String {
        let at = |seconds: i64| rootcast_host::clock::rfc3339(rootcast_host::clock::now() + seconds);
        let head = program::head_on_paper(&self.scratch.path("root-state"));
        let head = head.map_or_else(String::new, |head| format!("--head {head} "));
        let dates = [
            ("2026-11-21T07:00:00Z", at(-7200)),
            ("2026-11-21T08:59:00Z", at(-60)),
            ("2027-05-20T23:59:59Z", at(180 * DAY)),
        ];
        let mut script = dates.iter().fold(block.to_owned(), |text, (from, to)| text.replace(from, to));
        // What the offline side reads out: the words of the CRL that was signed.
        if script.contains("\"WORDS\"") {
            let crl = fs::read(self.scratch.path("urgent/signed/root.crl")).expect("the signed CRL");
            let words = words::spell(Digest::of(&crl).as_bytes(), words::SHORT);
            script = script.replace("\"WORDS\"", &format!("\"{words}\""));
        }
        script = script
            .replace("ceremony sign ", &format!("ceremony sign --yes {head}--utc {} ", at(0)))
            .replace("ceremony rehearse ", "ceremony rehearse --yes ")
            .replace(" send ", " send --yes ")
            .replace(" trust --state", " trust --yes --state");
        self.run(&script)
    }

    /// Runs every block of a page; gives what was said.
    fn walk(&self, page: &str) -> String {
        let text = read(page);
        let blocks: Vec<&str> = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert!(blocks.len() >= 2, "{page}");
        blocks.into_iter().map(|block| self.page_block(block)).collect()
    }

    /// The number of the published CRL, and the serial numbers that it revokes, by openssl.
    fn published(&self) -> String {
        self.run("openssl crl -inform DER -in online/published/crl/*.crl -noout -text")
    }
}

/// The rules that found something, as the programs print findings.
pub(crate) fn found(said: &str) -> BTreeSet<&'static str> {
    let severities = ["warn", "hold", "reject"];
    let is_in = |rule: &&Rule| {
        severities.iter().any(|severity| {
            said.contains(&format!("{severity}[{rule}]")) || said.contains(&format!("{severity} {rule}:"))
        })
    };
    Rule::ALL.iter().filter(is_in).map(|rule| rule.id()).collect()
}

/// The rules by which a page says that its own examples find something: those of the paragraph that begins so.
pub(crate) fn announced(text: &str) -> BTreeSet<&'static str> {
    let paragraph = text.split("\n\n").find(|part| part.trim_start().starts_with("**What these commands find.**"));
    let names = |rule: &&Rule| paragraph.is_some_and(|text| text.contains(&format!("({rule})")));
    Rule::ALL.iter().filter(names).map(|rule| rule.id()).collect()
}

#[test]
fn an_intermediate_is_revoked_as_the_runbook_says() {
    let desk = Desk::after_the_first_ceremony();
    let said = desk.walk("docs/runbook-revoke-now.md");
    assert_eq!(found(&said), announced(&read("docs/runbook-revoke-now.md")), "{said}");
    assert_eq!(found(&said).into_iter().collect::<Vec<_>>(), ["CRL-IN-USE"], "{said}");
    let crl = desk.published();
    assert!(crl.contains("Key Compromise") && crl.contains("Serial Number:"), "{crl}");
    let serial = desk.run("openssl x509 -in intermediate.crt -noout -serial");
    let serial = serial.trim().trim_start_matches("serial=").to_owned();
    assert!(crl.contains(&serial), "{serial} is not in {crl}");
    // What the page says of the key: it gets no certificate again.
    let again = desk.scratch.path("again.toml");
    let request = fs::read_to_string(desk.scratch.path("first.toml")).unwrap();
    let certificate = request.split("[[certificate]]").nth(1).unwrap();
    fs::write(&again, format!("issuer = \"root.crt\"\n[[certificate]]{certificate}")).unwrap();
    let refused = program::offline(["ceremony", "rehearse", "--site", "SITE.toml", "again.toml", "-o", "again"]);
    let refused = refused.state(&desk.scratch.path("root-state")).within(desk.scratch.folder()).exits(3);
    refused.says("CERT-REVOKED");
}

#[test]
fn a_wrong_date_that_was_never_sent_is_abandoned_as_the_runbook_says() {
    let desk = Desk::after_the_first_ceremony();
    let dates = (desk.now - 120, desk.now + 90 * DAY);
    let wrong = next_crl("first/signed/root.crt", "first/signed/root.crl", dates);
    desk.scratch.file("wrong.toml", wrong);
    desk.signed("wrong", "wrong.toml");
    let said = desk.walk("docs/runbook-wrong-date.md");
    assert!(found(&said).is_empty(), "{said}");
    desk.run("rootcast-online receive --state online --link file:corrected.frames");
    let crl = desk.published();
    assert!(crl.contains("No Revoked Certificates"), "{crl}");
    let number = desk.run("openssl crl -inform DER -in online/published/crl/*.crl -noout -crlnumber");
    assert!(number.trim().ends_with('3'), "{number}");
    // For ever, as the page says.
    let send = program::offline(["send", "--yes", "--link", "file:wrong.frames", "wrong"]);
    send.state(&desk.scratch.path("root-state")).within(desk.scratch.folder()).exits(3);
}

#[test]
fn a_certification_request_gets_in_as_the_runbook_says() {
    let desk = Desk::after_the_first_ceremony();
    fs::remove_file(desk.scratch.path("issuing.key")).unwrap();
    let said = desk.walk("docs/runbook-csr.md");
    let digests: Vec<&str> =
        said.lines().filter_map(|line| line.strip_suffix("  -").or(line.strip_suffix(" *-"))).collect();
    let [before, after] = digests.as_slice() else { panic!("two digests: {said}") };
    assert!(before == after && before.len() == 64, "{said}");
    assert_eq!(found(&said), announced(&read("docs/runbook-csr.md")), "{said}");
    assert!(said.contains("verify OK") && said.contains("(signed by the key in it)"), "{said}");
}

/// The same pages at a terminal, once: what they say is asked for is asked for, and a person types it.
#[test]
fn the_words_of_the_urgent_pages_are_typed_at_a_terminal() {
    let desk = Desk::after_the_first_ceremony();
    let page = read("docs/runbook-revoke-now.md");
    assert!(page.contains("`revoke 1`"));
    let blocks: Vec<&str> = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let request = blocks.iter().find(|block| block.starts_with("cat > urgent.toml")).expect("the request");
    desk.page_block(request);
    let line = blocks.iter().flat_map(|block| block.lines()).find(|line| line.contains("ceremony rehearse"));
    let typed = |line: &str, answers: &[(&str, &str)]| {
        let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
        let shell = program::offline([""; 0]).started_by(["bash", "-e", "-c", line]);
        let mut seat = Seat::start(&shell.within(desk.scratch.folder()).env("PATH", path), 160, 60);
        for (question, answer) in answers {
            seat.wait_for_text(question);
            seat.type_keys(&format!("{answer}\n"));
        }
        seat.until(|seat| !seat.running.runs());
        std::thread::sleep(std::time::Duration::from_millis(100));
        let screen = seat.screen();
        (seat.running.wait().code, screen)
    };
    // Another word is no answer, and costs nothing but a try.
    let line = line.expect("a rehearsal");
    let (code, said) = typed(line, &[("Type revoke 1", "revoke 2"), ("left)", "revoke 1")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("CRL-IN-USE"), "{said}");

    // The page about requests: the words of the request, from the CA's paper.
    let csr = program::online(["request", "show", "--json"]).arg(desk.scratch.path("issuing.csr")).exits(0).json();
    let words = csr["requests"][0]["words"].as_str().expect("words");
    let first = fs::read_to_string(desk.scratch.path("first.toml")).unwrap();
    let certificate = first.split("[[certificate]]").nth(1).unwrap();
    let certificate = certificate.replace("Urgent Issuing CA", "Second Urgent CA").replace("issuing.csr", "second.csr");
    desk.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out second.key");
    desk.run("openssl req -new -key second.key -subj /CN=any -out second.csr");
    let second = program::online(["request", "show", "--json"]).arg(desk.scratch.path("second.csr")).exits(0).json();
    let second = second["requests"][0]["words"].as_str().expect("words");
    desk.scratch.file("second.toml", format!("issuer = \"first/signed/root.crt\"\n[[certificate]]{certificate}"));
    let line = "rootcast-offline ceremony rehearse --state root-state --site SITE.toml second.toml -o second";
    let (code, said) = typed(line, &[("Type the 8 words of second.csr", words), ("left)", second)]);
    assert_eq!(code, Some(0), "{said}");
    let dump = fs::read_to_string(desk.scratch.path("second/dump.txt")).unwrap();
    assert!(dump.contains("with paper: these words were typed from it"), "{dump}");
}

//! The root's key on paper, and back: with a soft token, people who type and scan, and `openssl` alone.

mod attempts;
mod drill;
mod ended_early;
mod everything_lost;
mod forged;
mod full_disk;
mod keys_typed;
mod kryoptic;
mod left_in_files;
pub(crate) mod operator;
mod operators_gone;
mod recipe;
mod recovery;
mod refused;
mod typing;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rootcast_online::link::optical::qr_reader::{GreyPicture, read_symbols};
use rootcast_tests::corpora::skipped;
use rootcast_tests::next_crl::next_crl;
use rootcast_tests::program::{Program, head_on_paper, offline, online};
use rootcast_tests::pty::Seat;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::soft_token::{Maker, PIN, SoftTokens};

const DAY: i64 = 86_400;
const GROUPS: [&str; 2] = ["BOARD", "OPERATIONS"];

/// A folder in memory, as pages need it; nothing, said aloud, on a host with swap or without `/dev/shm`.
pub(crate) fn memory() -> Option<tempfile::TempDir> {
    let swaps = fs::read_to_string("/proc/swaps").unwrap_or_default().lines().count();
    let folder = tempfile::tempdir_in("/dev/shm");
    match folder {
        Ok(folder) if swaps <= 1 => Some(folder),
        _ => {
            skipped("escrow: this host has swap, or no /dev/shm");
            None
        }
    }
}

/// The site of a first ceremony with escrow, and a second token.
struct Site {
    tokens: SoftTokens,
    module: PathBuf,
    scratch: Scratch,
    memory: tempfile::TempDir,
    serials: [String; 2],
}

impl Site {
    fn new(key: &str) -> Option<Self> {
        Self::of(SoftTokens::new()?, key)
    }

    /// Puts the shim with this fault between the program and the token of this site file.
    fn by_shim(&self, site_file: &str, fault: &str) {
        let module = self.tokens.shim(fault);
        let text = fs::read_to_string(self.scratch.path(site_file)).unwrap();
        let text = text.replace(self.tokens.module().to_str().unwrap(), module.to_str().unwrap());
        self.scratch.file(site_file, text);
    }

    /// A site before its key generation, and one of the same kind that has made its key: both behind a module that counted
    /// the calls of the second.
    fn beside_a_counted_one() -> Option<[Self; 2]> {
        let both = [Self::new("ecdsa-p256")?, Self::new("ecdsa-p256")?];
        both.iter().for_each(|site| site.by_shim("SITE.toml", "none"));
        let mut person = Person::at(&both[1].keygen().env("ROOTCAST_SHIM_KILL", "0"));
        ended_early::walk(&mut person);
        person.ends(0);
        Some(both)
    }

    /// With these tokens.
    fn of(tokens: SoftTokens, key: &str) -> Option<Self> {
        // kryoptic asks for long PINs, as it says; behind the shim it says that it takes the one of the tests.
        let module = match tokens.maker() {
            Maker::SoftHsm => tokens.module().to_owned(),
            Maker::Kryoptic => tokens.shim("none"),
        };
        let memory = memory()?;
        if Command::new("pdftotext").arg("-v").output().is_err() {
            skipped("escrow: `pdftotext` (poppler-utils) is not installed; run `make deps`");
            return None;
        }
        let serials = ["root-2026", "second"].map(|label| tokens.make(label));
        let scratch = Scratch::new();
        let this = Self { tokens, module, scratch, memory, serials };
        let now = rootcast_host::clock::now();
        let at = rootcast_host::clock::rfc3339;
        let text = format!(
            "first = true\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n[root]\nkey = \"{key}\"\n\
             subject = \"CN=Example Root,O=Example,C=CH\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n\
             [escrow]\ngroups = [\"BOARD\", \"OPERATIONS\"]\n",
            at(now - 7_200),
            at(now + 180 * DAY),
            at(now - 9_000),
            at(now + 7_000 * DAY)
        );
        this.scratch.file("first.toml", text);
        this.site("SITE.toml", "root-2026", 0, "");
        this.site("SECOND.toml", "second", 1, "");
        Some(this)
    }

    fn site(&self, file: &str, label: &str, token: usize, pinned: &str) {
        let (module, serial) = (&self.module, &self.serials[token]);
        let text = format!(
            "[key]\nmodule = {module:?}\ntoken_label = \"{label}\"\ntoken_serial = \"{serial}\"\nkey_label = \"root key\"\n{pinned}\
             [approvals]\nrequired = 0\n"
        );
        self.scratch.file(file, text);
    }

    fn program(&self, arguments: &[&str]) -> Program {
        let program = offline(arguments).state(&self.scratch.path("state")).within(self.scratch.folder());
        self.tokens.seen_by(program)
    }

    fn keygen(&self) -> Program {
        let pages = self.memory.path().to_str().unwrap();
        self.program(&["ceremony", "keygen", "--site", "SITE.toml", "--pages", pages, "first.toml", "--json"])
    }

    /// `token list` with these arguments.
    fn keys(&self) -> Program {
        self.program(&["token", "list", "--module", self.tokens.module().to_str().unwrap()])
    }

    fn page_file(&self) -> PathBuf {
        self.memory.path().join("escrow-page.pdf")
    }

    /// Makes the key, and prints all six envelopes: the pages as PDF.
    fn papers(self) -> Papers {
        let keygen = self.keygen();
        self.papers_of(&keygen)
    }

    /// The same with this program.
    fn papers_of(self, program: &Program) -> Papers {
        let mut person = Person::at(program);
        person.pin("root-2026");
        let mut pages = BTreeMap::new();
        for (group, number) in envelopes() {
            let name = format!("{group} envelope {number}");
            person.waits(&format!("The number of the bag for {name}:"));
            let bag = bag("A", group, number);
            person.types(&bag);
            person.waits(&format!("Both pages of {name} are in the file"));
            person.waits(&format!("Put them into the bag {bag} "));
            let pdf = self.scratch.path(&format!("{group}-{number}.pdf"));
            fs::copy(self.page_file(), &pdf).unwrap();
            person.forgets();
            person.types("printed");
            pages.insert((group, number), pdf);
        }
        let (screen, written) = person.ends_with_all(0);
        assert!(!self.page_file().exists(), "no page is left in memory");
        let pinned = screen.split("\"public_key_sha256\":\"").nth(1).unwrap()[..64].to_owned();
        self.site("SITE.toml", "root-2026", 0, &format!("public_key_sha256 = \"{pinned}\"\n"));
        let texts = pages.iter().map(|(at, pdf)| (*at, text_of(pdf))).collect();
        Papers { site: self, pages, texts, pinned, screen, written }
    }
}

fn envelopes() -> impl Iterator<Item = (&'static str, u8)> {
    GROUPS.into_iter().flat_map(|group| [1, 2, 3].map(|number| (group, number)))
}

/// The number of a bag: every envelope has another one.
fn bag(begin: &str, group: &str, number: u8) -> String {
    format!("{begin}-{}", number + if group == GROUPS[0] { 0 } else { 3 })
}

/// What was printed.
struct Papers {
    site: Site,
    pages: BTreeMap<(&'static str, u8), PathBuf>,
    texts: BTreeMap<(&'static str, u8), String>,
    /// SHA-256 of the public key.
    pinned: String,
    /// What the key generation showed.
    screen: String,
    /// All that it wrote to the terminal.
    written: String,
}

impl Papers {
    /// The six lines of a piece, as an envelope shows them.
    fn piece(&self, envelope: (&'static str, u8), number: u8) -> Vec<String> {
        lines_after(&self.texts[&envelope], &format!("{} piece {number}", envelope.0), 6)
    }

    /// The lines of every piece from these two envelopes of each group, in the order in which they are asked for.
    fn all_pieces(&self, from: [(u8, u8); 2]) -> Vec<Vec<String>> {
        let mut pieces = Vec::new();
        for (group, (one, other)) in GROUPS.into_iter().zip(from) {
            for number in 1..=3 {
                let envelope = if number == one { other } else { one };
                pieces.push(self.piece((group, envelope), number));
            }
        }
        pieces
    }

    /// The texts of the codes on page 1 of an envelope.
    fn codes(&self, envelope: (&'static str, u8)) -> Vec<String> {
        codes_of(&self.pages[&envelope], &self.site.scratch.path(&format!("codes-{}-{}", envelope.0, envelope.1)))
    }

    /// `escrow verify` with the second token, with somebody there.
    fn verify(&self, more: &[&str]) -> Person {
        let arguments = [&["escrow", "verify", "--site", "SECOND.toml", "--json"], more].concat();
        let mut person = Person::at(&self.site.program(&arguments));
        person.pin("second");
        person
    }

    /// Verifies with the words of these pieces, and the codes of the wrapped key. Gives how many words were typed.
    fn verified_by_typing(&self, from: [(u8, u8); 2]) -> usize {
        let mut person = self.verify(&[]);
        let mut words = 0;
        for (piece, lines) in self.all_pieces(from).iter().enumerate() {
            for (number, line) in (1..).zip(lines) {
                let (group, piece) = (GROUPS[piece / 3], piece % 3 + 1);
                person.waits(&format!("{group} piece {piece}, line {number}:"));
                words += line.split(' ').count();
                person.types(line);
            }
        }
        for code in self.codes(("BOARD", from[0].0)).iter().filter(|code| code.contains(" BLOB ")) {
            person.waits("The wrapped key: scan");
            person.types(code);
        }
        person.opened_none();
        let screen = person.ends(0);
        assert!(screen.contains("\"verified\":true") && screen.contains(&self.pinned), "{screen}");
        words
    }

    fn sign(&self, folder: &str) -> Program {
        attempts::sign(&self.site, "SITE.toml", folder)
    }
}

/// The texts of the codes on the first page, by way of a picture in this folder.
fn codes_of(pdf: &Path, folder: &Path) -> Vec<String> {
    fs::create_dir_all(folder).unwrap();
    let mut command = Command::new("pdftoppm");
    command.args(["-r", "200", "-gray", "-png", "-l", "1", "-singlefile"]).arg(pdf).arg(folder.join("page"));
    assert!(command.output().unwrap().status.success());
    let picture = image::open(folder.join("page.png")).unwrap().into_luma8();
    let (width, height) = picture.dimensions();
    let found = read_symbols(&GreyPicture { width, height, luma: picture.into_raw() });
    found.into_iter().map(|code| String::from_utf8(code).unwrap()).collect()
}

fn text_of(pdf: &Path) -> String {
    let ended = Command::new("pdftotext").args(["-layout"]).arg(pdf).arg("-").output().unwrap();
    assert!(ended.status.success());
    String::from_utf8(ended.stdout).unwrap()
}

/// The set that a page names: 14 hexadecimal digits.
fn set_of(text: &str) -> String {
    let sets = text.lines().filter_map(|line| line.trim().strip_prefix("Set ")?.get(..14));
    let is_one = |set: &&str| set.bytes().all(|byte| byte.is_ascii_hexdigit());
    sets.into_iter().find(is_one).unwrap_or_else(|| panic!("no set: {text}")).to_owned()
}

/// So many lines that begin with their number, after the heading; each without its number, its words with single spaces.
fn lines_after(text: &str, heading: &str, count: usize) -> Vec<String> {
    let mut wanted = 1;
    let mut lines = Vec::new();
    for line in text.lines().skip_while(|line| line.trim() != heading) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.len() == 8 && words[0] == wanted.to_string() {
            lines.push(words[1..].join(" "));
            wanted += 1;
        }
        if lines.len() == count {
            break;
        }
    }
    assert_eq!(lines.len(), count, "{heading}:\n{text}");
    lines
}

/// Somebody at a terminal.
struct Person {
    seat: Seat,
    /// What was on the screen before it was forgotten.
    screens: Vec<String>,
}

impl Person {
    fn at(program: &Program) -> Self {
        Self::in_window(program, 250, 50)
    }

    fn in_window(program: &Program, columns: u16, rows: u16) -> Self {
        Self { seat: Seat::start(program, columns, rows), screens: Vec::new() }
    }

    /// At a key generation at this site, with the first page there to be printed, for this bag.
    fn at_first_page(site: &Site, bag: &str) -> Self {
        let mut person = Self::at(&site.keygen());
        person.pin("root-2026");
        person.waits("The number of the bag for BOARD envelope 1:");
        person.types(bag);
        person.waits("Then type printed");
        person
    }

    fn waits(&mut self, text: &str) {
        let begun = Instant::now();
        while !self.seat.sentences().contains(text) {
            let is_over = begun.elapsed() > Duration::from_secs(300) || !self.seat.running.runs();
            assert!(!is_over, "never {text:?}:\n{}", self.seat.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn pin(&mut self, label: &str) {
        self.waits(&format!("PIN for token {label}: "));
        self.seat.until(|seat| !seat.echoes());
        self.seat.type_keys(&format!("{PIN}\n"));
    }

    /// Types the PIN of two tokens, whichever comes first.
    fn both_pins(&mut self) {
        for count in 1..=2 {
            let begun = Instant::now();
            while self.seat.screen().matches("PIN for token ").count() < count || self.seat.echoes() {
                assert!(begun.elapsed() < Duration::from_secs(300), "no prompt:\n{}", self.seat.screen());
                std::thread::sleep(Duration::from_millis(5));
            }
            self.seat.type_keys(&format!("{PIN}\n"));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn types(&mut self, line: &str) {
        self.seat.type_keys(&format!("{line}\n"));
    }

    /// Answers for each of six envelopes that it was not opened.
    fn opened_none(&mut self) {
        for (group, number) in envelopes() {
            self.waits(&format!("The new bag of {group} envelope {number}, or Return"));
            self.types("");
        }
    }

    /// Forgets the screen.
    fn forgets(&mut self) {
        self.screens.push(self.seat.forget_screen());
    }

    /// The end of the program, with this exit code; gives the screen.
    fn ends(self, code: i32) -> String {
        self.ends_with_all(code).0
    }

    /// The same, and all that was ever written to the terminal.
    fn ends_with_all(mut self, code: i32) -> (String, String) {
        let begun = Instant::now();
        while self.seat.running.runs() {
            assert!(begun.elapsed() < Duration::from_secs(300), "it never ended:\n{}", self.seat.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(100));
        let screen = self.seat.sentences();
        let written = self.screens.concat() + &self.seat.screen();
        assert_eq!(self.seat.running.wait().code, Some(code), "{screen}");
        (screen, written)
    }
}

#[test]
fn a_root_is_signed_only_after_its_key_came_back_from_paper() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let screen = &papers.screen;
    assert!(screen.contains("\"escrow\":{\"set\":\"") && screen.contains("\"bag\":\"A-3\""), "{screen}");
    assert!(screen.contains("\"no_later_backup\":false") && !screen.contains("cannot be backed up"), "{screen}");
    // What prints a file copies it: that is said with each page.
    let written = papers.written.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(written.contains("the spool directory (usually /var/spool/cups) has to be in memory too"), "{written}");
    papers.site.program(&["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "first"]).exits(0);
    papers.sign("first").exits(3).says("escrow-unfinished").says("escrow verify").says("No key was used");
    let words = papers.verified_by_typing([(1, 2), (2, 3)]);
    assert_eq!(words, 6 * 42, "what a person types for six pieces");
    let mut person = Person::at(&papers.sign("first"));
    person.pin("root-2026");
    let screen = person.ends(0);
    assert!(screen.contains("it is on paper (escrow)") && !screen.contains("WARNING: CKA_"), "{screen}");
    let signed = papers.site.scratch.path("first/signed/root.crt.pem");
    let openssl = Command::new("openssl").args(["verify", "-CAfile"]).args([&signed, &signed]).output().unwrap();
    assert!(openssl.status.success(), "{}", String::from_utf8_lossy(&openssl.stderr));
    let shown = papers.site.program(&["journal", "show"]).exits(0);
    for text in
        ["begun for BOARD and OPERATIONS", "OPERATIONS envelope 3 printed, bag A-6", "from typed or scanned pieces"]
    {
        shown.says(text);
    }
    papers.site.keys().exits(0).says("root key");
}

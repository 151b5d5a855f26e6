//! The recipe of page 2: a shell and `openssl`, run from the text of the PDF and from nothing else.

use super::*;

/// The word list of page 2: the number of each word.
fn word_list(text: &str) -> BTreeMap<String, String> {
    let list = text.split("The word list:").nth(1).unwrap();
    let words: Vec<&str> = list.lines().skip(1).flat_map(str::split_whitespace).collect();
    let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    let mut numbers = BTreeMap::new();
    for three in words.windows(3).filter(|three| is_number(three[0]) && !is_number(three[1])) {
        numbers.insert(three[1].to_owned(), three[0].to_owned());
        numbers.insert(three[2].to_owned(), three[0].to_owned());
    }
    assert_eq!(numbers.len(), 512);
    numbers
}

/// The digits of lines of words, each without its check word.
fn digits(lines: &[String], list: &BTreeMap<String, String>) -> String {
    let words = lines.iter().flat_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        words[..words.len() - 1].iter().map(|word| list[*word].clone()).collect::<Vec<_>>()
    });
    words.collect()
}

/// The lines of the shell on page 2, as they stand.
fn shell(text: &str) -> Vec<String> {
    let begins = ["x() {", "i=$((", "A=$(x", "B=$(x", "openssl ", "for h in", "cut -d", "while read", "[ $h"];
    let lines = text.lines().map(str::trim).filter(|line| begins.iter().any(|begin| line.starts_with(begin)));
    lines.map(str::to_owned).collect()
}

/// The lines of the wrapped key, which stand in two columns: words, or base64.
fn blob_lines(text: &str) -> Vec<String> {
    let part = text.split("The wrapped key\n").last().unwrap().split("The word list:").next().unwrap();
    let mut lines = BTreeMap::new();
    let mut current: Option<(usize, Vec<&str>)> = None;
    let mut keep = |line: Option<(usize, Vec<&str>)>| {
        if let Some((number, words)) = line {
            lines.insert(number, words.join(" "));
        }
    };
    for row in part.lines() {
        for word in row.split_whitespace() {
            match word.parse::<usize>() {
                Ok(number) if word.len() <= 2 => keep(current.replace((number, Vec::new()))),
                _ => current.as_mut().unwrap().1.push(word),
            }
        }
        keep(current.take());
    }
    assert_eq!(lines.keys().copied().collect::<Vec<_>>(), (1..=lines.len()).collect::<Vec<_>>(), "{part}");
    lines.into_values().collect()
}

impl Papers {
    /// Does what page 2 says with these pieces; gives what the last line prints, and whether the shell was content.
    pub(super) fn follow_the_recipe(&self, pieces: &[Vec<String>]) -> (String, String) {
        self.follow_with(pieces, |lines| lines)
    }

    /// The same where the key that it gives is kept in this file.
    pub(super) fn key_by_the_recipe(&self, pieces: &[Vec<String>], key: &Path) {
        let folder = self.site.scratch.subfolder("recipe");
        let (said, wrong) = self.follow_within(&folder, pieces, |lines| lines);
        assert!(said.contains(&self.pinned), "{said}{wrong}");
        fs::copy(folder.join("key.p8"), key).unwrap();
        fs::remove_dir_all(&folder).unwrap();
    }

    /// The same where somebody types the file `lines` like this.
    fn follow_with(&self, pieces: &[Vec<String>], wrong: impl Fn(String) -> String) -> (String, String) {
        let folder = self.site.scratch.subfolder("recipe");
        let said = self.follow_within(&folder, pieces, wrong);
        let _ = fs::remove_dir_all(&folder);
        said
    }

    fn follow_within(
        &self,
        folder: &Path,
        pieces: &[Vec<String>],
        wrong: impl Fn(String) -> String,
    ) -> (String, String) {
        let text = &self.texts[&("OPERATIONS", 3)];
        let list = word_list(text);
        let mut script = String::new();
        for (piece, name) in pieces.iter().zip(["A1", "A2", "A3", "B1", "B2", "B3"]) {
            script.push_str(&format!("{name}={}\n", &digits(piece, &list)[..64]));
        }
        let lines = blob_lines(text);
        if text.contains("cut -d' '") {
            let numbered: String = (1..).zip(&lines).map(|(number, line)| format!("{number:02} {line}\n")).collect();
            fs::write(folder.join("lines"), wrong(numbered)).unwrap();
            script.push_str(&format!("S={}\n", set_of(text)));
        } else {
            let all = digits(&lines, &list);
            script.push_str(&format!("W={}\n", &all[..all.len() - 8]));
        }
        script.push_str(&shell(text).join("\n"));
        let ended = Command::new("sh").arg("-c").arg(&script).current_dir(folder).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        (said, String::from_utf8_lossy(&ended.stderr).into_owned())
    }
}

/// As steps 2 and 3 say in brackets: the longest number of each code, and the two digits before it say which piece it is.
#[test]
fn openssl_alone_gets_the_key_back_from_the_codes_alone() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let text = &papers.texts[&("OPERATIONS", 3)];
    let says = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(says.contains("its longest number is it; 12 before it is A2, 23 is B3"), "{says}");
    assert!(says.contains("the third code of page 1, which is the wrapped key"), "{says}");
    let page = papers.texts[&("BOARD", 1)].split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("BOARD piece 2 BOARD piece 3 wrapped key"), "a caption below each code: {page}");
    let mut script = String::new();
    for code in papers.all_codes([(1, 3), (2, 3)]) {
        let words: Vec<&str> = code.split(' ').collect();
        let longest = words.iter().max_by_key(|word| word.len()).unwrap();
        let name = match (words[1], words[3]) {
            ("PIECE", number) => format!("{}{}", if number.starts_with('1') { "A" } else { "B" }, &number[1..]),
            _ => "W".to_owned(),
        };
        script.push_str(&format!("{name}={longest}\n"));
    }
    assert_eq!(script.lines().count(), 7, "{script}");
    script.push_str(&shell(text).join("\n"));
    let folder = papers.site.scratch.subfolder("by-codes");
    let ended = Command::new("sh").arg("-c").arg(&script).current_dir(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(said.contains(&papers.pinned), "{said}{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn openssl_alone_gets_the_key_back_from_every_pair_of_envelopes() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let pairs = [(1, 2), (1, 3), (2, 3)];
    for (board, operations) in pairs.iter().flat_map(|board| pairs.map(|operations| (*board, operations))) {
        let pieces = papers.all_pieces([board, operations]);
        let (said, wrong) = papers.follow_the_recipe(&pieces);
        assert!(said.contains(&papers.pinned), "{board:?} {operations:?}: {said}{wrong}");
    }
    // One group alone, a piece too few, a piece of another group in its place: openssl refuses.
    let right = papers.all_pieces([(1, 2), (1, 2)]);
    for (missing, instead) in [(0, 1), (2, 5), (3, 0), (5, 4)] {
        let mut pieces = right.clone();
        pieces[missing] = right[instead].clone();
        let (said, _) = papers.follow_the_recipe(&pieces);
        assert!(!said.contains(&papers.pinned), "{missing} {instead}");
    }
}

#[test]
fn openssl_alone_gets_a_p521_key_back() {
    let Some(site) = Site::new("ecdsa-p521") else { return };
    let papers = site.papers();
    assert!(papers.texts[&("BOARD", 1)].contains("Key: P-521."));
    let (said, wrong) = papers.follow_the_recipe(&papers.all_pieces([(1, 2), (2, 3)]));
    assert!(said.contains(&papers.pinned), "{said}{wrong}");
    papers.verified_by_typing([(1, 2), (2, 3)]);
}

#[test]
fn openssl_alone_gets_an_rsa_key_back() {
    let Some(site) = Site::new("rsa-4096") else { return };
    let papers = site.papers();
    let pieces = papers.all_pieces([(2, 3), (1, 3)]);
    let (said, wrong) = papers.follow_the_recipe(&pieces);
    assert!(said.contains(&papers.pinned) && !said.contains("is wrong"), "{said}{wrong}");
    // One character of line 7 and two swapped ones of line 31 are typed wrongly: the paper says where.
    let (said, _) = papers.follow_with(&pieces, |lines| {
        let mut lines: Vec<Vec<u8>> = lines.lines().map(|line| line.as_bytes().to_vec()).collect();
        lines[6][20] = if lines[6][20] == b'x' { b'y' } else { b'x' };
        let at = (3..60).find(|at| lines[30][*at] != lines[30][at + 1]).unwrap();
        lines[30].swap(at, at + 1);
        lines.iter().map(|line| String::from_utf8(line.clone()).unwrap() + "\n").collect()
    });
    let named: Vec<&str> = said.lines().filter(|line| line.ends_with("is wrong")).collect();
    assert_eq!(named, ["line 07 is wrong", "line 31 is wrong"], "{said}");
    assert!(!said.contains(&papers.pinned));
    let codes = papers.codes(("BOARD", 2));
    assert_eq!(codes.iter().filter(|code| code.contains(" BLOB ")).count(), 8, "{codes:#?}");
    papers.verified_by_typing([(2, 3), (1, 3)]);
}

//! Items made to hurt a reader: nested deeply, with lengths that lie, numbers and dates at the ends of their ranges, names that
//! would move a cursor, files of two kinds at once. Each gets a clear finding, in little time and memory.

use rootcast_tests::program::{Ended, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::fresh_root;
use rootcast_tests::throwaway_ca::der_writer::{bits, oid, sequence, set, tlv};
use rootcast_tests::throwaway_ca::{CrlDraft, DAY, EntryDraft, ExtensionDraft, RawTime, ThrowAwayCa, pem};

const LEVELS: usize = 200_000;

/// A scratch folder with a root in it, and `check --issuer` on files of bytes.
struct Gate {
    scratch: Scratch,
    root: ThrowAwayCa,
}

impl Gate {
    fn new() -> Self {
        let (scratch, root) = (Scratch::new(), fresh_root("Example Root"));
        let _ = scratch.file("root.crt", &root.certificate);
        Gate { scratch, root }
    }

    /// A good CRL with one entry, to be spoilt.
    fn crl(&self) -> CrlDraft {
        let mut draft = self.root.crl(7);
        draft.revoke(0x4a00_0000_0000_0001, self.root.now - 9 * DAY);
        draft
    }

    /// Checks these bytes, for people and for scripts; `rule` has to be among the findings, or nothing if it is empty.
    fn check(&self, what: &str, bytes: &[u8], code: i32, rule: &str) {
        let file = self.scratch.file("item", bytes);
        let check = online(["check"]).arg(&file).arg("--issuer").arg(self.scratch.path("root.crt"));
        for run in [check.clone(), check.arg("--json")] {
            let ended = run.run();
            assert_eq!(ended.code, Some(code), "{what}: {ended}");
            if !rule.is_empty() {
                ended.says(rule);
            }
            assert_harmless(what, &ended);
            assert!(ended.took.as_secs() < 5, "{what}: {ended}");
            let most = 48 * 1024 + bytes.len() as u64 * 2 / 1024;
            assert!(ended.peak_kib < most, "{what}: {} KiB of {most}\n{ended}", ended.peak_kib);
        }
    }
}

/// Nothing was written that a terminal would obey or hide, and not too much of anything.
fn assert_harmless(what: &str, ended: &Ended) {
    for text in [&ended.stdout, &ended.stderr] {
        let hurts = |c: char| {
            (c.is_control() && c != '\n')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        assert!(!text.contains(hurts), "{what}: {text:?}");
        assert!(text.len() < 20_000, "{what}: {} bytes of output", text.len());
    }
}

/// So many elements of this tag, each inside the one before, around `inside`.
fn nested(tag: u8, levels: usize, inside: &[u8]) -> Vec<u8> {
    let mut headers = Vec::new();
    let mut length = inside.len();
    for _ in 0..levels {
        let header = header(tag, length);
        length += header.len();
        headers.push(header);
    }
    headers.reverse();
    [headers.concat(), inside.to_vec()].concat()
}

/// Tag and length of an element of `length` bytes, which need not be there.
fn header(tag: u8, length: usize) -> Vec<u8> {
    let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
    match octets.as_slice() {
        [] => vec![tag, 0],
        [short] if *short < 0x80 => vec![tag, *short],
        long => [&[tag, 0x80 | long.len() as u8], long].concat(),
    }
}

/// An outer SEQUENCE of a CRL around this body, with a signature of zeros.
fn crl_around(body: &[u8], draft: &CrlDraft) -> Vec<u8> {
    sequence(&[body.to_vec(), draft.outer_algorithm.clone(), bits(&[0; 64])])
}

#[test]
fn deeply_nested_der_is_refused_or_passed_over() {
    let gate = Gate::new();
    gate.check("nothing but nesting", &nested(0x30, LEVELS, &[]), 5, "ITEM-KIND");
    gate.check("nesting in an unknown element", &nested(0xa0, LEVELS, &[5, 0]), 5, "ITEM-KIND");
    let deep = || nested(0x30, LEVELS, &[5, 0]);
    let mut crl = gate.crl();
    crl.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], true, deep()));
    gate.check("nesting in an unknown critical extension", &crl.sign(), 5, "CRL-EXT-CRITICAL");
    crl = gate.crl();
    crl.set_extension(ExtensionDraft::new(&[2, 5, 29, 28], true, deep()));
    gate.check("nesting in issuingDistributionPoint", &crl.sign(), 5, "CRL-DER");
    crl = gate.crl();
    crl.set_extension(ExtensionDraft::new(&[2, 5, 29, 28], true, nested(0xa0, LEVELS, &[5, 0])));
    gate.check("nesting of names in issuingDistributionPoint", &crl.sign(), 5, "CRL-DER");
    crl = gate.crl();
    crl.set_extension(ExtensionDraft::new(&[2, 5, 29, 35], false, deep()));
    gate.check("nesting in authorityKeyIdentifier", &crl.sign(), 5, "CRL-DER");
    crl = gate.crl();
    crl.entries[0].extensions.push(ExtensionDraft::new(&[2, 5, 29, 21], false, deep()));
    gate.check("nesting in a reason", &crl.sign(), 5, "CRL-DER");
    crl = gate.crl();
    crl.issuer = sequence(&[set(&[sequence(&[oid(&[2, 5, 4, 3]), deep()])])]);
    gate.check("nesting in the issuer's name", &crl.sign(), 5, "CRL-DER");
    let mut certificate = gate.root.intermediate("Example Issuing CA");
    certificate.set_extension(ExtensionDraft::new(&[2, 5, 29, 19], true, deep()));
    gate.check("nesting in basicConstraints", &certificate.sign(), 5, "CERT-DER");
    certificate = gate.root.intermediate("Example Issuing CA");
    certificate.spki = deep();
    gate.check("nesting in the key", &certificate.sign(), 5, "CERT-");
}

#[test]
fn lengths_past_the_end_are_refused_and_nothing_is_allocated_for_them() {
    let gate = Gate::new();
    let draft = gate.crl();
    let good = draft.sign();
    let (_, inside) = good.split_at(header(0x30, good.len() - 4).len());
    assert_eq!([header(0x30, inside.len()), inside.to_vec()].concat(), good);
    for (what, claimed, rule) in [
        ("one byte more than there is", header(0x30, inside.len() + 1), "CRL-DER"),
        ("one byte less", header(0x30, inside.len() - 1), "CRL-DER"),
        ("2^31 bytes", header(0x30, 1 << 31), "CRL-DER"),
        ("2^32 - 1 bytes", header(0x30, (1 << 32) - 1), "CRL-DER"),
        // Longer than four octets of length, or of no length: not even taken for a CRL.
        ("2^56 bytes", header(0x30, 1 << 56), "ITEM-KIND"),
        ("no length", vec![0x30, 0x80], "ITEM-KIND"),
        ("127 octets of length", [&[0x30, 0xff], &[0xff; 127][..]].concat(), "ITEM-KIND"),
    ] {
        gate.check(&format!("the whole claims {what}"), &[claimed, inside.to_vec()].concat(), 5, rule);
    }
    // 2^31 entries of 20 bytes would be 40 GiB; the longest length that four octets hold stands for them.
    for (what, length) in [("2^31 bytes", 1_usize << 31), ("2^32 - 1 bytes", (1 << 32) - 1)] {
        let entry = EntryDraft::new(77, gate.root.now - 9 * DAY).encode();
        let list = [header(0x30, length), entry].concat();
        let mut parts = vec![vec![2, 1, 1], draft.inner_algorithm.clone(), draft.issuer.clone()];
        parts.push(draft.this_update.encode());
        parts.extend(draft.next_update.as_ref().map(RawTime::encode));
        parts.push(list);
        gate.check(&format!("the list of entries claims {what}"), &crl_around(&sequence(&parts), &draft), 5, "CRL-DER");
        let outer = [header(0x30, length), inside.to_vec()].concat();
        gate.check(&format!("PEM whose DER claims {what}"), pem("X509 CRL", &outer).as_bytes(), 5, "CRL-DER");
    }
    let mut spoilt = gate.crl();
    let number = spoilt.extension_mut(&[2, 5, 29, 20]).expect("a number");
    number.value = vec![2, 0x84, 0x7f, 0xff, 0xff, 0xff, 1];
    gate.check("a CRL number of 2 GiB", &spoilt.sign(), 5, "CRL-DER");
    spoilt = gate.crl();
    spoilt.entries[0].date = RawTime::Raw(vec![0x17, 0x84, 0x7f, 0xff, 0xff, 0xff]);
    gate.check("a revocation date of 2 GiB", &spoilt.sign(), 5, "CRL-DER");
}

#[test]
fn a_serial_number_of_ten_thousand_bytes_stays_revocable_and_is_never_issued() {
    let gate = Gate::new();
    for length in [21, 10_000, 1_000_000] {
        let mut crl = gate.crl();
        crl.entries[0].serial = vec![0x11; length];
        // RFC 5280 4.1.2.2: users must be prepared to handle such certificates, so they can be revoked.
        gate.check("a long serial number in an entry", &crl.sign(), 0, "CRL-SERIAL");
        let mut certificate = gate.root.intermediate("Example Issuing CA");
        certificate.serial = vec![0x11; length];
        gate.check("a long serial number of a certificate", &certificate.sign(), 5, "CERT-SERIAL");
        let mut numbered = gate.crl();
        numbered.set_extension(ExtensionDraft::crl_number(&vec![0x11; length]));
        gate.check("a long CRL number", &numbered.sign(), 5, "CRL-NUMBER-MISSING");
    }
}

#[test]
fn dates_in_the_years_0_and_9999_are_read_or_refused_without_overflow() {
    let gate = Gate::new();
    let moment = |text: &str| RawTime::Raw(tlv(0x18, text.as_bytes()));
    let (first, last) = ("00000101000000Z", "99991231235959Z");
    let crl = |edit: &dyn Fn(&mut CrlDraft)| {
        let mut draft = gate.crl();
        edit(&mut draft);
        draft.sign()
    };
    gate.check("thisUpdate in year 0", &crl(&|d| d.this_update = moment(first)), 5, "CRL-TIME-ENCODING");
    gate.check("thisUpdate in 9999", &crl(&|d| d.this_update = moment(last)), 5, "CRL-FUTURE");
    gate.check("nextUpdate in year 0", &crl(&|d| d.next_update = Some(moment(first))), 5, "CRL-TIME-ENCODING");
    // Warned about at most: "never" is how some roots write it.
    gate.check("nextUpdate in 9999", &crl(&|d| d.next_update = Some(moment(last))), 0, "");
    gate.check("an entry of year 0", &crl(&|d| d.entries[0].date = moment(first)), 5, "CRL-TIME-ENCODING");
    gate.check("an entry of 9999", &crl(&|d| d.entries[0].date = moment(last)), 0, "CRL-REVOCATION-DATE");
    gate.check("the 32nd of January", &crl(&|d| d.this_update = moment("20560132000000Z")), 5, "CRL-TIME-ENCODING");
    gate.check("the second 60", &crl(&|d| d.this_update = moment("20560131235960Z")), 5, "CRL-TIME-ENCODING");
    let mut certificate = gate.root.intermediate("Example Issuing CA");
    certificate.not_before = moment(first);
    gate.check("notBefore in year 0", &certificate.sign(), 5, "CERT-TIME-ENCODING");
    certificate = gate.root.intermediate("Example Issuing CA");
    certificate.not_after = moment(last);
    gate.check("notAfter in 9999", &certificate.sign(), 0, "CERT-VALIDITY");
    certificate.not_before = moment(last);
    gate.check("notBefore in 9999", &certificate.sign(), 5, "CERT-");
}

/// Every string type of ASN.1 by its tag, and a few types that are no strings.
const TYPES: [(&str, u8, usize); 18] = [
    ("UTF8String", 0x0c, 1),
    ("NumericString", 0x12, 1),
    ("PrintableString", 0x13, 1),
    ("TeletexString", 0x14, 1),
    ("VideotexString", 0x15, 1),
    ("IA5String", 0x16, 1),
    ("GraphicString", 0x19, 1),
    ("VisibleString", 0x1a, 1),
    ("GeneralString", 0x1b, 1),
    ("UniversalString", 0x1c, 4),
    ("CHARACTER STRING", 0x1d, 1),
    ("BMPString", 0x1e, 2),
    ("ObjectDescriptor", 0x07, 1),
    ("OCTET STRING", 0x04, 1),
    ("BIT STRING", 0x03, 1),
    ("UTCTime", 0x17, 1),
    ("INTEGER", 0x02, 1),
    ("an unknown type", 0x9e, 1),
];

#[test]
fn names_of_every_string_type_are_shown_without_their_controls() {
    let gate = Gate::new();
    let texts =
        ["\u{1b}[2J\u{1b}]0;evil\u{7}", "a\r\nok b\u{0}\u{8}\u{7f}\u{9b}31m", "\u{202e}dlrow\u{2066}\u{200b}\u{feff}"];
    for (kind, tag, width) in TYPES {
        let mut attributes = Vec::new();
        for text in texts {
            let wide = |c: char| {
                let code = u32::from(c).to_be_bytes();
                code[4 - width..].to_vec()
            };
            let value: Vec<u8> =
                if width == 1 { text.as_bytes().to_vec() } else { text.chars().flat_map(wide).collect() };
            attributes.push(set(&[sequence(&[oid(&[2, 5, 4, 11]), tlv(tag, &value)])]));
        }
        // And what is no text of its type at all.
        for value in [&[0xc3, 0x28][..], &[0xff], &[]] {
            attributes.push(set(&[sequence(&[oid(&[2, 5, 4, 3]), tlv(tag, value)])]));
        }
        let name = sequence(&attributes);
        let mut crl = gate.crl();
        crl.issuer.clone_from(&name);
        gate.check(&format!("an issuer in {kind}"), &crl.sign(), 5, "CRL-ISSUER");
        if kind == "UTF8String" {
            gate.check("an issuer's escape is spelt out", &crl.sign(), 5, "u{1b}[2J");
            gate.check("an issuer's reordering is spelt out", &crl.sign(), 5, "u{202e}dlrow");
        }
        let mut certificate = gate.root.intermediate("Example Issuing CA");
        certificate.issuer.clone_from(&name);
        certificate.subject = name;
        gate.check(&format!("a certificate's names in {kind}"), &certificate.sign(), 5, "CERT-ISSUER");
    }
}

#[test]
fn a_name_of_a_million_attributes_or_of_one_huge_one_is_bounded() {
    let gate = Gate::new();
    let one = |text: &str| set(&[sequence(&[oid(&[2, 5, 4, 11]), tlv(0x0c, text.as_bytes())])]);
    let mut crl = gate.crl();
    crl.issuer = tlv(0x30, &one("x").repeat(1_000_000));
    gate.check("a million attributes", &crl.sign(), 5, "CRL-DER");
    crl.issuer = sequence(&[one(&"\u{202e}".repeat(1_000_000))]);
    gate.check("one attribute of 3 MB", &crl.sign(), 5, "a name of 3000");
    crl.issuer = sequence(&[one(&"\u{202e}".repeat(20_000))]);
    gate.check("one attribute of 60 kB", &crl.sign(), 5, "CRL-ISSUER");
    let mut certificate = gate.root.intermediate("Example Issuing CA");
    let unknown = ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, vec![5, 0]);
    certificate.extensions.extend(std::iter::repeat_n(unknown, 100_000));
    gate.check("a hundred thousand extensions", &certificate.sign(), 5, "CERT-DER");
}

#[test]
fn a_file_that_is_both_pem_and_der_is_refused() {
    let gate = Gate::new();
    let (der, other) = (gate.crl().sign(), gate.root.crl(8).sign());
    let (text, other_text) = (pem("X509 CRL", &der), pem("X509 CRL", &other));
    let certificate = gate.root.intermediate("Example Issuing CA").sign();
    gate.check("DER, then PEM", &[&der, text.as_bytes()].concat(), 5, "ITEM-PEM");
    gate.check("PEM, then DER", &[text.as_bytes(), &der].concat(), 5, "ITEM-PEM");
    gate.check("two PEM objects", &[text.as_bytes(), other_text.as_bytes()].concat(), 5, "ITEM-PEM");
    gate.check("a certificate and a CRL", &[&certificate, text.as_bytes()].concat(), 5, "ITEM-PEM");
    gate.check("PEM in PEM", pem("X509 CRL", text.as_bytes()).as_bytes(), 5, "ITEM-KIND");
    gate.check("a certificate labelled as a CRL", pem("X509 CRL", &certificate).as_bytes(), 0, "");
    gate.check("DER, then DER", &[der.clone(), other].concat(), 5, "CRL-DER");
    gate.check("an unknown label with an escape in it", pem("X\u{1b}[2J\u{202e}", &der).as_bytes(), 5, "ITEM-");
    // DER that holds a PEM object in an extension is DER, from the first byte to the last.
    let mut holder = gate.crl();
    let inside = tlv(0x0c, other_text.as_bytes());
    holder.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], false, inside));
    gate.check("PEM inside of DER", &holder.sign(), 0, "");
    // Either by itself is good.
    gate.check("the DER", &der, 0, "");
    gate.check("the PEM", text.as_bytes(), 0, "");
}

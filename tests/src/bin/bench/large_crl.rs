//! The verdict on CRLs of 200,000 and 1,000,000 entries, beside SHA-256 of the file and `openssl crl -verify`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA384, digest};
use rootcast_pki::digest::sha256;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::stage::Outcome;
use rootcast_pki::time::Timestamp;
use rootcast_pki::{item, judge_under};
use rootcast_tests::program::{self, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::throwaway_ca::der_writer::{bits, sequence, tlv};
use rootcast_tests::throwaway_ca::{DAY, EntryDraft, ExtensionDraft, KeyKind, RawTime, Scheme, ThrowAwayCa, pem};

use crate::table::{Table, Target};

/// What `check` may hold beyond the files it was given, in MiB.
const MEMORY_MORE_MIB: f64 = 32.0;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "The verdict on a large CRL",
        "P-384, SHA-384; 16-byte serial numbers in no order, a reason each. The verdict is inspecting, verifying and judging \
         against the CRL before, in this process, the best of five (of a large CRL the digest is made on a second thread); the rows with `check` are whole processes, the \
         best of five. Memory is the peak of the resident set of `check` (VmHWM).",
    );
    let small = Lists::new(200_000);
    let of_small = small.measure(table);
    drop(small);
    let large = Lists::new(1_000_000);
    let of_large = large.measure(table);
    table.figure("verdict: 1,000,000 entries beside 200,000", of_large / of_small, "times", Target::AtMost(5.5));
}

pub(crate) fn measure_small(table: &mut Table) {
    table.section("The verdict on a CRL of 1 KB", "`check --issuer --previous` as a whole process, the median of 21.");
    let lists = Lists::new(16);
    let file = lists.file("same.crl", &lists.same_order);
    let mut times: Vec<Duration> = (0..21).map(|_| whole(&mut lists.check(&file, true))).collect();
    times.sort();
    table.figure("the CRL", lists.same_order.len() as f64, "bytes", Target::Beside);
    table.figure("`check`", milliseconds(times[10]), "ms", Target::AtMost(20.0));
    table.figure(
        "`openssl crl -verify`",
        milliseconds(best(5, || whole(&mut lists.openssl(&file)))),
        "ms",
        Target::Beside,
    );
}

/// A CRL, and the next one of the same CA in several shapes.
struct Lists {
    entries: u64,
    ca: ThrowAwayCa,
    issuer: Issuer,
    previous: Vec<u8>,
    same_order: Vec<u8>,
    other_order: Vec<u8>,
    rising: [Vec<u8>; 2],
    vanished: Vec<u8>,
    scratch: Scratch,
}

/// 16-byte serial numbers that follow from a counter; in no order.
fn serial(counter: u64) -> Vec<u8> {
    let digest = sha256(&counter.to_be_bytes());
    [&[0x11], &digest[..15]].concat()
}

impl Lists {
    fn new(entries: u64) -> Self {
        let ca = ThrowAwayCa::with("Example Root", KeyKind::EcdsaP384, rootcast_host::clock::now());
        let issuer = Issuer::from_certificate(&ca.certificate, &Policy::default()).expect("a good root");
        let mut numbers: Vec<Vec<u8>> = (0..entries).map(serial).collect();
        let previous = sign(&ca, 7, 3, &numbers);
        numbers.push(serial(entries));
        let same_order = sign(&ca, 8, 1, &numbers);
        numbers.reverse();
        let other_order = sign(&ca, 8, 1, &numbers);
        numbers.remove(7);
        let vanished = sign(&ca, 8, 1, &numbers);
        numbers.sort();
        let rising = [sign(&ca, 7, 3, &numbers[1..]), sign(&ca, 8, 1, &numbers)];
        let scratch = Scratch::new();
        let _ = scratch.file("root.pem", pem("CERTIFICATE", &ca.certificate));
        let _ = scratch.file("previous.crl", &previous);
        Lists { entries, ca, issuer, previous, same_order, other_order, rising, vanished, scratch }
    }

    fn measure(&self, table: &mut Table) -> f64 {
        let count = if self.entries >= 1_000_000 { "1,000,000" } else { "200,000" };
        let row = |what: &str| format!("{count} entries: {what}");
        let same = &self.same_order;
        table.figure(&row("the file"), same.len() as f64 / 1e6, "MB", Target::Beside);
        let hash = best(5, || time(|| assert_ne!(sha256(same), [0; 32])));
        table.figure(&row("SHA-256 of it"), milliseconds(hash), "ms", Target::Beside);
        let verdict = best(5, || time(|| assert_eq!(self.verdict(same, &self.previous), "accepted")));
        table.figure(&row("verdict"), milliseconds(verdict), "ms", Target::Beside);
        table.figure(&row("verdict beside SHA-256"), ratio(verdict, hash), "times", Target::AtMost(7.0));
        let other = best(5, || time(|| assert_eq!(self.verdict(&self.other_order, &self.previous), "accepted")));
        let most = if self.entries >= 1_000_000 { Target::AtMost(12.0) } else { Target::Beside };
        table.figure(&row("the same, entries in another order"), ratio(other, hash), "times", most);
        let [before, rising] = &self.rising;
        let rising = best(5, || time(|| assert_eq!(self.verdict(rising, before), "accepted")));
        table.figure(&row("the same, serial numbers rising"), ratio(rising, hash), "times", Target::Beside);
        assert_eq!(self.verdict(&self.vanished, &self.previous), "held", "an entry is gone");

        let file = self.file("same.crl", same);
        let openssl = best(5, || whole(&mut self.openssl(&file)));
        table.figure(&row("`openssl crl -verify`"), milliseconds(openssl), "ms", Target::Beside);
        let alone = best(5, || whole(&mut self.check(&file, false)));
        table.figure(&row("`check`"), milliseconds(alone), "ms", Target::Beside);
        let full = best(5, || whole(&mut self.check(&file, true)));
        table.figure(&row("`check` with the CRL before"), milliseconds(full), "ms", Target::Beside);
        let beside = |what: &str, ours: Duration, target: Target, table: &mut Table| {
            table.figure(&row(&format!("`openssl` beside {what}")), ratio(openssl, ours), "times", target);
        };
        beside("the verdict alone", verdict, Target::AtLeast(8.0), table);
        beside("`check`, reading the file and a report of it included", alone, Target::Beside, table);
        // `openssl` has nothing that compares a CRL with the one before: twice the file, and more work.
        beside("`check` with the CRL before", full, Target::Beside, table);
        self.measure_processor_time(&file, hash, &row, table);
        let files = (same.len() + self.previous.len()) as f64 / 1_048_576.0;
        let check = online(["check"]).arg(&file).arg("--issuer").arg(self.scratch.path("root.pem"));
        let ended = check.arg("--previous").arg(self.scratch.path("previous.crl")).exits(0);
        table.figure(&row("both files"), files, "MiB", Target::Beside);
        let most = files + MEMORY_MORE_MIB;
        table.figure(&row("memory of `check`"), ended.peak_kib as f64 / 1024.0, "MiB", Target::AtMost(most));
        verdict.as_secs_f64()
    }

    /// Processor time of whole processes, beside SHA-256 of the file; and how much of it the digests alone need: SHA-384,
    /// over which the signature is, and SHA-256 of the file and of what is signed, which are shown.
    fn measure_processor_time(&self, file: &Path, hash: Duration, row: &dyn Fn(&str) -> String, table: &mut Table) {
        let [alone, full] = [false, true].map(|with_previous| processor_time(20, || self.check(file, with_previous)));
        let goal = |most| if self.entries < 1_000_000 { Target::AtMost(most) } else { Target::Beside };
        table.figure(&row("`check`, processor time beside SHA-256"), ratio(alone, hash), "times", goal(7.0));
        let what = row("`check` with the CRL before, processor time beside SHA-256");
        table.figure(&what, ratio(full, hash), "times", goal(12.0));
        let signed = best(5, || time(|| assert_eq!(digest(&SHA384, &self.same_order).as_ref().len(), 48)));
        table.figure(&row("SHA-384 beside SHA-256"), ratio(signed, hash), "times", Target::Beside);
    }

    /// The whole way of one CRL, as `check` goes it.
    fn verdict(&self, der: &[u8], previous: &[u8]) -> &'static str {
        let item = item::read(der).expect("a CRL");
        let history = NoState { previous: Some(previous), ..NoState::default() };
        let judgement = judge_under(&item, &self.issuer, &history, &Policy::default(), Timestamp(self.ca.now));
        match judgement.verdict.outcome {
            Outcome::Rejected => panic!("{}", judgement.verdict.findings),
            outcome => outcome.word(),
        }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        self.scratch.file(name, bytes)
    }

    fn check(&self, file: &Path, with_previous: bool) -> Command {
        let mut command = Command::new(program::folder().join("rootcast-online"));
        command.arg("check").arg(file).arg("--issuer").arg(self.scratch.path("root.pem"));
        if with_previous {
            command.arg("--previous").arg(self.scratch.path("previous.crl"));
        }
        command
    }

    fn openssl(&self, file: &Path) -> Command {
        let mut command = Command::new("openssl");
        command.args(["crl", "-verify", "-noout", "-inform", "DER", "-in"]).arg(file);
        command.arg("-CAfile").arg(self.scratch.path("root.pem"));
        command
    }
}

/// A CRL with these entries, put together without a draft of each.
fn sign(ca: &ThrowAwayCa, number: u8, days_ago: i64, serials: &[Vec<u8>]) -> Vec<u8> {
    let entries: Vec<u8> =
        serials.iter().flat_map(|serial| EntryDraft::of(serial, ca.now - 9 * DAY, Some(4)).encode()).collect();
    let extensions =
        [ExtensionDraft::authority_key_identifier(&ca.key.key_id()), ExtensionDraft::crl_number(&[number])];
    let algorithm = ca.key.algorithm(Scheme::Usual);
    let body = sequence(&[
        vec![2, 1, 1],
        algorithm.clone(),
        ca.name.clone(),
        RawTime::At(ca.now - days_ago * DAY).encode(),
        RawTime::At(ca.now + 30 * DAY).encode(),
        tlv(0x30, &entries),
        tlv(0xa0, &ExtensionDraft::encode_all(&extensions)),
    ]);
    let signature = ca.key.sign(Scheme::Usual, &body);
    sequence(&[body, algorithm, bits(&signature)])
}

fn time(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// From start to end of a process that has to succeed.
fn whole(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    time(|| assert!(command.status().expect("a process").success(), "{command:?}"))
}

/// User and system time of one process that has to succeed, on average.
fn processor_time(times: u32, command: impl Fn() -> Command) -> Duration {
    let before = processor_time_of_children();
    for _ in 0..times {
        whole(&mut command());
    }
    (processor_time_of_children() - before) / times
}

/// Of all processes that were waited for (proc(5): cutime and cstime of `/proc/self/stat`, in hundredths of a second).
fn processor_time_of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("proc");
    let fields = stat.rsplit_once(')').expect("a name").1.split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(10 * ticks)
}

fn best(times: u32, run: impl FnMut() -> Duration) -> Duration {
    std::iter::repeat_with(run).take(times as usize).min().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

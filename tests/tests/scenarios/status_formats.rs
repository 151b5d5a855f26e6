//! `status` for people, for Nagios and its kin, and for Prometheus.

use std::io::Write;
use std::process::{Command, Stdio};

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::fixed_clock::FixedClock;
use rootcast_tests::forged;
use rootcast_tests::program::{Ended, Program, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::{Sides, fresh_root};
use rootcast_tests::skipped::skipped;
use rootcast_tests::throwaway_ca::DAY;

fn receive(sides: &Sides, kind: ItemKind, der: &[u8], code: i32) {
    let recording = sides.scratch.path("formats.frames");
    forged::record(&forged::object_of(&[(kind, "item", der)]), &recording);
    sides.receive_recording(&recording).exits(code);
}

/// A pair that has published a CRL which lives from a day ago for so many days.
fn with_crl_of(days: i64) -> Sides {
    let sides = Sides::enrolled();
    let mut draft = sides.root.crl(7);
    draft.issued_at(sides.root.now - DAY, sides.root.now - DAY + days * DAY);
    receive(&sides, ItemKind::Crl, &draft.sign(), 0);
    sides
}

fn status(sides: &Sides) -> Program {
    online(["status"]).state(&sides.online)
}

fn nagios(sides: &Sides) -> Program {
    status(sides).args(["--format", "nagios"])
}

/// The same so many seconds from the root's now.
fn at(clock: &FixedClock, program: Program, seconds: i64) -> Ended {
    clock.later(program, seconds).run()
}

#[test]
fn status_begins_with_its_verdict_on_standard_output_and_each_level_begins_at_its_second() {
    // 30 days and 7 days; and of a CRL of 20 days a third and a tenth: 576,000 s and 172,800 s.
    for (days, warn, critical) in [(200, 30 * DAY, 7 * DAY), (20, 576_000, 172_800)] {
        let sides = with_crl_of(days);
        let clock = FixedClock::at(&sides.scratch, sides.root.now - DAY + days * DAY);
        for (left, word, code) in [
            (warn, "OK", 0),
            (warn - 1, "WARN", 10),
            (critical, "WARN", 10),
            (critical - 1, "CRITICAL", 10),
            (0, "CRITICAL", 10),
            (-1, "CRITICAL", 10),
        ] {
            let text = at(&clock, status(&sides), -left).exits_with(code);
            let first = text.stdout.lines().next().unwrap_or_default();
            assert!(first.starts_with(&format!("{word}: ")), "{left} s left of {days} days\n{text}");
            assert!(first.contains("number 7") && !text.stderr.contains("number 7:\n"), "{text}");
            let json = at(&clock, status(&sides).arg("--json"), -left).exits_with(code).json();
            assert_eq!(json["verdict"], word.to_lowercase(), "{json}");
            // Exit 10 says why like every other failure.
            assert_eq!(json["error"]["exit"].as_i64(), (code == 10).then_some(10), "{json}");
            let same = at(&clock, status(&sides).args(["--format", "json"]), -left).exits_with(code).json();
            assert_eq!(json, same);
        }
        // What --warn gives counts for this level alone.
        at(&clock, status(&sides).args(["--warn", "1d"]), -critical).exits_with(0).says("OK: ");
        at(&clock, status(&sides).args(["--warn", "1d"]), -(critical - 1)).exits_with(10).says("CRITICAL: ");
    }
}

#[test]
fn alarms_come_first_and_results_are_on_standard_output() {
    let sides = with_crl_of(200);
    let mut older = sides.root.crl(3);
    older.issued_at(sides.root.now - 20 * DAY, sides.root.now + 100 * DAY);
    receive(&sides, ItemKind::Crl, &older.sign(), 6);
    let ended = status(&sides).exits(10);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("CRITICAL: 1 alarm is not acknowledged"), "{ended}");
    assert!(lines[1].starts_with("ALARM "), "{ended}");
    assert!(ended.stderr.starts_with("error[attention]"), "{ended}");
    for (command, text) in [
        (vec!["alarm", "list"], "rolled-back"),
        (vec!["held", "list"], "nothing is held"),
        (vec!["receipts", "list"], "receipts verified, back to the first"),
        (vec!["receipts", "show", "2"], "accepted crl item"),
    ] {
        let ended = online(command).state(&sides.online).exits(0);
        assert!(ended.stdout.contains(text) && ended.stderr.is_empty(), "{ended}");
    }
    let checked = online(["check"]).state(&sides.online).arg(sides.scratch.file("older.crl", older.sign())).exits(6);
    assert!(checked.stdout.contains("CRL-NUMBER-LOWER") && !checked.stderr.contains("CRL-NUMBER-LOWER"), "{checked}");
}

#[test]
fn nagios_gets_0_1_2_and_every_failure_is_3_on_one_line_of_standard_output() {
    let sides = with_crl_of(200);
    let clock = FixedClock::at(&sides.scratch, sides.root.now + 199 * DAY);
    let label = |ended: &Ended| ended.stdout.split("'crl_").nth(1).unwrap_or_default().to_owned();
    for (left, code, word) in [(40 * DAY, 0, "OK"), (20 * DAY, 1, "WARNING"), (3 * DAY, 2, "CRITICAL")] {
        let ended = at(&clock, nagios(&sides), -left).exits_with(code);
        let first = ended.stdout.lines().next().unwrap_or_default();
        assert!(first.starts_with(&format!("ROOTCAST {word} - ")), "{ended}");
        assert_eq!(first.matches('|').count(), 1, "{ended}");
        let data = first.split('|').nth(1).unwrap();
        assert!(data.contains("'alarms'=0;;;0 'held'=0;;;0 'crl_"), "{ended}");
        assert!(label(&ended).contains(&format!("'={left}s;{}:;{}:", 30 * DAY, 7 * DAY)), "{ended}");
    }
    let lost = sides.scratch.subfolder("nothing");
    let broken = sides.scratch.path("broken");
    assert!(Command::new("cp").arg("-a").arg(&sides.online).arg(&broken).status().unwrap().success());
    std::fs::remove_dir_all(broken.join("receipts")).unwrap();
    let plugin = || online(["status", "--format", "nagios"]);
    for (program, why) in [
        (nagios(&sides).arg("--wran"), "--wran"),
        (nagios(&sides).args(["--warn", "soon"]), "soon"),
        (nagios(&sides).arg("--json"), "--json"),
        (nagios(&sides).arg("--help"), ""),
        (nagios(&sides).arg("--version"), ""),
        (online(["held", "list", "--format", "nagios"]).state(&sides.online), "--format"),
        (online(["--format=nagios"]), "--format"),
        (online(["key", "--format", "nagios"]), ""),
        (plugin(), "No state directory was given"),
        (plugin().state(&lost), "not-enrolled"),
        (plugin().state(&sides.scratch.path("a | b")), "not-enrolled"),
        (plugin().state(&broken), "state-lost"),
        (nagios(&sides).arg("--log").arg("/nowhere/log"), "storage-failed"),
        (nagios(&sides).args(["--log", "/dev/full"]), "storage-failed"),
    ] {
        let ended = program.exits(3);
        assert!(ended.stdout.starts_with("ROOTCAST UNKNOWN - ") && ended.stdout.contains(why), "{ended}");
        assert!(ended.stdout.lines().count() == 1 && !ended.stdout.contains('|'), "{ended}");
    }
}

/// The real promtool with this input; nothing where it is not installed.
fn promtool(arguments: &[&str], input: &str) -> Option<(bool, String)> {
    let mut command = Command::new("promtool");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        skipped("promtool (Debian: prometheus) is not installed: metrics were not checked with it");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    Some((ended.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// The metrics of a state, so many seconds from the root's now.
fn metrics(sides: &Sides, clock: &FixedClock, seconds: i64) -> String {
    let ended = at(clock, status(sides).args(["--format", "prometheus"]), seconds).exits_with(0);
    ended.stdout
}

#[test]
fn metrics_pass_promtool_whatever_is_in_the_names() {
    let hostile = "q\"b\\n\nr\rt\te|{}=,# \u{202e}x";
    let sides = Sides::of(fresh_root(hostile));
    receive(&sides, ItemKind::Crl, &sides.crl(1).sign(), 0);
    receive(&sides, ItemKind::Certificate, &sides.root.intermediate("Issuing \"CA\" \\ 1").sign(), 0);
    let clock = FixedClock::at(&sides.scratch, sides.root.now);
    let text = metrics(&sides, &clock, 60);
    let expected = r#"issuer_CN="q\"b\\n\\u{a}r\\u{d}t\\u{9}e|{}=,# \\u{202e}x""#;
    assert!(text.contains(expected), "{text}");
    assert!(text.contains(r#"subject_CN="Issuing \"CA\" \\ 1""#), "{text}");
    for name in [
        "x509_crl_next_update{",
        "x509_crl_this_update{",
        "x509_crl_number{",
        "crl_number=\"1\"} 1\n",
        "x509_crl_stale{",
        "x509_cert_not_after{",
        "x509_cert_not_before{",
        "x509_cert_expired{",
        "rootcast_status 0\n",
        "rootcast_alarms 0\n",
        "rootcast_held_items 0\n",
        "rootcast_generation 3\n",
        "rootcast_build_info{version=",
        "rootcast_published_timestamp_seconds{issuer=",
        "kind=\"crl\"}",
        "kind=\"certificate\"}",
    ] {
        assert!(text.contains(name), "{name} is missing\n{text}");
    }
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    if let Some((is_good, said)) = promtool(&["check", "metrics"], &text) {
        assert!(is_good && said.trim().is_empty(), "{said}\n{text}");
        let (is_good, _) = promtool(&["check", "metrics"], &text.replace("\\\"", "\"")).unwrap();
        assert!(!is_good, "promtool would say nothing about a label without its escapes");
    }
}

/// A line of metrics as promtool's tests of rules take it: the same value at each of some days.
fn series(line: &str, epoch: i64) -> String {
    let (name, value) = line.rsplit_once(' ').unwrap();
    // Their clock begins in 1970.
    let value: i64 = value.parse().unwrap();
    let value = if name.starts_with("x509_crl_next_update") { value - epoch } else { value };
    format!("      - series: '{}'\n        values: '{value}+0x60'\n", name.replace('\'', "''"))
}

/// The rules of x509-certificate-exporter for CRLs, on our metrics: they are pending, fire and clear as on its own.
#[test]
fn the_rules_of_x509_certificate_exporter_fire_on_these_metrics() {
    let sides = with_crl_of(40);
    let clock = FixedClock::at(&sides.scratch, sides.root.now);
    let scratch = Scratch::new();
    let rules = scratch.file(
        "rules.yml",
        "groups:\n  - name: crl\n    rules:\n\
         \x20     - alert: CRLNeedsRefresh\n        expr: (x509_crl_next_update - time()) < 3*86400 and x509_crl_stale == 0\n\
         \x20     - alert: CRLStale\n        expr: x509_crl_stale > 0\n",
    );
    // It ends on day 39: three days before that, and after it.
    for (seconds, days, refresh, stale) in [(0, 35, 0, 0), (0, 37, 1, 0), (40 * DAY, 41, 0, 1)] {
        let text = metrics(&sides, &clock, seconds);
        let is_measured =
            |line: &&str| line.starts_with("x509_crl_next_update{") || line.starts_with("x509_crl_stale{");
        let input: String = text.lines().filter(is_measured).map(|line| series(line, sides.root.now)).collect();
        let count = |alert: &str, expected: i32| {
            let samples =
                if expected == 0 { "[]".to_owned() } else { format!("[{{labels: '{{}}', value: {expected}}}]") };
            format!(
                "      - expr: count(ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}})\n        eval_time: {days}d\n        exp_samples: {samples}\n"
            )
        };
        let test = format!(
            "rule_files: [{}]\nevaluation_interval: 1d\ntests:\n  - interval: 1d\n    input_series:\n{input}    promql_expr_test:\n{}{}",
            rules.display(),
            count("CRLNeedsRefresh", refresh),
            count("CRLStale", stale)
        );
        let file = scratch.file("test.yml", test.as_bytes());
        let Some((is_good, said)) = promtool(&["test", "rules", &file.display().to_string()], "") else { return };
        assert!(is_good, "day {days}: {said}\n{test}");
    }
}

#[test]
fn metrics_fail_like_every_command_and_say_then_that_nothing_is_known() {
    let sides = with_crl_of(200);
    let empty = sides.scratch.subfolder("empty");
    let ended = online(["status", "--format", "prometheus"]).state(&empty).exits(2);
    assert!(ended.stdout.contains("rootcast_status 3\n"), "{ended}");
    assert!(!ended.stdout.contains("x509_"), "{ended}");
    ended.says("not-enrolled");
    let crl = std::fs::read_dir(sides.online.join("published/crl")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&crl).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&crl, bytes).unwrap();
    let ended = status(&sides).args(["--format", "prometheus"]).exits(8);
    assert!(ended.stdout.contains("rootcast_status 3\n"), "{ended}");
    ended.says("a published file was changed").says("Stop serving it");
    status(&sides).args(["--format", "prometheus", "--json"]).exits(2).says("--format");
}

/// Old metrics would go on saying that all is well: also where the state is not even looked at.
#[test]
fn prometheus_hears_of_every_failure_and_of_nothing_else_on_standard_output() {
    let sides = with_crl_of(200);
    let metrics = |sides: &Sides| status(sides).args(["--format", "prometheus"]);
    assert!(metrics(&sides).exits(0).stdout.contains("\nrootcast_status 0\n"));
    let refused = sides.scratch.file("refused.conf", "[warnings]\nstatus = 30\n");
    let a_folder = sides.scratch.folder().to_owned();
    for program in [
        metrics(&sides).arg("--config").arg(&refused),
        metrics(&sides).arg("--config").arg(sides.scratch.path("absent.conf")),
        metrics(&sides).arg("--log").arg(&a_folder),
        metrics(&sides).args(["--wran", "3d"]),
        metrics(&sides).args(["--warn", "soon"]),
        metrics(&sides).arg("--json"),
        online(["status", "--format=prometheus", "--json", "--nonsense"]).state(&sides.online),
        online(["status", "--format", "prometheus"]),
        online(["check", "--format", "prometheus"]).state(&sides.online),
        online(["status", "--format", "prometheus"]).state(&sides.scratch.path("absent")),
    ] {
        let ended = program.run();
        assert!(ended.code != Some(0), "{ended}");
        assert!(ended.stdout.ends_with("\nrootcast_status 3\n"), "{ended}");
        let others = ended.stdout.lines().filter(|line| !line.starts_with("# ") && !line.starts_with("rootcast_"));
        assert_eq!(others.count(), 0, "{ended}");
        assert!(ended.stderr.contains("error"), "{ended}");
    }
    let help = status(&sides).args(["--format", "prometheus", "--help"]).exits(0);
    assert!(!help.stdout.contains("rootcast_status 3") || help.stdout.contains("Usage:"), "{help}");
}

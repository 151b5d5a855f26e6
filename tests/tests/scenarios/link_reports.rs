//! The auditor's page: which links were open, what they were, and that the journal has it.

use rootcast_tests::faults::ByteFaults;
use rootcast_tests::program::offline;
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;
use serde_json::{Value, json};

fn reports(sides: &Sides) -> Vec<Value> {
    let told = offline(["link", "report", "--json"]).state(&sides.offline).exits(0).json();
    told["links"].as_array().expect("links").clone()
}

#[test]
fn every_link_that_was_open_is_reported_from_the_journal() {
    let sides = Sides::enrolled();
    assert!(reports(&sides).is_empty());
    let wire = Wire::new(115_200, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    let recording = sides.scratch.path("a.frames");
    let pictures = sides.scratch.path("pictures");
    let port = wire.near().display().to_string();
    let sent = sides
        .send(&format!("serial:{port},baud=115200"), &[&file])
        .link(format!("file:{}", recording.display()))
        .link(format!("qr:png={}", pictures.display()))
        .args(["--passes", "2"]);
    let sent = sent.arg("--json").exits(0).json();
    let told = reports(&sides);
    assert_eq!(told.len(), 3, "{told:#?}");
    let [serial, file, folder] = told.as_slice() else { panic!("three links") };
    assert_eq!(serial["direction"], "write only");
    assert_eq!(serial["flags"], json!(["O_WRONLY", "O_NONBLOCK"]));
    assert!(serial["device"].as_str().unwrap().starts_with("character device 136:"), "{serial}");
    assert!(serial["device"].as_str().unwrap().ends_with(&port), "{serial}");
    assert!(serial["driver"].as_str().unwrap().contains("pty_slave"), "{serial}");
    let line: Vec<&str> = serial["line"].as_array().unwrap().iter().map(|said| said.as_str().unwrap()).collect();
    // A pseudo-terminal shows CREAD as on whatever is asked: the request is in the trace of system calls.
    for said in ["115200 baud", "CLOCAL on", "CRTSCTS off", "IXON off", "IXOFF off"] {
        assert!(line.contains(&said), "{line:?} should say {said}");
    }
    assert!(serial["descriptor"].as_i64().unwrap() >= 200, "{serial}");
    assert_eq!(file["device"], format!("file {}", recording.display()));
    assert_eq!((&file["flags"], &file["direction"]), (&json!(["O_WRONLY"]), &json!("write only")));
    assert_eq!(
        (&folder["descriptor"], &folder["device"]),
        (&Value::Null, &json!(format!("folder {}", pictures.display())))
    );
    for (index, report) in told.iter().enumerate() {
        assert_eq!((&report["open"], &report["now"]), (&json!(false), &json!("closed: complete")), "{report}");
        assert_eq!(report["transmission"], json!(index));
        assert_eq!(sent["link_reports"][index]["device"], report["device"]);
    }
    // The journal's chain covers them.
    let show = offline(["journal", "show", "--json"]).state(&sides.offline).exits(0).json();
    let opened = show["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "link-opened").count();
    assert_eq!(opened, 3);
    let page = offline(["link", "report"]).state(&sides.offline).exits(0);
    page.says("direction   write only").says("open since  2").says("closed: complete");
}

#[test]
fn a_link_in_use_is_reported_as_open_while_it_sends() {
    let sides = Sides::enrolled();
    let wire = Wire::new(9_600, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    let link = format!("serial:{},baud=9600", wire.near().display());
    let sending = sides.send(&link, &[&file]).args(["--for", "60s"]).start();
    let started = std::time::Instant::now();
    let open = loop {
        let told = reports(&sides);
        if told.iter().any(|report| report["open"] == true) || started.elapsed().as_secs() > 30 {
            break told;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert_eq!((open.len(), &open[0]["open"]), (1, &json!(true)), "{open:#?}");
    sending.interrupt();
    let _ = sending.wait();
    let closed = reports(&sides);
    assert_eq!(closed[0]["now"], "closed: ended by a signal");
}

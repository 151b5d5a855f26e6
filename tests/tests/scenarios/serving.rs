//! nginx and a hash directory of OpenSSL follow a publication, with the files of `docs/runbook-serving.md`.
//!
//! systemd does not run here. What its path unit waits for is asked of the kernel with the same mask (inotify), and the
//! lines `ExecStart=` of the service are run as they are printed. Only folders and the port are others.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::corpora::skipped;
use rootcast_tests::forged;
use rootcast_tests::program;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::{crl_of, fresh_root};
use rootcast_tests::throwaway_ca::{EntryDraft, pem};
use rustix::fs::inotify;

use crate::documents::read;

const PAGE: &str = "docs/runbook-serving.md";

/// Where Debian has it; it is on no user's PATH.
const NGINX: &str = "/usr/sbin/nginx";

/// The key identifier that the page has.
const SHOWN: &str = "4fb54c60632a332ac5648248b36a455b848cd4c0";

/// The fenced blocks of the page, each with its language.
fn blocks() -> Vec<(String, String)> {
    let page = read(PAGE);
    let fenced = page.split("```").skip(1).step_by(2);
    let parts = fenced.map(|block| block.split_once('\n').expect("a language"));
    parts.map(|(language, text)| (language.to_owned(), text.to_owned())).collect()
}

/// The block that says that it is this file.
fn file(path: &str) -> String {
    let is_it = |text: &String| text.lines().take(2).any(|line| line == format!("# {path}"));
    let found = blocks().into_iter().map(|(_, text)| text).find(is_it);
    found.unwrap_or_else(|| panic!("{PAGE} has no file {path}"))
}

/// The commands of the blocks for `sh`, without the script.
fn commands() -> Vec<String> {
    let shell = blocks().into_iter().filter(|(language, text)| language == "sh" && !text.starts_with("#!"));
    shell.map(|(_, text)| text).collect()
}

/// The values of a key of a unit file.
fn values(unit: &str, key: &str) -> Vec<String> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned).collect()
}

/// nginx in the foreground. It ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM through the program itself: its workers end too.
        let _ = rustix::process::kill_process(rustix::process::Pid::from_child(&self.0), rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

struct Place {
    scratch: Scratch,
    port: u16,
}

impl Place {
    /// A text of the page, with the folders and the port of this place.
    fn here(&self, text: &str) -> String {
        let folder = self.scratch.folder().display();
        let nginx = format!("{NGINX} -c {folder}/nginx.conf -p {folder}");
        text.replace("/usr/sbin/nginx", &nginx)
            .replace("/var/lib/rootcast", &format!("{folder}/state"))
            .replace("/etc/rootcast", &format!("{folder}/etc"))
            .replace("/etc/ssl/rootcast", &format!("{folder}/hashes"))
            .replace("/usr/local/sbin", &format!("{folder}/sbin"))
            .replace("listen 80;", &format!("listen 127.0.0.1:{};", self.port))
    }

    /// Runs a line of the page here; gives whether it succeeded, and what it said.
    fn run(&self, line: &str) -> (bool, String) {
        let line = self.here(line);
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &line]).current_dir(self.scratch.folder()).stdin(Stdio::null());
        let ended = shell.output().expect("sh");
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        (ended.status.success(), format!("$ {line}\n{said}"))
    }

    fn succeeds(&self, line: &str) -> String {
        let (is_well, said) = self.run(line);
        assert!(is_well, "{said}");
        said
    }

    /// What the server answers for a path: the head, and the body.
    fn get(&self, path: &str) -> (String, Vec<u8>) {
        let begun = Instant::now();
        let mut stream = loop {
            match TcpStream::connect(("127.0.0.1", self.port)) {
                Ok(stream) => break stream,
                Err(error) => assert!(begun.elapsed() < Duration::from_secs(120), "nginx never listened: {error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        write!(stream, "GET {path} HTTP/1.0\r\nHost: crl.example\r\n\r\n").expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("the end of the head");
        (String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end + 4..].to_vec())
    }

    fn publish(&self, items: &[(ItemKind, &str, &[u8])]) {
        let recording = self.scratch.path("sent.frames");
        let _ = fs::remove_file(&recording);
        forged::record(&forged::object_of(items), &recording);
        let receive = program::online(["receive"]).state(&self.scratch.path("state"));
        receive.link(format!("file:{}", recording.display())).exits(0);
    }

    /// nginx with the page's server in it, and else with as little as it takes.
    fn serve(&self, key: &str) -> Server {
        let folder = self.scratch.folder().display().to_string();
        let page = self.here(&file("/etc/nginx/conf.d/rootcast.conf")).replace(SHOWN, key);
        self.scratch.file("rootcast.conf", page);
        let bodies = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let bodies: String = bodies.iter().map(|kind| format!("{kind}_temp_path {folder}/tmp-{kind};\n")).collect();
        let conf = format!(
            "user root;\ndaemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n\
             http {{\naccess_log off;\n{bodies}include {folder}/rootcast.conf;\n}}\n"
        );
        self.scratch.file("nginx.conf", conf);
        let mut server = Command::new(NGINX);
        server.args(["-c", &format!("{folder}/nginx.conf"), "-p", &folder]).stdin(Stdio::null());
        server.stdout(Stdio::null()).stderr(fs::File::create(self.scratch.path("nginx.log")).unwrap());
        Server(server.spawn().expect("nginx"))
    }
}

/// A watch on what a path unit with PathChanged= waits for, as systemd sets it.
fn watch(folder: &Path) -> std::os::fd::OwnedFd {
    use inotify::WatchFlags as Flag;
    let inotify = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC).expect("inotify");
    let changed = Flag::DELETE_SELF
        | Flag::MOVE_SELF
        | Flag::ATTRIB
        | Flag::CLOSE_WRITE
        | Flag::CREATE
        | Flag::DELETE
        | Flag::MOVED_FROM
        | Flag::MOVED_TO;
    inotify::add_watch(&inotify, folder, changed).expect("a watch");
    inotify
}

/// The names of what was moved into the watched folder.
fn moved_in(inotify: &std::os::fd::OwnedFd) -> Vec<String> {
    let mut buffer = [std::mem::MaybeUninit::uninit(); 65_536];
    let mut reader = inotify::Reader::new(inotify, &mut buffer);
    let mut names = Vec::new();
    while let Ok(event) = reader.next() {
        if event.events().contains(inotify::ReadFlags::MOVED_TO)
            && let Some(name) = event.file_name()
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names
}

#[test]
fn nginx_and_a_hash_directory_of_openssl_follow_a_publication() {
    if !Path::new(NGINX).exists() {
        skipped("the runbook of the web server: nginx is not installed; run `make deps`");
        return;
    }
    // Freed for nginx at once: nobody else asks for it in between, on a machine of ours.
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port").port();
    let place = Place { scratch: Scratch::new(), port };
    let scratch = &place.scratch;
    let root = fresh_root("Served Root");
    let intermediate = root.intermediate("Served Issuing CA");
    let certificate = intermediate.sign();
    scratch.file("root.crt", pem("CERTIFICATE", &root.certificate));
    scratch.file("intermediate.crt", pem("CERTIFICATE", &certificate));
    scratch.file("root.crl", crl_of(&root, 1).sign());
    let trust = program::online(["trust", "--yes"]).state(&scratch.path("state"));
    trust.args(["--root", "root.crt", "--first-number", "1"]).within(scratch.folder()).exits(0);
    let first = crl_of(&root, 1).sign();
    place.publish(&[(ItemKind::Crl, "root.crl", &first), (ItemKind::Certificate, "intermediate.crt", &certificate)]);
    let published = fs::read_dir(scratch.path("state/published/crl")).unwrap();
    let names = published.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let key = names.filter_map(|name| name.strip_suffix(".crl").map(str::to_owned)).next().expect("a CRL");

    let script = scratch.subfolder("sbin").join("rootcast-hash-directory");
    fs::write(&script, place.here(&file("/usr/local/sbin/rootcast-hash-directory"))).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let (path_unit, service) =
        (file("/etc/systemd/system/rootcast-published.path"), file("/etc/systemd/system/rootcast-published.service"));
    let starts = values(&service, "ExecStart");
    assert_eq!(starts.len(), 2, "{service}");
    let commands = commands();
    let [root_in_place, verify] = commands.as_slice() else { panic!("{commands:#?}") };
    place.succeeds(root_in_place);

    let _server = place.serve(&key);
    let (head, body) = place.get("/root.crl");
    assert!(head.contains(" 200 ") && head.contains("application/pkix-crl") && body == first, "{head}");
    let (head, body) = place.get("/root.crt");
    assert!(head.contains(" 200 ") && head.contains("application/pkix-cert") && body == root.certificate, "{head}");
    assert!(place.get("/inventory.json").0.contains("application/json"));
    // Nothing above the published tree.
    for path in ["/../record.json", "/receipts/", "/crl/"] {
        let (head, _) = place.get(path);
        assert!(!head.contains(" 200 "), "{path}: {head}");
    }

    place.succeeds(&starts[0]);
    let said = place.succeeds(verify);
    assert!(said.contains("intermediate.crt: OK"), "{said}");

    // The root revokes the intermediate. The kernel tells a path unit that the link was moved.
    let watched = values(&path_unit, "PathChanged");
    let [watched] = watched.as_slice() else { panic!("{path_unit}") };
    let inotify = watch(Path::new(&place.here(watched)));
    let mut second = crl_of(&root, 2);
    second.entries.push(EntryDraft::of(&intermediate.serial, root.now - 60, Some(1)));
    let second = second.sign();
    place.publish(&[(ItemKind::Crl, "root.crl", &second)]);
    let moved = moved_in(&inotify);
    assert!(moved.iter().any(|name| name == "published"), "the path unit would not start the service: {moved:?}");

    // nginx follows by itself. OpenSSL does not, until the service has run.
    assert!(place.get("/root.crl").1 == second, "nginx serves another CRL than the published one");
    assert!(place.run(verify).0, "the hash directory is the old one still");
    for start in &starts {
        place.succeeds(start);
    }
    let (is_well, said) = place.run(verify);
    assert!(!is_well && said.contains("revoked"), "{said}");
    assert!(place.get("/root.crl").1 == second, "after the reload");
    // The directory before is gone, and the tree is as it was committed.
    let left = fs::read_dir(scratch.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with("hashes")).collect();
    assert_eq!(left.len(), 2, "a link and a directory: {left:?}");
    program::online(["status", "--receipts"]).state(&scratch.path("state")).exits(0);
}

#[test]
fn the_units_pass_systemd_analyze() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        skipped("systemd-analyze is not here: the units of the runbook are not verified by it");
        return;
    }
    let scratch = Scratch::new();
    let mut paths = Vec::new();
    for name in ["rootcast-published.path", "rootcast-published.service"] {
        // Its programs need not be installed here.
        let unit = file(&format!("/etc/systemd/system/{name}"));
        let unit = unit.replace("/usr/local/sbin/rootcast-hash-directory", "/bin/true").replace(NGINX, "/bin/true");
        paths.push(scratch.file(name, unit));
    }
    let ended = Command::new("systemd-analyze").arg("verify").args(&paths).output().expect("systemd-analyze");
    let said = String::from_utf8_lossy(&ended.stderr);
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("rootcast-published")).collect();
    assert!(ended.status.success() && ours.is_empty(), "{said}");
    // It does find a mistake: a path unit without a path.
    let wrong = scratch.file("wrong.path", "[Path]\nUnit=rootcast-published.service\n");
    let ended = Command::new("systemd-analyze").arg("verify").arg(wrong).output().expect("systemd-analyze");
    assert!(!ended.status.success() || !ended.stderr.is_empty(), "it found nothing in a unit that is wrong");
}

/// Each URL that a certificate or a CRL of the documents has is one that the web server's configuration serves.
#[test]
fn the_urls_in_certificates_are_those_that_nginx_serves() {
    let conf = file("/etc/nginx/conf.d/rootcast.conf");
    let host = conf.lines().find_map(|line| line.trim().strip_prefix("server_name ")).expect("a name");
    let host = host.trim_end_matches(';');
    let mut seen = std::collections::BTreeSet::new();
    for page in [
        "README.md",
        "docs/walkthrough.md",
        "docs/runbook-serving.md",
        "docs/runbook-online.md",
        "docs/runbook-offline.md",
    ] {
        let text = read(page);
        let addresses = ["URI:http://", "crl_url = \"http://", "issuer_url = \"http://"];
        for url in addresses.into_iter().flat_map(|begins| text.split(begins).skip(1)) {
            let url: String = url.chars().take_while(|c| c.is_ascii_alphanumeric() || "./-".contains(*c)).collect();
            let (name, path) = url.split_once('/').expect("a path");
            assert_eq!(name, host, "{page}: http://{url}");
            assert!(conf.contains(&format!("location = /{path} {{")), "{page}: nginx does not serve http://{url}");
            seen.insert(path.to_owned());
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["root.crl", "root.crt"]);
}

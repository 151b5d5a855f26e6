//! Soft tokens of two makers (SoftHSM 2 and kryoptic), and a PKCS#11 module in front of them that lies when asked to
//! (`pkcs11_shim.c`).
//!
//! A module keeps its tokens for the whole process and reads where they are from the environment. So a test that calls
//! the library by itself runs in a process of its own: [`SoftTokens::alone`].

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_offline::ceremony::key::pin::{Pin, PinEntry, PinError, PinQuestion};

use crate::corpora::skipped;
use crate::program::Program;
use crate::scratch::Scratch;

/// The user PIN of every token made here.
pub const PIN: &str = "482913";

/// Tokens that a folder of kryoptic's can have.
const KRYOPTIC_SLOTS: usize = 4;

const SECURITY_OFFICER_PIN: &str = "00000000";
const INSIDE: &str = "ROOTCAST_ALONE";

/// Whose soft tokens these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// SoftHSM 2, in C++: hashes for RSA only, and in one call for ECDSA.
    SoftHsm,
    /// kryoptic, in Rust: hashes for ECDSA too.
    Kryoptic,
}

/// A folder with soft tokens of its own.
#[derive(Debug)]
pub struct SoftTokens {
    maker: Maker,
    scratch: Scratch,
    module: PathBuf,
    environment: RefCell<Vec<(&'static str, OsString)>>,
}

/// Where distributions put it.
fn softhsm() -> Option<PathBuf> {
    let named = std::env::var_os("ROOTCAST_SOFTHSM").map(PathBuf::from);
    let usual =
        ["/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/lib64/pkcs11", "/usr/local/lib/softhsm", "/usr/lib/pkcs11"];
    named
        .into_iter()
        .chain(usual.iter().map(|folder| Path::new(folder).join("libsofthsm2.so")))
        .find(|path| path.is_file())
}

/// Where `make kryoptic` puts it.
fn kryoptic() -> Option<PathBuf> {
    let named = std::env::var_os("ROOTCAST_KRYOPTIC").map(PathBuf::from);
    let built = crate::program::folder().join("../kryoptic/libkryoptic_pkcs11.so");
    named.into_iter().chain([built]).find(|path| path.is_file())
}

impl SoftTokens {
    /// SoftHSM's and kryoptic's, as far as they are here; what is not here is said aloud. No token yet.
    #[must_use]
    pub fn each() -> Vec<Self> {
        [Self::new(), Self::of_kryoptic()].into_iter().flatten().collect()
    }

    /// kryoptic's; no token yet. `None`, said aloud, where it was not built.
    #[must_use]
    pub fn of_kryoptic() -> Option<Self> {
        let (Some(module), Ok(_)) = (kryoptic(), Command::new("softhsm2-util").arg("--version").output()) else {
            skipped("tests with a second soft token: kryoptic is not built; run `make kryoptic`");
            return None;
        };
        let scratch = Scratch::new();
        let slots: Vec<String> = (0..KRYOPTIC_SLOTS)
            .map(|slot| {
                let file = scratch.path(&format!("token-{slot}.sql"));
                format!("[[slots]]\nslot = {slot}\ndbtype = \"sqlite\"\ndbargs = {file:?}\n")
            })
            .collect();
        let configuration = scratch.file("kryoptic.conf", slots.concat());
        let environment = RefCell::new(vec![("KRYOPTIC_CONF", configuration.into_os_string())]);
        Some(Self { maker: Maker::Kryoptic, scratch, module, environment })
    }

    /// SoftHSM's; no token yet. `None`, said aloud, where SoftHSM is not installed.
    #[must_use]
    pub fn new() -> Option<Self> {
        let (Some(module), Ok(_)) = (softhsm(), Command::new("softhsm2-util").arg("--version").output()) else {
            skipped("tests with a soft token: SoftHSM 2 is not installed; run `make deps`");
            return None;
        };
        let scratch = Scratch::new();
        let tokens = scratch.subfolder("tokens");
        let configuration = scratch.file(
            "softhsm2.conf",
            format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display()),
        );
        let environment = RefCell::new(vec![("SOFTHSM2_CONF", configuration.into_os_string())]);
        Some(Self { maker: Maker::SoftHsm, scratch, module, environment })
    }

    /// The folder of this test.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.scratch.folder()
    }

    /// Whose they are.
    #[must_use]
    pub fn maker(&self) -> Maker {
        self.maker
    }

    /// Their module.
    #[must_use]
    pub fn module(&self) -> &Path {
        &self.module
    }

    fn util(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("softhsm2-util");
        command
            .arg("--module")
            .arg(&self.module)
            .args(arguments)
            .envs(self.environment.borrow().iter().map(|(key, value)| (key, value)));
        let ended = command.output().expect("softhsm2-util");
        let text = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(
            ended.status.success(),
            "softhsm2-util {arguments:?}\n{text}{}",
            String::from_utf8_lossy(&ended.stderr)
        );
        text
    }

    /// Initialises a token; gives its serial number.
    pub fn make(&self, label: &str) -> String {
        let known = self.serials();
        let pins = ["--pin", PIN, "--so-pin", SECURITY_OFFICER_PIN];
        self.util(&[&["--init-token", "--free", "--label", label], &pins[..]].concat());
        self.serials().into_iter().find(|serial| !known.contains(serial)).expect("a new serial number")
    }

    fn serials(&self) -> Vec<String> {
        let shown = self.util(&["--show-slots"]);
        let serials = shown.lines().filter_map(|line| line.trim().strip_prefix("Serial number:"));
        serials.map(|serial| serial.trim().to_owned()).filter(|serial| !serial.is_empty()).collect()
    }

    /// Puts an unencrypted PKCS#8 file on a token as a key pair, as a restored backup would be.
    pub fn import(&self, serial: &str, pkcs8: &Path, label: &str, id: &str) {
        let pem = pkcs8.with_extension("import.pem");
        let converted = Command::new("openssl")
            .args(["pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in"])
            .arg(pkcs8)
            .arg("-out")
            .arg(&pem)
            .output()
            .expect("openssl");
        assert!(converted.status.success(), "{}", String::from_utf8_lossy(&converted.stderr));
        let file = pem.to_string_lossy();
        self.util(&["--import", &file, "--serial", serial, "--label", label, "--id", id, "--pin", PIN, "--force"]);
    }

    /// Puts a certificate (PEM) on a token, and takes the public key objects of its label away: what many smart cards keep.
    pub fn leave_only_certificate(&self, serial: &str, certificate: &Path, label: &str, id: &str) {
        let certificate = certificate.to_string_lossy();
        let url = format!("pkcs11:serial={serial}");
        let write = ["--write", "--load-certificate", &certificate, "--label", label, "--id", id, "--no-mark-private"];
        self.p11tool(&[&write[..], &[&url]].concat());
        self.remove_public_key(serial, label);
    }

    /// Puts the public key of an imported key where everybody sees it, as tokens that made their key do: a restored key's
    /// is shown by SoftHSM only after a login.
    pub fn show_public_key(&self, serial: &str, pkcs8: &Path, label: &str, id: &str) {
        self.remove_public_key(serial, label);
        let public = pkcs8.with_extension("public.pem");
        let mut openssl = Command::new("openssl");
        openssl.arg("pkey").arg("-in").arg(pkcs8.with_extension("import.pem")).args(["-pubout", "-out"]).arg(&public);
        let made = openssl.output().expect("openssl");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let file = public.to_string_lossy();
        let url = format!("pkcs11:serial={serial}");
        self.p11tool(&["--write", "--load-pubkey", &file, "--label", label, "--id", id, "--no-mark-private", &url]);
    }

    /// Takes the public key objects of a label away.
    pub fn remove_public_key(&self, serial: &str, label: &str) {
        let label = label.replace(' ', "%20");
        self.p11tool(&["--delete", &format!("pkcs11:serial={serial};object={label};type=public")]);
    }

    fn p11tool(&self, arguments: &[&str]) {
        let mut command = Command::new("p11tool");
        command.arg(format!("--provider={}", self.module.display()));
        command.args(["--batch", "--login", &format!("--set-pin={PIN}")]).args(arguments);
        command.envs(self.environment.borrow().iter().map(|(key, value)| (key, value)));
        let ended = command.output().expect("p11tool: run `make deps`");
        assert!(ended.status.success(), "p11tool {arguments:?}\n{}", String::from_utf8_lossy(&ended.stderr));
    }

    /// A module in front of theirs that notes calls and has this fault (`none` for none); `pkcs11_shim.c` lists them.
    pub fn shim(&self, fault: &str) -> PathBuf {
        let library = self.scratch.path("shim.so");
        if !library.is_file() {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pkcs11_shim.c");
            let mut compiler = Command::new("cc");
            compiler.args(["-shared", "-fPIC", "-Wall", "-Werror", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
            let ended = compiler.output().expect("cc: run `make deps`");
            assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        }
        let mut environment = self.environment.borrow_mut();
        environment.retain(|(key, _)| !key.starts_with("ROOTCAST_SHIM"));
        environment.push(("ROOTCAST_SHIM_MODULE", self.module.clone().into_os_string()));
        environment.push(("ROOTCAST_SHIM_CALLS", self.scratch.path("calls").into_os_string()));
        environment.push(("ROOTCAST_SHIM_FAULT", fault.into()));
        environment.push(("ROOTCAST_SHIM_PIN", PIN.into()));
        library
    }

    /// Writes `SITE.toml` with this `[key]` and nobody to approve; a pinned key where `sha256` is not empty.
    pub fn site(&self, module: &Path, token: (&str, &str), key_label: &str, sha256: &str) -> PathBuf {
        let pinned = if sha256.is_empty() { String::new() } else { format!("public_key_sha256 = {sha256:?}\n") };
        let (label, serial) = token;
        let text = format!(
            "[key]\nmodule = {module:?}\ntoken_label = {label:?}\ntoken_serial = {serial:?}\nkey_label = {key_label:?}\n\
             {pinned}\n[approvals]\nrequired = 0\n"
        );
        self.scratch.file("SITE.toml", text)
    }

    /// A program that sees these tokens.
    #[must_use]
    pub fn seen_by(&self, program: Program) -> Program {
        self.environment.borrow().iter().fold(program, |program, (key, value)| program.env(key, value))
    }

    /// The same for any other command.
    pub fn seen_by_command<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.envs(self.environment.borrow().iter().map(|(key, value)| (key, value)))
    }

    /// Runs the rest of the test `name` in a process of its own that sees these tokens. `name` is the whole name.
    pub fn alone(&self, name: &str) {
        let own = std::env::current_exe().expect("the path of this test");
        let mut command = Command::new(own);
        command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
        command.envs(self.environment.borrow().iter().map(|(key, value)| (key, value)));
        let ended = command.env(INSIDE, self.folder()).output().expect("this test again");
        let text = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success() && text.contains("1 passed"), "{name}, in a process of its own:\n{text}");
    }

    /// The noted calls so far, forgotten afterwards.
    #[must_use]
    pub fn calls(folder: &Path) -> Vec<String> {
        let file = folder.join("calls");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let _ = std::fs::remove_file(&file);
        text.lines().map(str::to_owned).collect()
    }
}

/// Inside [`SoftTokens::alone`]: the folder that the outer process prepared.
#[must_use]
pub fn inside() -> Option<PathBuf> {
    std::env::var_os(INSIDE).map(PathBuf::from)
}

/// Inside [`SoftTokens::alone`]: whose tokens these are.
#[must_use]
pub fn maker_inside() -> Maker {
    if std::env::var_os("KRYOPTIC_CONF").is_some() { Maker::Kryoptic } else { Maker::SoftHsm }
}

/// A person who types this PIN, and remembers what they were asked.
#[derive(Debug)]
pub struct KeyHolder {
    pin: String,
    /// Every question, in order.
    pub asked: Vec<PinQuestion>,
    /// Every pinpad they were sent to.
    pub pinpads: Vec<PinQuestion>,
}

impl KeyHolder {
    /// Somebody who types `pin`.
    #[must_use]
    pub fn typing(pin: &str) -> Self {
        Self { pin: pin.to_owned(), asked: Vec::new(), pinpads: Vec::new() }
    }
}

impl PinEntry for KeyHolder {
    fn ask(&mut self, question: &PinQuestion) -> Result<Pin, PinError> {
        self.asked.push(question.clone());
        Ok(Pin::typed(self.pin.clone().into_bytes().into()))
    }

    fn announce_pinpad(&mut self, question: &PinQuestion) {
        self.pinpads.push(question.clone());
    }
}

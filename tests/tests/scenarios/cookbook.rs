//! The pages of docs/cookbook, walked in their order: a root that another program made, its first crossing, and its first
//! ceremony with a soft token. So pages and programs cannot drift apart.
//!
//! The root of each page is made by its own program where that can be installed, and otherwise by a builder that writes
//! what that program writes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rootcast_protocol::digest::Digest;
use rootcast_tests::corpora::skipped;
use rootcast_tests::openssl;
use rootcast_tests::program;
use rootcast_tests::soft_token::{PIN, SoftTokens};
use rootcast_tests::throwaway_ca::der_writer::{generalized_time, integer, oid, sequence, set, time, tlv, utf8};
use rootcast_tests::throwaway_ca::{DAY, EntryDraft, ExtensionDraft, KeyKind, ThrowAwayCa, pem};

/// What Microsoft's CA puts into certificates and CRLs.
const AD_CS: [u64; 8] = [1, 3, 6, 1, 4, 1, 311, 21];

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/cookbook").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A folder with the files of a root, a soft token for its key, and two people who approve.
struct Walk {
    tokens: SoftTokens,
    serial: String,
    module: String,
}

impl Walk {
    fn new() -> Option<Self> {
        let tokens = SoftTokens::new()?;
        // The key holder at a pinpad: nobody has to sit at a terminal here.
        let module = tokens.shim("pinpad").to_string_lossy().into_owned();
        let serial = tokens.make("root-ca");
        let walk = Self { tokens, serial, module };
        for name in ["alice", "bob"] {
            // As an editor of Windows saves it: one person must stay one.
            let mark = if name == "alice" { "printf '\\357\\273\\277' > approvers;" } else { "" };
            walk.run(&format!(
                "{mark} ssh-keygen -q -t ed25519 -N '' -f {name}; echo {name} $(cut -d' ' -f1,2 {name}.pub) >> approvers"
            ));
        }
        Some(walk)
    }

    fn folder(&self) -> &Path {
        self.tokens.folder()
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.folder().join(name), bytes).unwrap();
    }

    /// Runs a script in the folder; gives what it said.
    fn run(&self, script: &str) -> String {
        let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("bash");
        shell.args(["-e", "-o", "pipefail", "-c", script]).current_dir(self.folder());
        shell.env("PATH", path).env_remove("ROOTCAST_STATE").stdin(Stdio::null());
        let ended = self.tokens.seen_by_command(&mut shell).output().expect("bash");
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success(), "{script}\n{said}");
        said
    }

    /// Runs the shell blocks of a page, each as its reader would: typing what the page does not know.
    fn walk(&self, name: &str) -> String {
        let text = page(name);
        let mut all = String::new();
        let mut pinned = String::new();
        let blocks: Vec<&str> = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert!(blocks.len() >= 2, "docs/cookbook/{name} has {} blocks", blocks.len());
        for block in blocks {
            // Two CRLs of one second are held (CRL-THISUPDATE-BACK).
            std::thread::sleep(Duration::from_millis(1100));
            let utc = rootcast_host::clock::rfc3339(rootcast_host::clock::now());
            let script = block
                .replace("/usr/lib/softhsm/libsofthsm2.so", &self.module)
                .replace("5c9f6f6ad3c1b2a4", &self.serial)
                .replace("PRINTED BY SHA256SUM", &pinned)
                .replace("softhsm2-util ", &format!("softhsm2-util --pin {PIN} "))
                .replace("openssl pkcs12 ", "openssl pkcs12 -passin pass:backup ")
                .replace("openssl pkcs8 ", "openssl pkcs8 -passin pass:secret ")
                .replace("ceremony sign ", &format!("ceremony sign --yes --utc {utc} "))
                .replace(" trust ", " trust --yes ")
                .replace(" send ", " send --yes ");
            let said = self.run(&script);
            if block.contains("sha256sum") {
                let digest = said.split_whitespace().find(|word| word.len() == 64);
                pinned = digest.unwrap_or_else(|| panic!("{said}")).to_owned();
            }
            all.push_str(&said);
        }
        all
    }

    /// The common part, and what has to be true after it.
    fn ceremony(&self, number: &str) {
        let said = self.walk("README.md");
        assert!(said.contains("never extractable no"), "the page says so of an imported key:\n{said}");
        let published = self.published();
        let shown = self
            .run(&format!("openssl crl -inform DER -in {published} -CAfile root.crt -noout -crlnumber -issuer 2>&1"));
        assert!(
            shown.contains("verify OK") && shown.to_lowercase().contains(&format!("crlnumber={number}")),
            "{shown}"
        );
        // The CRL's issuer is the root's subject, byte for byte, and its identifier the root's.
        let crl = fs::read(self.folder().join(&published)).unwrap();
        let root = openssl::der(&self.folder().join("root.crt"));
        assert_eq!(field(&crl, 2), field(&root, 5), "issuer and subject");
        assert!(self.run("rootcast-online status --state online").contains("number"));
    }

    /// The path of the one published CRL.
    fn published(&self) -> String {
        let folder = self.folder().join("online/published/crl");
        let mut names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        format!("online/published/crl/{}", names.find(|name| name.ends_with(".crl")).expect("a CRL is published"))
    }
}

/// Element `index` of what is signed of a CRL or certificate, with its header.
fn field(der: &[u8], index: usize) -> Vec<u8> {
    let header = |bytes: &[u8]| match bytes[1] {
        length @ 0..0x80 => (2, usize::from(length)),
        long => {
            let octets = usize::from(long & 0x7f);
            (2 + octets, bytes[2..2 + octets].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        }
    };
    let inside = |bytes: &[u8]| bytes[header(bytes).0..].to_vec();
    let mut rest = inside(&inside(der));
    for _ in 0..index {
        let (head, length) = header(&rest);
        rest.drain(..head + length);
    }
    let (head, length) = header(&rest);
    rest.truncate(head + length);
    rest
}

const OPENSSL: &str = "\
[ca]
default_ca = root_ca
[root_ca]
database = index.txt
new_certs_dir = .
certificate = root.crt
private_key = root.key
serial = serial
crlnumber = crlnumber
default_md = sha384
policy = any
crl_extensions = crl
default_days = 1825
default_crl_days = 180
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
C = CH
O = Example
CN = Example Root
emailAddress = ca@example.org
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[sub]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[crl]
authorityKeyIdentifier = keyid:always
";

#[test]
fn a_root_of_openssl_crosses_and_holds_its_first_ceremony() {
    let Some(walk) = Walk::new() else { return };
    walk.file("ca.cnf", OPENSSL);
    walk.run(
        "touch index.txt; echo 01 > serial; echo 0FFF > crlnumber
        openssl ecparam -genkey -name secp384r1 | openssl ec -aes256 -passout pass:secret -out root.key
        openssl() { command openssl \"$@\" -passin pass:secret; }
        openssl req -x509 -new -config ca.cnf -extensions root -key root.key -sha384 -days 3650 -out root.crt
        command openssl req -new -newkey rsa:2048 -nodes -keyout sub.key -subj /CN=Sub -out sub.csr
        openssl ca -batch -config ca.cnf -extensions sub -in sub.csr -out sub.crt
        openssl ca -config ca.cnf -revoke sub.crt -crl_reason superseded
        openssl ca -config ca.cnf -gencrl -out root.crl
        openssl pkey -in root.key -out plain.key; mv plain.key root.key",
    );
    walk.walk("openssl.md");
    walk.ceremony("0x1001");
}

#[test]
fn a_root_of_easy_rsa_crosses_and_holds_its_first_ceremony() {
    let Some(walk) = Walk::new() else { return };
    if !Path::new("/usr/share/easy-rsa/easyrsa").is_file() {
        return skipped("docs/cookbook/easy-rsa.md: easy-rsa is not installed; run `make deps`");
    }
    walk.run(
        "export EASYRSA_BATCH=1
        /usr/share/easy-rsa/easyrsa init-pki
        EASYRSA_REQ_CN='Easy-RSA CA' /usr/share/easy-rsa/easyrsa build-ca nopass
        /usr/share/easy-rsa/easyrsa build-client-full old nopass
        /usr/share/easy-rsa/easyrsa revoke old superseded
        /usr/share/easy-rsa/easyrsa gen-crl",
    );
    // What the page says of its CRLs as they are.
    walk.run(
        "rootcast-online check pki/crl.pem --issuer pki/ca.crt > said 2>&1 && exit 1
        grep -q 'CRL-NUMBER-MISSING' said; grep -q 'crlnumber = FILE' said; grep -q 'warn.CRL-AKI' said",
    );
    walk.walk("easy-rsa.md");
    walk.ceremony("0x1002");
}

#[test]
fn a_root_of_certtool_crosses_and_holds_its_first_ceremony() {
    let Some(walk) = Walk::new() else { return };
    if Command::new("certtool").arg("--version").output().is_err() {
        return skipped("docs/cookbook/certtool.md: certtool is not installed; run `make deps`");
    }
    walk.file("root.tmpl", "cn = \"Example Root\"\norganization = \"Example\"\nca\ncert_signing_key\ncrl_signing_key\nexpiration_days = 3650\n");
    walk.file("crl.tmpl", "crl_next_update = 180\ncrl_number = 7\n");
    walk.run(
        "certtool --generate-privkey --key-type ecdsa --curve secp256r1 --outfile root.key
        certtool --generate-self-signed --load-privkey root.key --template root.tmpl --outfile root.crt
        certtool --generate-crl --load-ca-privkey root.key --load-ca-certificate root.crt --template crl.tmpl --outfile root.crl",
    );
    walk.walk("certtool.md");
    walk.ceremony("0x09");
}

/// A name of these attributes, each one RDN: arcs below 2.5.4 or whole identifiers, and values with their tags.
fn named(attributes: &[(&[u64], Vec<u8>)]) -> Vec<u8> {
    let rdn = |(kind, value): &(&[u64], Vec<u8>)| set(&[sequence(&[oid(kind), value.clone()])]);
    sequence(&attributes.iter().map(rdn).collect::<Vec<_>>())
}

fn bmp(text: &str) -> Vec<u8> {
    tlv(0x1e, &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>())
}

/// A root with a name of this shape.
fn root_of(kind: KeyKind, name: Vec<u8>) -> ThrowAwayCa {
    let mut ca = ThrowAwayCa::with("Root", kind, rootcast_host::clock::now());
    ca.name = name;
    ca.certificate = ca.root_draft().sign();
    ca
}

fn private_key_pem(ca: &ThrowAwayCa) -> String {
    pem("PRIVATE KEY", &ca.key.pkcs8())
}

fn microsoft(arc: u64, value: Vec<u8>) -> ExtensionDraft {
    ExtensionDraft::new(&[&AD_CS[..], &[arc]].concat(), false, value)
}

/// The name in BMPString and UTF8String, the CA's version, a CRL with Microsoft's extensions and an entry; everything
/// saved as Windows saves it.
#[test]
fn a_root_in_the_shape_of_ad_cs_crosses_and_holds_its_first_ceremony() {
    let Some(walk) = Walk::new() else { return };
    let domain = |text: &str| (&[0, 9, 2342, 19_200_300, 100, 1, 25][..], tlv(0x16, text.as_bytes()));
    let name = named(&[domain("example"), domain("corp"), (&[2, 5, 4, 3], bmp("Größte Root CA"))]);
    let mut ca = root_of(KeyKind::Rsa2048, name);
    let mut draft = ca.root_draft();
    // The CA's version: certificate index 0, key index 0.
    draft.set_extension(microsoft(1, integer(0)));
    let usage = draft.extension_mut(&[2, 5, 29, 15]).unwrap();
    // AD CS: digitalSignature too, not critical.
    *usage = ExtensionDraft { critical: false, ..ExtensionDraft::key_usage(&[0, 5, 6]) };
    ca.certificate = draft.sign();
    let now = ca.now;
    let mut crl = ca.crl(0x17);
    crl.set_extension(microsoft(1, integer(0)));
    crl.set_extension(microsoft(4, time(now + 170 * DAY)));
    crl.set_extension(microsoft(14, utf8("http://pki.example/Root.crl")));
    crl.entries.push(EntryDraft::of(&[0x56, 0, 0, 0, 2], now - 90 * DAY, Some(4)));
    let text = |label: &str, der: &[u8]| format!("\u{feff}{}", pem(label, der).replace('\n', "\r\n"));
    walk.file("root.crt", text("CERTIFICATE", &ca.certificate));
    walk.file("root.crl", text("X509 CRL", &crl.sign()));
    walk.file("plain.key", private_key_pem(&ca));
    walk.run("openssl pkcs12 -export -nocerts -inkey plain.key -passout pass:backup -out ca.p12; rm plain.key");
    walk.file("certutil.crl", text("CERTIFICATE", &crl.sign()));
    walk.run("rootcast-online check certutil.crl --issuer root.crt");
    // openssl reads no byte order mark.
    walk.run("for file in root.crt root.crl; do tail -c +4 $file > plain; mv plain $file; done");
    walk.walk("ad-cs.md");
    walk.ceremony("0x18");
}

/// No CRL before, and an identifier of another length and another hash.
#[test]
fn a_root_in_the_shape_of_go_crosses_and_holds_its_first_ceremony() {
    for length in [20, 32] {
        let Some(walk) = Walk::new() else { return };
        let name =
            named(&[(&[2, 5, 4, 10], tlv(0x13, b"Smallstep")), (&[2, 5, 4, 3], tlv(0x13, b"Smallstep Root CA"))]);
        let mut ca = root_of(KeyKind::EcdsaP256, name);
        // RFC 7093 §2, method 1, and the whole digest, as older programs have it.
        let key_id = Digest::of(&ca.key.public_bits()).0[..length].to_vec();
        let mut draft = ca.root_draft();
        draft.set_extension(ExtensionDraft::subject_key_identifier(&key_id));
        ca.certificate = draft.sign();
        let mut intermediate = ca.intermediate("Smallstep Intermediate CA");
        intermediate.set_extension(ExtensionDraft::authority_key_identifier(&key_id));
        walk.file("root.crt", pem("CERTIFICATE", &ca.certificate));
        walk.file("intermediate_ca.crt", pem("CERTIFICATE", &intermediate.sign()));
        walk.file("plain.key", private_key_pem(&ca));
        walk.run("openssl ec -in plain.key -aes256 -passout pass:secret -out root_ca_key; rm plain.key");
        walk.walk("step.md");
        walk.ceremony("0x01");
    }
}

/// EJBCA: a number as long as a time, a SHA-1 identifier, a back-dated CRL with an entry after its thisUpdate. XiPKI: an
/// RSA root, invalidity dates in the entries, GeneralizedTime.
#[test]
fn roots_in_the_shape_of_ejbca_and_xipki_cross_and_hold_their_first_ceremony() {
    for (kind, number, is_ejbca) in [(KeyKind::EcdsaP384, 41, true), (KeyKind::Rsa3072, 0x5678, false)] {
        let Some(walk) = Walk::new() else { return };
        let country = (&[2, 5, 4, 6][..], tlv(0x13, b"SE"));
        let name = named(&[country, (&[2, 5, 4, 10], utf8("Example")), (&[2, 5, 4, 3], utf8("ManagementCA"))]);
        let mut ca = root_of(kind, name);
        let mut draft = ca.root_draft();
        if is_ejbca {
            draft.set_extension(ExtensionDraft::authority_key_identifier(&ca.key.key_id()));
        }
        ca.certificate = draft.sign();
        let mut crl = ca.crl(number);
        let mut entry = EntryDraft::of(&[0x41, 7], ca.now - DAY / 2, Some(5));
        if !is_ejbca {
            entry = EntryDraft::of(&[0x41, 7], ca.now - 9 * DAY, Some(1));
            let date = generalized_time(ca.now - 10 * DAY);
            entry.extensions.push(ExtensionDraft::new(&[2, 5, 29, 24], false, date));
        }
        crl.entries.push(entry);
        walk.file("root.crt", pem("CERTIFICATE", &ca.certificate));
        walk.file("root.crl", pem("X509 CRL", &crl.sign()));
        walk.file("root.p8", private_key_pem(&ca));
        walk.walk("other.md");
        walk.ceremony(&if is_ejbca { "0x2a".to_owned() } else { "0x5679".to_owned() });
        let published = fs::read(walk.folder().join(walk.published())).unwrap();
        let carried = [0x41, 7];
        assert!(published.windows(2).any(|part| part == carried), "the entry is carried forward");
    }
}

/// A page is of use only if it is walked.
#[test]
fn every_page_of_the_cookbook_is_walked_and_linked() {
    let own = include_str!("cookbook.rs");
    let index = page("README.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/cookbook");
    let mut pages = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            own.contains(&format!("walk.walk({name:?})")) || own.contains(&format!("self.walk({name:?})")),
            "{name}"
        );
        assert!(name == "README.md" || index.contains(&format!("({name})")), "README.md does not link {name}");
        pages += 1;
    }
    assert!(pages >= 7);
}

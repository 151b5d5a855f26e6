//! A root made by `openssl`, in any shape, with CAs below it, and everybody who verifies what they issued.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rootcast_tests::corpora::skipped;
use rootcast_tests::openssl;
use rootcast_tests::program::{Ended, Program, head_on_paper, offline, online};
use rootcast_tests::scratch::Scratch;

pub(super) const DAY: i64 = 86_400;

pub(super) fn at(time: i64) -> String {
    rootcast_host::clock::rfc3339(time)
}

/// A time as `openssl ca` takes it.
pub(super) fn compact(time: i64) -> String {
    at(time).replace(['-', ':', 'T'], "")
}

/// A CA below the root: its file name, its subject as `openssl req -subj` takes it, the string types it is written in, and
/// its subjectKeyIdentifier.
pub(super) type Shape = (&'static str, &'static str, &'static str, &'static str);

/// PrintableString, UTF8String, BMPString, TeletexString in the numbers of `openssl asn1parse` masks.
pub(super) const PRINTABLE: &str = "MASK:0x2";
pub(super) const UTF8: &str = "utf8only";
pub(super) const BMP: &str = "MASK:0x800";
pub(super) const TELETEX: &str = "MASK:0x4";

/// A folder with a root made by `openssl`, as a rehearsal key and as a trusted root, and what ceremonies need.
pub(super) struct Estate {
    pub(super) scratch: Scratch,
    pub(super) now: i64,
}

impl Estate {
    /// A root of this subject, string type and identifier.
    pub(super) fn new(subject: &str, strings: &str, key_id: &str) -> Self {
        Self::with_key(subject, strings, key_id, ["EC", "ec_paramgen_curve:P-256"])
    }

    /// The same with a key of this algorithm and option of `openssl genpkey`.
    pub(super) fn with_key(subject: &str, strings: &str, key_id: &str, [algorithm, option]: [&str; 2]) -> Self {
        let estate = Self { scratch: Scratch::new(), now: rootcast_host::clock::now() };
        estate.scratch.file("SITE.toml", "[key]\nrehearsal_key = \"root.p8\"\n[approvals]\nrequired = 0\n");
        estate.openssl(&["genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", "root.key"]);
        let pkcs8 = ["pkcs8", "-topk8", "-nocrypt", "-in", "root.key", "-outform", "DER", "-out", "root.p8"];
        estate.openssl(&pkcs8);
        let configuration = estate.configuration("root", strings, key_id);
        let own = ["req", "-new", "-utf8", "-config", &configuration, "-key", "root.key", "-subj", subject];
        estate.openssl(&[&own[..], &["-out", "root.csr"]].concat());
        let (from, to) = (compact(estate.now - 20 * DAY), compact(estate.now + 3000 * DAY));
        let sign = [
            "ca",
            "-selfsign",
            "-batch",
            "-notext",
            "-preserveDN",
            "-config",
            &configuration,
            "-extensions",
            "ca_ext",
            "-in",
        ];
        let dates = ["root.csr", "-keyfile", "root.key", "-startdate", &from, "-enddate", &to, "-out", "root.crt"];
        estate.openssl(&[&sign[..], &dates].concat());
        estate.crl("root", 7);
        estate.trust("root.crt");
        estate
    }

    pub(super) fn trust(&self, root: &str) {
        offline(["trust", "--yes", "--root", root]).state(&self.state()).within(self.scratch.folder()).exits(0);
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    pub(super) fn state(&self) -> PathBuf {
        self.path("state")
    }

    pub(super) fn tool(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let ended =
            Command::new(program).args(arguments).current_dir(self.scratch.folder()).stdin(Stdio::null()).output();
        let ended = ended.unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        (ended.status.success(), said)
    }

    pub(super) fn openssl(&self, arguments: &[&str]) {
        let (is_done, said) = self.tool("openssl", arguments);
        assert!(is_done, "openssl {}\n{said}", arguments.join(" "));
    }

    pub(super) fn key(&self, name: &str) {
        let key = format!("{name}.key");
        self.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &key]);
    }

    /// The file of a configuration for this CA.
    pub(super) fn configuration(&self, name: &str, strings: &str, key_id: &str) -> String {
        let file = format!("{name}.cnf");
        self.scratch.file(&format!("{name}.index"), "");
        let text = format!(
            "[ca]\ndefault_ca=own\n[own]\ndatabase={name}.index\ncrlnumber={name}.number\ndefault_md=sha256\n\
             certificate={name}.crt\nprivate_key={name}.key\ncrl_extensions=crl\nnew_certs_dir=.\nrand_serial=yes\n\
             preserve=yes\nemail_in_dn=yes\nunique_subject=no\npolicy=any\n[any]\ncountryName=optional\norganizationName=optional\ncommonName=optional\nemailAddress=optional\n\
             [req]\ndistinguished_name=dn\nprompt=no\nstring_mask={strings}\nutf8=yes\n[dn]\nCN=unused\n\
             [crl]\nauthorityKeyIdentifier=keyid:always\n\
             [leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n\
             subjectAltName=DNS:www.example\nauthorityKeyIdentifier=keyid:always\nsubjectKeyIdentifier=hash\n\
             [ca_ext]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier={key_id}\n"
        );
        self.scratch.file(&file, text);
        file
    }

    /// The CRL `NAME.crl` of this CA.
    pub(super) fn crl(&self, name: &str, number: u32) {
        self.scratch.file(&format!("{name}.number"), format!("{number:02X}\n"));
        let (configuration, crl) = (format!("{name}.cnf"), format!("{name}.crl"));
        let (from, to) = (compact(self.now - 10 * DAY), compact(self.now + 60 * DAY));
        self.openssl(&openssl::crl_arguments(&configuration, &from, &to, &crl));
    }

    /// A CA below the root with its CRL, its certification request, and a leaf that it issued.
    pub(super) fn below(&self, (name, subject, strings, key_id): Shape) {
        self.key(name);
        let configuration = self.configuration(name, strings, key_id);
        let [key, csr, crt] = ["key", "csr", "crt"].map(|extension| format!("{name}.{extension}"));
        self.openssl(&[
            "req",
            "-new",
            "-utf8",
            "-config",
            &configuration,
            "-key",
            &key,
            "-subj",
            subject,
            "-out",
            &csr,
        ]);
        let authority = self.scratch.file(
            &format!("{name}.ext"),
            format!(
                "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier={key_id}\n\
                 authorityKeyIdentifier=keyid:always\n"
            ),
        );
        let issue = ["x509", "-req", "-in", &csr, "-CA", "root.crt", "-CAkey", "root.key", "-days", "400", "-sha256"];
        let authority = authority.display().to_string();
        self.openssl(&[&issue[..], &["-extfile", &authority, "-out", &crt]].concat());
        self.crl(name, 3);
        self.leaf(name);
    }

    /// `NAME-leaf.crt`, a server's certificate under the CA `NAME.crt`.
    pub(super) fn leaf(&self, name: &str) {
        let [key, csr, leaf] = ["key", "csr", "crt"].map(|extension| format!("{name}-leaf.{extension}"));
        self.key(&format!("{name}-leaf"));
        let (crt, ca_key, configuration) = (format!("{name}.crt"), format!("{name}.key"), format!("{name}.cnf"));
        let subject = format!("/CN={name} leaf");
        self.openssl(&["req", "-new", "-config", &configuration, "-key", &key, "-subj", &subject, "-out", &csr]);
        let issue = ["x509", "-req", "-in", &csr, "-CA", &crt, "-CAkey", &ca_key, "-days", "90", "-sha256"];
        self.openssl(&[&issue[..], &["-extfile", &configuration, "-extensions", "leaf", "-out", &leaf]].concat());
    }

    /// A template's text with what begins at midnight beginning so many seconds ago.
    pub(super) fn soon(&self, text: &str, ago: i64) -> String {
        let begins = |line: &str| match line.split_once(" = ") {
            Some((key @ ("this_update" | "not_before"), _)) => format!("{key} = \"{}\"", at(self.now - ago)),
            _ => line.to_owned(),
        };
        text.lines().map(begins).collect::<Vec<_>>().join("\n")
    }

    /// `[[certificate]]` for the CA of this name, with `more`.
    pub(super) fn certificate(&self, name: &str, more: &str) -> String {
        format!(
            "[[certificate]]\ncsr = \"{name}.csr\"\nprofile = \"issuing-ca\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n\
             path_length = 0\ncrl_url = \"http://pki.example/root.crl\"\n{more}\n",
            at(self.now - 60),
            at(self.now + 1000 * DAY)
        )
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Program {
        offline(["ceremony"]).args(arguments).state(&self.state()).within(self.scratch.folder())
    }

    pub(super) fn rehearse(&self, request: &str, folder: &str) -> Program {
        self.scratch.file(&format!("{folder}.toml"), request);
        self.run(&["rehearse", "--site", "SITE.toml", &format!("{folder}.toml"), "-o", folder])
    }

    pub(super) fn sign(&self, folder: &str) -> Program {
        self.sign_at("SITE.toml", folder)
    }

    pub(super) fn sign_at(&self, site: &str, folder: &str) -> Program {
        let now = at(rootcast_host::clock::now());
        let head = head_on_paper(&self.state()).map_or_else(Vec::new, |head| vec!["--head".to_owned(), head]);
        self.run(&["sign", "--site", site, folder, "--yes", "--utc", &now]).args(head)
    }

    /// Rehearses and signs.
    pub(super) fn ceremony(&self, request: &str, folder: &str) -> Ended {
        let rehearsed = self.rehearse(request, folder).exits(0);
        self.sign(folder).exits(0);
        rehearsed
    }

    /// Everybody verifies the leaf through these certificates up to the root, and nobody does where `is_good` is false.
    pub(super) fn verify(&self, root: &str, between: &[&str], leaf: &str, is_good: bool) {
        let pem = |file: &&str| fs::read_to_string(self.path(file)).unwrap();
        self.scratch.file("between.pem", between.iter().map(pem).collect::<String>());
        self.scratch.file("chain.pem", [leaf].iter().chain(between).map(pem).collect::<String>());
        let openssl = ["verify", "-x509_strict", "-partial_chain", "-CAfile", root, "-untrusted", "between.pem", leaf];
        let (found, said) = self.tool("openssl", &openssl);
        assert_eq!(found, is_good, "openssl, {leaf} by {between:?}: {said}");
        if is_installed("certtool") {
            let certtool = ["--verify", "--load-ca-certificate", root, "--infile", "chain.pem"];
            let (found, said) = self.tool("certtool", &certtool);
            assert_eq!(found, is_good, "certtool, {leaf} by {between:?}: {said}");
        }
        if is_installed("certutil") {
            let (found, said) = self.nss(root, between, leaf);
            assert_eq!(found, is_good, "NSS, {leaf} by {between:?}: {said}");
        }
    }

    /// What NSS says of the leaf as a TLS server's.
    pub(super) fn nss(&self, root: &str, between: &[&str], leaf: &str) -> (bool, String) {
        let _ = fs::remove_dir_all(self.path("nss"));
        let database = self.scratch.subfolder("nss");
        let database = format!("sql:{}", database.display());
        let made = self.tool("certutil", &["-N", "-d", &database, "--empty-password"]);
        assert!(made.0, "{}", made.1);
        let add = |name: &str, trust: &str, file: &str| {
            let added = self.tool("certutil", &["-A", "-d", &database, "-n", name, "-t", trust, "-i", file]);
            assert!(added.0, "{file}: {}", added.1);
        };
        add("root", "C,,", root);
        between.iter().enumerate().for_each(|(index, file)| add(&format!("between {index}"), ",,", file));
        add("leaf", ",,", leaf);
        self.tool("certutil", &["-V", "-d", &database, "-n", "leaf", "-u", "V", "-e"])
    }

    /// The gate takes the CA's own current CRL under this certificate of it.
    pub(super) fn gate_takes(&self, crl: &str, issuer: &str) {
        online(["check", crl, "--issuer", issuer]).within(self.scratch.folder()).exits(0);
    }

    /// The DER of a certificate, and of two parts of it: the subject and the subjectKeyIdentifier.
    pub(super) fn identity(&self, file: &str) -> (Vec<u8>, Vec<u8>) {
        let der = openssl::der(&self.path(file));
        let policy = rootcast_pki::profile::Policy::default();
        let issuer = rootcast_pki::issuer::Issuer::from_certificate(&der, &policy).unwrap();
        (issuer.subject().der().to_vec(), issuer.key_id().to_vec())
    }
}

pub(super) fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        skipped(&format!("renewals: {program} is not installed (run `make deps`)"));
    }
    found
}

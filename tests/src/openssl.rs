//! A root, an intermediate and CRLs made by the `openssl` program alone, the way docs/walkthrough.md shows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The arguments with which `openssl` makes a CRL of this configuration's CA; the dates are as `openssl ca` takes them.
#[must_use]
pub fn crl_arguments<'a>(configuration: &'a str, from: &'a str, to: &'a str, crl: &'a str) -> [&'a str; 10] {
    ["ca", "-gencrl", "-config", configuration, "-crl_lastupdate", from, "-crl_nextupdate", to, "-out", crl]
}

/// A folder in which `openssl ca` keeps a root.
#[derive(Debug)]
pub struct OpensslRoot {
    folder: PathBuf,
}

impl OpensslRoot {
    /// Makes a P-384 root with its certificate `root.crt` in `folder`, which exists.
    #[must_use]
    pub fn new(folder: &Path, common_name: &str) -> Self {
        let root = Self { folder: folder.to_owned() };
        fs::write(folder.join("root.cnf"), CONFIGURATION).expect("a configuration");
        fs::write(folder.join("index.txt"), "").expect("an index");
        fs::write(folder.join("serial"), format!("{SERIAL_FIRST}\n")).expect("a serial number");
        fs::create_dir_all(folder.join("issued")).expect("a folder");
        root.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out", "root.key"]);
        root.openssl(&[
            "req",
            "-x509",
            "-new",
            "-config",
            "root.cnf",
            "-extensions",
            "root",
            "-key",
            "root.key",
            "-sha384",
            "-days",
            "3650",
            "-subj",
            &format!("/O=Example/CN={common_name}"),
            "-out",
            "root.crt",
        ]);
        root
    }

    /// The root's certificate (PEM).
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("root.crt")
    }

    /// Issues an intermediate CA certificate `NAME.crt` (PEM).
    #[must_use]
    pub fn intermediate(&self, name: &str) -> PathBuf {
        let (key, request, certificate) = (format!("{name}.key"), format!("{name}.csr"), format!("{name}.crt"));
        self.openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &key]);
        self.openssl(&[
            "req",
            "-new",
            "-config",
            "root.cnf",
            "-key",
            &key,
            "-subj",
            &format!("/O=Example/CN={name}"),
            "-out",
            &request,
        ]);
        self.openssl(&[
            "ca",
            "-batch",
            "-config",
            "root.cnf",
            "-extensions",
            "intermediate",
            "-days",
            "1825",
            "-notext",
            "-in",
            &request,
            "-out",
            &certificate,
        ]);
        self.folder.join(certificate)
    }

    /// Revokes the certificate in this file.
    pub fn revoke(&self, certificate: &Path) {
        self.openssl(&[
            "ca",
            "-config",
            "root.cnf",
            "-revoke",
            &certificate.to_string_lossy(),
            "-crl_reason",
            "superseded",
        ]);
    }

    /// Signs CRL `number` as `root-NUMBER.crl` (PEM), which lives for `days`.
    #[must_use]
    pub fn crl(&self, number: u32, days: u32) -> PathBuf {
        let hex = format!("{number:x}");
        fs::write(self.folder.join("crlnumber"), format!("{}{hex}\n", "0".repeat(hex.len() % 2)))
            .expect("a CRL number");
        let crl = format!("root-{number}.crl");
        self.openssl(&["ca", "-config", "root.cnf", "-gencrl", "-crldays", &days.to_string(), "-out", &crl]);
        self.folder.join(crl)
    }

    /// Runs `openssl` in the folder.
    ///
    /// # Panics
    /// With its error text when it fails.
    pub fn openssl(&self, arguments: &[&str]) {
        let ended = Command::new("openssl").args(arguments).current_dir(&self.folder).output();
        let ended = ended.unwrap_or_else(|e| panic!("openssl cannot be run ({e}): run `make deps`"));
        assert!(ended.status.success(), "openssl {}\n{}", arguments.join(" "), String::from_utf8_lossy(&ended.stderr));
    }
}

/// The DER in a PEM or DER file made by `openssl`.
#[must_use]
pub fn der(file: &Path) -> Vec<u8> {
    let bytes = fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let kind = if bytes.starts_with(b"-----BEGIN X509 CRL") { "crl" } else { "x509" };
    if !bytes.starts_with(b"-----BEGIN") {
        return bytes;
    }
    let ended = Command::new("openssl").arg(kind).arg("-in").arg(file).args(["-outform", "DER"]).output();
    let ended = ended.expect("openssl");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    ended.stdout
}

const SERIAL_FIRST: &str = "1001A70E35F2C4D85B7A91";

const CONFIGURATION: &str = "\
[ca]
default_ca = root_ca

[root_ca]
dir               = .
database          = index.txt
new_certs_dir     = issued
certificate       = root.crt
private_key       = root.key
serial            = serial
crlnumber         = crlnumber
default_md        = sha384
policy            = any_name
unique_subject    = no
crl_extensions    = crl
default_days      = 1825
default_crl_days  = 180

[any_name]
organizationName  = optional
commonName        = supplied

[req]
distinguished_name = dn
prompt             = no
string_mask        = utf8only

[dn]
CN = unused

[root]
basicConstraints       = critical, CA:TRUE
keyUsage               = critical, keyCertSign, cRLSign
subjectKeyIdentifier   = hash

[intermediate]
basicConstraints       = critical, CA:TRUE, pathlen:0
keyUsage               = critical, keyCertSign, cRLSign
subjectKeyIdentifier   = hash
authorityKeyIdentifier = keyid:always
crlDistributionPoints  = URI:http://pki.example/root.crl

[crl]
authorityKeyIdentifier = keyid:always
";

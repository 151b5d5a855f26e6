//! What each rule of `pki` asks for, why, and what to do about a finding on either side. A row is a rule, its severities,
//! what it asks for, why, and what to do on the offline side and on the online side. A rule without a row does not compile.
//! The first three are read on both sides, so they say "online" and "offline", and "here" of neither.
//!
//! The severities and the second text are those of `docs/rules.md`; a test compares them, and writes the table of the
//! other texts there.

use std::fmt;

use rootcast_pki::rule::Rule;

use super::severity::{Letter, Piece, Severities};

/// What is a rule's own, or what another rule has in its place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wording<T> {
    /// Its own.
    Own(T),
    /// That of another rule.
    SameAs {
        /// The other rule.
        rule: Rule,
        /// What is added to it.
        addition: &'static str,
    },
}

impl<T: fmt::Display> fmt::Display for Wording<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(own) => own.fmt(f),
            Self::SameAs { rule, addition } => write!(f, "as {rule}{addition}"),
        }
    }
}

impl<T: fmt::Display> Wording<T> {
    /// The text; where it is that of another rule, with that text below it. `its` gives the text of the other rule.
    pub(super) fn whole(&self, its: impl Fn(&RuleText) -> Self) -> String {
        match self {
            Self::Own(own) => own.to_string(),
            Self::SameAs { rule, .. } => format!("{self}\n{rule}: {}", its(&text(*rule))),
        }
    }
}

/// The texts about a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleText {
    /// When it rejects, holds or warns.
    pub(super) severity: Wording<Severities>,
    /// What an item must fulfil.
    pub(super) what: Wording<&'static str>,
    /// What could go wrong without it.
    pub(super) why: &'static str,
    /// What to do about a finding on the offline side.
    pub(super) offline: &'static str,
    /// What to do about a finding on the online side.
    pub(super) online: &'static str,
}

impl RuleText {
    /// The severities in letters, as `docs/rules.md` has them.
    pub(super) fn severity_in_letters(&self) -> String {
        self.severity.whole(|other| other.severity)
    }

    /// The severities for people at a screen.
    pub(super) fn severity_in_words(&self) -> String {
        match &self.severity {
            Wording::Own(own) => own.in_words(),
            Wording::SameAs { rule, .. } => match text(*rule).severity {
                Wording::Own(other) => format!("{}\n{}", self.severity_in_letters(), other.legend()),
                Wording::SameAs { .. } => self.severity_in_letters(),
            },
        }
    }
}

/// `as Rule "…"`: the text of another rule, and what is added to it.
macro_rules! wording {
    (as $rule:ident $addition:literal) => {
        Wording::SameAs { rule: Rule::$rule, addition: $addition }
    };
    ($text:literal) => {
        Wording::Own($text)
    };
}

/// `[R]`: always; `[R / W]`: in `webpki`, and in `private`; `[as Rule]`: those of another rule; anything else is a text
/// with letters in it.
macro_rules! severities {
    ([$one:ident]) => {
        Wording::Own(Severities::One(Letter::$one))
    };
    ([$webpki:ident / $private:ident]) => {
        Wording::Own(Severities::ByProfile(Letter::$webpki, Letter::$private))
    };
    ([as $rule:ident]) => {
        Wording::SameAs { rule: Rule::$rule, addition: "" }
    };
    ([$($piece:tt)+]) => {
        Wording::Own(Severities::Prose(&[$(piece!($piece)),+]))
    };
}

macro_rules! piece {
    ($text:literal) => {
        Piece::Text($text)
    };
    ($one:ident) => {
        Piece::One(Letter::$one)
    };
    (($webpki:ident / $private:ident)) => {
        Piece::ByProfile(Letter::$webpki, Letter::$private)
    };
}

macro_rules! texts {
    ($($rule:ident
        $severity:tt
        $(as $what_of:ident)? $what:literal
        $why:literal $offline:literal $online:literal;)*) => {
        /// The texts about this rule.
        pub(super) const fn text(rule: Rule) -> RuleText {
            match rule {
                $(Rule::$rule => RuleText {
                    severity: severities!($severity),
                    what: wording!($(as $what_of)? $what),
                    why: $why,
                    offline: $offline,
                    online: $online,
                },)*
            }
        }
    };
}

texts! {
    ObjSize
        [R]
        "the announced size is known and within the limit before anything is allocated"
        "An object larger than the limit could fill memory or disk before anybody knows who sent it."
        "Send the items in several bundles: one bundle has at most 79,415,424 bytes."
        "Nothing of it was kept. Ask the offline side whether it sent an object of that size. If it did, it sends the items in several bundles. If it did not, find out who else can reach the link.";
    ObjDigest
        [R]
        "the first 16 bytes of the SHA-256 over the reassembled bytes are the object id; no bytes follow the bundle"
        "Forged or damaged symbols give other bytes than those that were sent."
        "Send again, if possible over another link. With a transport key (`key new`), the other side ignores forged frames."
        "Continue to receive, over another link if possible, and find out who else can reach the links. A transport key keeps other senders out.";
    ManSignature
        [W]
        "if an export key is pinned: the manifest is signed with it, and belongs to the root whose items it brings. A manifest that does not is ignored, and the items are judged anyway"
        "A signed manifest shows what the offline side sent, and when. An unsigned one can come from anybody."
        "Give `--export-key FILE` with each `send` and `bundle`: always the key whose public half the online side pinned."
        "Ask the offline side whether it gave its export key, and which one. Pin a new key with `trust --root ROOT.crt --export-key KEY`. Until then the manifest is ignored, and its items are judged.";
    ManLate
        [W]
        "the manifest number is not below the newest signed one seen. A lower one is late, not wrong"
        "Manifests are numbered in the order in which they are made, so a lower number is an older manifest."
        "Nothing has to be done here. If the online side misses something, send the newest items again."
        "If an older transmission arrived late, do nothing. Otherwise ask the offline side for its newest bundle.";
    ManEquivocation
        [W "; " R ", an alarm with exit 6 online, if signed"]
        "no two manifests have the same number"
        "One state gives each number once. Two manifests with one number mean a state that was copied or restored, or a second holder of the export key."
        "Compare the journal with its heads on paper: `journal verify --head WORDS`. Find out whether this state was restored or copied."
        "Ask the offline side, by telephone, which of the two manifests it made. Read out the words of the journal's head that `status` shows: the offline side looks for them in its journal. The verdicts on the items stay.";
    ManGap
        [W]
        "no manifest number is skipped. `status` shows it until the skipped ones have come, or the next manifest follows"
        "Each bundle has the next number. A skipped number is a bundle that never arrived, or that nobody sent."
        "Look up the missing numbers with `journal show`, and send their items again."
        "Ask the offline side to send the bundles with the missing numbers again.";
    ManChain
        [W ", an alarm"]
        "the manifest names the digest of the one before it"
        "The manifest before it was received online, and it has another digest than the one named. So there are two of that number."
        "Find out whether this state was restored or copied. Compare the words that the online side reads out: `journal verify --head WORDS`."
        "Ask the offline side, by telephone, which manifest it made before this one: the one received here has another digest. Either its state was restored or copied, or somebody else has the export key.";
    ManJournal
        [W ", an alarm"]
        "from one signed manifest to the next, the offline journal has no fewer entries, and the same head if it has as many. Not checked for a late manifest"
        "The journal only grows. A shorter one, or one of the same length with another head, is another journal."
        "Find out whether this state was restored from a copy. Compare the words that the online side reads out: `journal verify --head WORDS`."
        "Ask the offline side, by telephone, whether its journal was lost or its state restored. Read out the words of the head that `status` shows.";
    ManWithheld
        [W]
        "the items that the offline side counts as valid are exactly those that were received online and are valid there. Not checked while something is held, or for a late manifest"
        "The manifest has one digest over all items that the offline side counts as valid, and their number. It shows that something differs, not what. What is not there may have been kept back on purpose."
        "Send all items again that are still valid: the last CRL of each issuer, and the certificates in use."
        "Ask the offline side what it counts as valid, and compare that with `status`. It sends again what is missing here.";
    ItemKind
        [R]
        "a CRL or a certificate of at most 64 MiB, and of a kind that this version knows; an item of unknown kind is not judged, and the others of its bundle are"
        "The rules judge CRLs and certificates. Anything else would be published without a judgement."
        "Check that this is the right file, and copy it again. An item is one CRL or one certificate, as DER, PEM or base64."
        "Check that this is the right file. If it came over a link, ask the offline side which file it sent. If it is of a newer kind, update this program. Other items of the bundle are judged.";
    ItemPem
        [R]
        "a text file (PEM or base64) holds exactly one object, whole, with nothing but text beside it. Labels, lines and blanks do not matter; UTF-16 does"
        "With two objects in one file, it is not clear which of them is meant. A part of a PEM object is no object."
        "Save each object of the file in a file of its own, and leave out what is not sent. Copy a file again that is cut short."
        "Save each object of the file in a file of its own, and give the one that is meant. Copy a file again that is cut short.";
    ItemIssuerUnknown
        [R]
        "the issuer is trusted, or given with `--issuer`"
        "Only the issuer's key can show that an item is genuine. No issuer with this name is trusted here."
        "Check `--state`. If it is right, trust the root that issued the item: `trust --root ROOT.crt`. Name a CA below a root with `trust --root ROOT.crt --offline-issuer CA.crt`. Judge a file alone with `check --issuer CA.crt FILE`."
        "Check `--state`. If it is right, ask the offline side which CA issued the item. Trust a root (`trust --root ROOT.crt`) only after people compared its 16 words. Name a CA below a trusted root with `trust --root ROOT.crt --offline-issuer CA.crt`.";
    SigSecond
        [W "; " R " offline if this state signed the content"]
        "the key signed the content of an item once. Only the key's holder can make another r, another PSS salt or another ML-DSA signature"
        "Only the holder of the key can make another signature for the same content. Each use of the key should be on record."
        "Look for two uses of the key for this content in `journal audit`. If it shows only one, stop: somebody else uses the key."
        "Ask the offline side, by telephone, whether its journal shows two uses of the key for this content. If it shows only one, treat the key as compromised: nobody without it can make such a signature.";
    SigCopy
        [W "; " R " offline if this state signed the content"]
        "the signature is the one that the key made. Anybody can write (r, n - s) from an ECDSA signature (r, s)"
        "Anybody can write a second valid ECDSA signature from the first. The content is the same, and the file's words differ."
        "Send the file that the ceremony released into `DIR/signed`: somebody changed this copy."
        "The content is genuine. Somebody changed the signature on its way: compare the words of what is signed (`check`) with the offline side, and find out who can reach the link.";
    StateLost
        [R]
        "the state written by `trust` is there and readable, and so is the CRL accepted last"
        "Without the record of what was accepted or sent, an old CRL could pass as a new one."
        "Restore the state directory from its backup. Without a backup, begin a new directory with `trust --root ROOT.crt --used-number N`: N is the highest CRL number of the journal and the paper records."
        "Restore the state directory from its backup, then receive the newest CRL again. Without a backup, begin a new directory with `trust --root ROOT.crt --crl NEWEST.crl`, and never without `--crl`.";
    ClockBack
        [H]
        "the clock is not earlier than the latest verdict of the online side, and not earlier than the month in which this version was released"
        "If the clock can go back, an expired CRL becomes valid again."
        "Nothing has to be done here: only the online side checks this. The clock of this host is a matter of REQ-CLOCK."
        "Set the clock of this host from a trusted source, then run the same command again. If the clock is right now, it was ahead at an earlier run. Look at what was accepted at that run (`receipts list`), and acknowledge the alarm. Every item is held until the stored time has passed: decide about each one (`held accept`).";
    RootName
        [R]
        "a parsable certificate with a non-empty subject"
        "Items name their issuer. No item can name a root that has no name."
        "Give the root's own certificate, as DER or PEM. It must have a subject."
        "Give the root's own certificate, as DER or PEM. It must have a subject.";
    RootKey
        [R "; " W " if only unusual"]
        "a key of a kind and size that CERT-KEY names. The rule does not ask how long the key is to last: NIST SP 800-57 rates RSA-2048 at 112 bits, and accepts that level for new signatures through 2030"
        "Everything rests on the root's key. Whoever can compute the private key of a weak one can sign as the root."
        "A warning needs nothing now. Otherwise this root cannot be used here: its owner needs a root with a supported and strong key."
        "A warning needs nothing now. Otherwise this root cannot be used here: its owner needs a root with a supported and strong key.";
    RootShape
        [W]
        "strict DER, v3, basicConstraints critical with cA, keyUsage with cRLSign and keyCertSign, subjectKeyIdentifier, nameConstraints that can be read, self-signature good and not SHA-1, serial number positive, no unknown critical extension, signed in a way in which its CRLs may be signed, in `webpki` a name that CRL-DER and CERT-DER accept. At `trust` also: self-issued, valid now. The finding says what is refused for it, and its help what to do"
        "Relying parties read the root's certificate by RFC 5280. What they do not expect there may make them refuse what it issues."
        "Compare the root's 16 words with its owner's record. If the finding says that items of the root are refused, ask its owner for the right certificate, or for a renewed one. Otherwise nothing has to be done now: its next certificate should be without that fault."
        "Compare the root's 16 words with its owner's record. If the finding says that items of the root are refused, ask its owner for the right certificate, or for a renewed one. Otherwise nothing has to be done now: its next certificate should be without that fault.";
    RootClash
        [R]
        "no other trusted issuer publishes under the same file name"
        "Two issuers with one key identifier would write to one published file."
        "Use a separate state directory (`--state`) for each of the two roots."
        "Use a separate state directory (`--state`) for each of the two roots.";
    CrlDer
        [R "; an issuer's PrintableString or IA5String with characters it cannot have, an empty list of entry extensions, or a malformed extension that affects no verdict here (issuerAltName, authorityInfoAccess, invalidityDate, …) " (R / W)]
        "strict DER, one CertificateList, no trailing bytes, no indefinite length, shortest integers, no encoded default values; every known extension has the right syntax; a name has at most 64 KiB, a key identifier at most 1 KiB; the content of a string fits its tag"
        "DER has one encoding for one content. Programs disagree about anything else, so two of them can read two different CRLs."
        "Copy the file again. If the CRL is still rejected, sign a new one with software that writes DER. A warning needs nothing now."
        "Ask for the file again. If the CRL is still rejected, the offline side has to sign a new one with software that writes DER. A warning needs nothing now.";
    CrlVersion
        [R]
        "v2"
        "A v1 CRL has no extensions: neither a CRL number nor an authorityKeyIdentifier."
        "Sign a v2 CRL with cRLNumber and authorityKeyIdentifier (openssl: crlnumber and crl_extensions in the CA's section)."
        "Do not publish it. The offline side has to sign a v2 CRL, with cRLNumber and authorityKeyIdentifier.";
    CrlAlgorithmMatch
        [R]
        "outer and inner signature algorithm byte-identical"
        "The outer field is not signed. If it could differ, somebody could change it on the way."
        "Sign the CRL again: both algorithm fields must come from the same signing."
        "Compare the words with the offline side. If they differ, the file was changed on its way: ask for it again. If they agree, its software writes it wrong, and it has to sign a new one.";
    CrlAlgorithm
        [R "; SHA-1 where allowed " (R / W) "; RSA PKCS#1 without its NULL " (R / W) "; PSS whose hashes have no parameters, and ECDSA with another hash than that of the curve's length " (R / Nothing)]
        "RSA PKCS#1 and PSS (2048 to 8192 bits) with SHA-256, SHA-384 or SHA-512; ECDSA P-256, P-384, P-521 with SHA-256, SHA-384 or SHA-512, in `webpki` each with the hash of its length; Ed25519; ML-DSA-44, -65, -87 (RFC 9881). BR 7.1.3.2 permits RSA and ECDSA alone, so `webpki` is wider here than the BR. PSS has one hash for message and mask (MGF1), and a salt of its length. Parameters are exactly encoded; RFC 4055 §2.1 and §5 allow absent ones in the place of NULL. SHA-1 is refused unless `--allow-sha1` is given, in `webpki` always and whatever the dates of the item; MD5, SHA-224 and PSS without hashAlgorithm (which means SHA-1) always"
        "With a weak hash or key, somebody else can make a valid signature. An unusual encoding is refused by some relying parties."
        "Sign the CRL again with an algorithm of the list above that fits the issuer's key (openssl: default_md)."
        "The offline side has to sign the CRL again, with an algorithm of the list above that fits the issuer's key.";
    CrlIssuer
        [R " if unequal by §7.1; " (R / W) " if equal by §7.1 but not byte-identical"]
        "the issuer is the issuer certificate's subject"
        "A CRL counts only for the CA that it names, and some relying parties compare names byte for byte."
        "Check that this CRL belongs to this issuer. Its issuer name must equal the certificate's subject, byte for byte."
        "Ask the offline side which CA issued it. The issuer name must equal the certificate's subject, byte for byte.";
    CrlIssuerStatus
        [R]
        "the issuer, if not a root, is not revoked on its parent's accepted CRL. Nor is it cut off: its last certificate was revoked, also where the entry has left the CRL since; an issuer above it is revoked; its key is revoked as compromised; or the root revoked every certificate that it gave it"
        "Whoever has the key of a revoked CA could still sign with it."
        "Do not send it: its issuer is revoked, and so is everything below it. If only the issuer's certificate was replaced, send its new certificate first, and then the CRL."
        "Do not publish it: its issuer is revoked, and so is everything below it. If only the issuer's certificate was replaced, receive its new certificate first, and then the CRL again.";
    CrlAki
        [R " if keyIdentifier differs; " R " if there is none and authorityCertIssuer or authorityCertSerialNumber differs; " (R / W) " if these differ although keyIdentifier is right, if the extension is absent, in another form or critical, or if the issuer has no subjectKeyIdentifier and the SHA-1 of its key differs"]
        "authorityKeyIdentifier is present, not critical, and names the issuer's key by keyIdentifier alone. Where it names a certificate as well, that is the issuer's"
        "Relying parties find the issuer's certificate by this identifier."
        "Sign a new CRL whose authorityKeyIdentifier has the issuer's subjectKeyIdentifier and nothing else (openssl: authorityKeyIdentifier = keyid:always)."
        "The offline side has to sign a new CRL whose authorityKeyIdentifier has the issuer's subjectKeyIdentifier and nothing else.";
    CrlIssuerUsage
        [R]
        "in the issuer's certificate, basicConstraints, if present, has cA TRUE, and keyUsage, if present, has cRLSign; the certificate is valid now"
        "A certificate says what its key may do and until when. Relying parties refuse a CRL of a key that may not sign CRLs."
        "Check the clock of this host. If it is right, use an issuer certificate that is valid now and has cRLSign in its keyUsage. If the issuer was renewed, `trust` or send its new certificate first."
        "Check the clock of this host. If it is right and the issuer was renewed, `trust` or receive its new certificate first. Otherwise the issuer needs a certificate that is valid now and has cRLSign.";
    CrlSignature
        [R]
        "the signature verifies under the issuer's key, over the received bytes"
        "The signature is the only proof that the CRL is the issuer's."
        "Do not send it. The file was changed, or another key signed it: compare it with the record of the ceremony."
        "Do not publish it. Compare the words with the offline side: the file was changed, or another key signed it.";
    CrlTimeEncoding
        [R]
        "UTCTime until 2049, GeneralizedTime from 2050 on, with `Z` and seconds, without fractions"
        "Relying parties refuse a time in another form, or read another time."
        "Sign a new CRL with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z."
        "The offline side has to sign a new CRL with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z.";
    CrlNextUpdateMissing
        [R]
        "nextUpdate is present and later than thisUpdate"
        "A CRL without an end can be shown to relying parties for ever, even when there are newer ones."
        "Sign a new CRL whose nextUpdate is later than its thisUpdate."
        "The offline side has to sign a new CRL whose nextUpdate is later than its thisUpdate.";
    CrlFuture
        [R]
        "thisUpdate is at most 10 minutes ahead of the clock"
        "Relying parties refuse a CRL that has not begun. Until it begins, no CRL with an earlier thisUpdate can follow it."
        "Check the clock of this host and of the signing host. If the date is meant, wait until thisUpdate. If it is wrong and the CRL was never sent, the next request abandons it (`abandon`)."
        "Check the clock of this host. If it was wrong, correct it, and have the CRL sent again. If it is right, ask the offline side whether the date is meant. If so, have the CRL sent again after that time.";
    CrlExpired
        [R]
        "nextUpdate is later than the clock"
        "Relying parties refuse a CRL that has ended."
        "Check the clock of this host. If it is right, sign a new CRL: nothing makes this one valid again."
        "Check the clock of this host. If it was wrong, correct it, and have the CRL sent again. If it is right, the offline side has to sign a new CRL.";
    CrlFirst
        [H / W]
        "the first CRL of an issuer follows a floor given at `trust`; if there is no floor, compare its words at both ends"
        "There is no accepted CRL and no floor, so an old recording would look just as new."
        "Nothing has to be done here. Read the words of the CRL to the online side by telephone."
        "Compare the words with the offline side by telephone. If the CRL is held and the words agree, accept it (`held accept`). If a CRL is in use already, give that one: `trust --root ROOT.crt --crl IN-USE.crl`. If only its number N is known: `trust --root ROOT.crt --first-number N`.";
    CrlShortLife
        [W]
        "it expires later than the accepted CRL (CRL-NEXTUPDATE-BACK reports an earlier expiry), and is valid for at least the policy's minimum from now"
        "If a CRL ends soon, there is little time to make and carry the next one."
        "Plan the next CRL now: this one expires soon, or no later than the one before."
        "Plan the next CRL with the offline side now: this one expires soon, or no later than the one before.";
    CrlValidity
        [R / W]
        "nextUpdate is at most twelve calendar months after thisUpdate. `ceremony rehearse` notes more than 365 days, the last second included, because some programs count so"
        "The longer a CRL is valid, the longer a relying party may go on with it after a revocation."
        "If the CRL is rejected, sign a new one whose nextUpdate is at most 12 months after its thisUpdate. After a warning, keep to twelve months in the next CRL."
        "If the CRL is rejected, the offline side has to sign a new one whose nextUpdate is at most 12 months after its thisUpdate. After a warning, the next CRL should keep to twelve months.";
    CrlOutlivesIssuer
        [H / W]
        "nextUpdate is not later than the issuer's notAfter. Not checked for an issuer that has expired, which CRL-ISSUER-USAGE refuses"
        "Once the issuer's certificate has expired, relying parties refuse the CRL, although its nextUpdate is later."
        "Sign a new CRL that expires no later than the issuer's certificate, or renew the issuer first. If it is held and meant, send it with a recorded decision: `--decide CRL-OUTLIVES-ISSUER --by NAME --because TEXT`."
        "If it is held and meant, accept it (`held accept`) and state your reason. Otherwise the offline side signs one that expires no later than its issuer.";
    CrlNumberMissing
        [R]
        "CRLNumber is present, not critical, 0 ≤ n < 2^159"
        "Two CRLs may have one date. Only the number says for certain which of them is the newer one."
        "Sign a new CRL with a non-critical cRLNumber from 0 to 2^159 - 1 (openssl: crlnumber)."
        "The offline side has to sign a new CRL with a non-critical cRLNumber from 0 to 2^159 - 1.";
    CrlNumberLower
        [R ", exit 6 online"]
        "the number is higher than the accepted one and higher than the floor; compared as big integers, never truncated"
        "An older CRL makes revoked certificates valid again."
        "Do not send it. `journal show` has the last CRL that was sent. Find out where this file comes from."
        "Do not publish it. Ask the offline side for the newest CRL, and find out who sent this one. Mostly it is an old recording.";
    CrlEquivocation
        [R ", exit 6 online; " W " if the other is only held, and " H " with exit 6 online if both are"]
        "no two different CRLs have the same number. If another rule holds this CRL as well, both are held: then this finding is part of what people decide, with exit 6 online"
        "With two CRLs of one number, somebody can show different relying parties different revocations."
        "Stop. Either two systems sign with this key, or one was restored from a backup. Find out which CRL was sent (`journal audit`). Then sign one with a higher number that has every entry of both."
        "Treat it as an incident: the key signed both CRLs. What is published stays. Accept no other one before the offline side has explained the two. Then it signs one with a higher number that has every entry of both.";
    CrlNumberJump
        [H]
        "the number grows by at most the policy's step (1000)"
        "A large step may be a mistake, and every number below it can never be used again."
        "If the jump is meant, send the CRL with a recorded decision: `--decide CRL-NUMBER-JUMP --by NAME --because TEXT`. If the issuer numbers its CRLs by time, say so: `trust --root ROOT.crt --numbers timestamp`. That weakens the policy: somebody has to acknowledge it."
        "Ask the offline side whether it issued the numbers between. If the jump is meant, accept the CRL (`held accept`) and state your reason. If the issuer numbers its CRLs by time: `trust --root ROOT.crt --numbers timestamp`. That weakens the policy, and raises an alarm.";
    CrlThisUpdateBack
        [R " and exit 6 online if earlier, " H " if equal"]
        "thisUpdate is later than the accepted CRL's"
        "Number and date contradict each other: the higher number has the earlier date, or both CRLs have the same."
        "Find out whether the clock was right when each of the two CRLs was signed. Then sign a new one with a later thisUpdate. If the dates are equal and this CRL is the newest, send it with a recorded decision: `--decide CRL-THISUPDATE-BACK --by NAME --because TEXT`."
        "Ask the offline side which CRL is the newest, and whether its clock was right when it signed. A CRL with an equal date is held: if it is the newest, accept it (`held accept`) and state your reason.";
    CrlNextUpdateBack
        [W]
        "nextUpdate is not earlier than the accepted CRL's"
        "Whoever planned for the old nextUpdate fetches or makes the next CRL too late."
        "If the earlier nextUpdate is meant, plan the next CRL before it. If it is not, sign a new CRL."
        "Plan the next CRL with the offline side before the new nextUpdate.";
    CrlExtCritical
        [R]
        "no unknown critical extension in the CRL or an entry; issuerAltName, freshestCRL, authorityInfoAccess, and invalidityDate and holdInstructionCode of an entry are not critical; no extension twice"
        "A relying party must not use a CRL if it does not know a critical extension of it or of an entry. Two extensions of one kind can contradict each other."
        "Sign a new CRL without that extension, or with it as not critical, and each extension only once."
        "The offline side has to sign a new CRL without that extension, or with it as not critical, and each extension only once.";
    CrlExtUnknown
        [W / Nothing]
        "no unknown non-critical extension in the CRL or an entry; the text names those of Microsoft AD CS (1.3.6.1.4.1.311.21.1, .4 and .14). Nor issuerAltName or authorityInfoAccess, which BR does not recommend in a CRL"
        "What nobody here knows, nobody here can check."
        "Nothing has to be done if the relying parties of this CRL need the extension. Otherwise leave it out of the next CRL."
        "Nothing has to be done if the relying parties of this CRL need the extension. Otherwise the offline side leaves it out of the next CRL.";
    CrlPartial
        [R "; freshestCRL " (R / W)]
        "a complete CRL: not delta, not indirect, not for some reasons only, not for attribute certificates only, not both for end-entity certificates only and for CA certificates only; no entry with certificateIssuer, also none that names the CRL's own issuer"
        "A partial CRL leaves out revocations. If it is published as the complete one, they vanish."
        "Give the complete CRL: for all certificates of this CA, for all reasons, only for its own, and without freshestCRL. If the CA makes none, change its configuration and sign a new CRL."
        "If it is rejected, ask the offline side for the complete CRL of this CA. A warning about freshestCRL needs nothing now: the CRL itself is complete.";
    CrlIdp
        ["not critical " (R / H) "; onlyContainsUserCerts from an issuer that may issue CA certificates " R "; differs from the accepted CRL's " H "; a name that is no URL, or relative to the issuer " (R / W) "; otherwise " W]
        "issuingDistributionPoint is absent (what CRL-PARTIAL refuses is not reported twice); some relying parties refuse one without a distribution point name"
        "The extension limits what the CRL is for, or says where it is found. If it changes, relying parties may no longer use the CRL."
        "A warning needs nothing if the extension is meant. If the CRL is held and the extension is meant, send it with a recorded decision: `--decide CRL-IDP --by NAME --because TEXT`. If it is rejected, sign a new CRL: one for all certificates of a CA needs no such extension."
        "A warning needs nothing. If the CRL is held, ask the offline side whether the extension is meant. If so, accept it (`held accept`) and state your reason. If it is rejected, the offline side has to sign a new one: a CRL for all certificates of a CA needs no such extension.";
    CrlEmptyList
        [R / W]
        "revokedCertificates is absent rather than empty"
        "RFC 5280 has no empty list, and some relying parties refuse one."
        "Sign with software that leaves revokedCertificates out as long as no certificate is revoked."
        "The offline side leaves revokedCertificates out as long as no certificate is revoked.";
    CrlSerial
        ["not positive or more than 20 octets " (R / W) "; twice " R]
        "an entry's serial number is positive, has at most 20 octets and occurs once. Only a warning in `private`, so that a certificate with a bad serial number can still be revoked"
        "An entry that occurs twice has two dates. A serial number that no certificate has revokes nothing."
        "Compare the named serial numbers with the certificates. A warning needs nothing if certificates have such numbers. Otherwise sign a new CRL that lists each certificate once, with the earliest date."
        "A warning needs nothing if certificates have such numbers: ask the offline side. Otherwise it has to sign a new CRL that lists each certificate once, with the earliest date.";
    CrlSelf
        [H]
        "a root's CRL does not revoke the root. A root is here a certificate that verifies under its own key, with any hash. If the signature cannot be verified here, it is a certificate that is self-issued and names no other key"
        "No relying party acts on such an entry, because a root is trusted by itself. Mostly a serial number was mistyped."
        "Find out whether this was meant. If not, sign a new CRL without the entry. If so, send it with a recorded decision: `--decide CRL-SELF --by NAME --because TEXT`. Tell the root's users of a compromise in another way."
        "Ask the offline side whether it meant to revoke its own certificate. If so, accept the CRL (`held accept`) and state your reason. No relying party acts on the entry: the root's users have to be told.";
    CrlRevocationDate
        [R / W]
        "revocationDate is not later than thisUpdate"
        "The CRL lists the certificate as revoked already, and the date says that it will be."
        "If the CRL is rejected, sign a new one whose revocation dates are not later than its thisUpdate. If thisUpdate is back-dated, back-date it by less. A warning needs nothing now."
        "If the CRL is rejected, the offline side has to sign a new one whose revocation dates are not later than its thisUpdate. A warning needs nothing now.";
    CrlReason
        ["absent and 0 " (R / W) "; 2 " (W / Nothing) "; 6, 7, 8 and unknown ones " R "; 10 " (R / W) "; critical " R]
        "each entry has a reasonCode that suits a CA certificate: 1, 3, 4, 5 or 9. zlint and pkilint refuse 2 (cACompromise) too, which the table of BR does not have. Here it is only a warning: a CRL with this reason is genuine and urgent, and to refuse it would keep a compromised CA in use"
        "Some reasons do not fit a CA certificate, or lift a revocation again."
        "Give each entry a reason that fits a CA: keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn. A warning alone needs no new CRL."
        "Ask the offline side for a new CRL whose reasons fit a CA. A warning alone needs nothing.";
    CrlEntryVanished
        [R " and exit 6 online; " H " if the expiry is not known, or if a rule rejects the entry itself"]
        "every entry of the accepted CRL, or of the one that is only a floor, is still present, unless its certificate had expired (inventory) before that CRL's thisUpdate. A rule can reject an entry only of a floor. Not checked for a CRL that CRL-NUMBER-LOWER refuses"
        "A certificate that is no longer listed counts as valid again."
        "Restore the entries, and sign a new CRL. If the CRL is held, and every named certificate has expired or a ceremony decided about its entry, send it with a recorded decision: `--decide CRL-ENTRY-VANISHED --by NAME --because TEXT`."
        "Do not publish it: revoked certificates would count as valid again. Ask the offline side to restore the entries. If it is only held, and every named certificate has expired or the record of a ceremony decides about its entry, accept it (`held accept`) and state your reason.";
    CrlEntryChanged
        [H]
        "no entry's date or reason changed, except to keyCompromise"
        "A later date or a milder reason takes a part of the revocation back."
        "Find out why the named entries changed. If the change is meant, send the CRL with a recorded decision: `--decide CRL-ENTRY-CHANGED --by NAME --because TEXT`."
        "Ask the offline side why the named entries changed. If the change is meant, accept the CRL (`held accept`) and state your reason.";
    CrlEntryUnknown
        [W]
        "the serial number of each new entry (one that the accepted CRL did not have) is in the inventory. Checked only if there is an accepted CRL and the inventory is not empty: otherwise every entry would be unknown"
        "A mistyped serial number revokes nothing."
        "Compare the new serial numbers with the record of issued certificates."
        "Compare the new serial numbers with the offline side. Certificates that were never carried here are unknown here.";
    CrlInUse
        [W ", shown first; " H " where `trust --hold-mass-revocation N` was given and more than N are revoked"]
        "no new entry (in a first CRL: no entry) revokes a CA certificate that is published online. The text says whose certificate it is, and that everything issued under it stops working. Of those that have not ended, more than N hold the CRL; without that option, no number does. Offline, `ceremony rehearse` and `ceremony sign` ask for a typed confirmation where a CRL revokes more than a quarter of the CA certificates in use here, or more than N"
        "Everything issued under that certificate stops working wherever this CRL is used."
        "Make sure that this revocation is meant. Tell the CA's users that its certificates stop working, and do not delay the CRL for that."
        "Telephone the offline side if you did not expect it, and tell the CA's users. If the CRL is held and the revocations are meant, accept it (`held accept`) at once.";
    CertDer
        [R "; a PrintableString or IA5String with characters it cannot have " (R / W)]
        as CrlDer "; an empty list is malformed too; a public key has at most 16 KiB"
        "DER has one encoding for one content. Programs disagree about anything else."
        "Copy the file again. If the certificate is still rejected, issue a new one with software that writes DER. A warning needs nothing now."
        "Ask for the file again. If the certificate is still rejected, the offline side has to issue a new one with software that writes DER. A warning needs nothing now.";
    CertVersion
        [R]
        "v3, no unique identifiers"
        "Only v3 has extensions, and without them nothing says that this is a CA."
        "Issue a new certificate as v3, without issuerUniqueID and subjectUniqueID."
        "The offline side has to issue a new certificate as v3, without issuerUniqueID and subjectUniqueID.";
    CertAlgorithmMatch
        [R]
        as CrlAlgorithmMatch ""
        "The outer field is not signed. If it could differ, somebody could change it on the way."
        "Issue a new certificate; both algorithm fields must come from the same signing."
        "Compare the words with the offline side. If they differ, the file was changed on its way: ask for it again. If they agree, its software writes it wrong, and it has to issue a new one.";
    CertAlgorithm
        [as CrlAlgorithm]
        as CrlAlgorithm ""
        "With a weak hash or key, somebody else can make a valid signature. An unusual encoding is refused by some relying parties."
        "Issue a new certificate, signed with an algorithm of the list that `explain CRL-ALGORITHM` shows and that fits the issuer's key."
        "The offline side has to issue a new certificate, signed with an algorithm of the list that `explain CRL-ALGORITHM` shows and that fits the issuer's key.";
    CertIssuer
        [R " if unequal by §7.1; " (R / W) " if equal by §7.1 but not byte-identical"]
        "the issuer is the issuer certificate's subject"
        "A chain is built by names, and some relying parties compare them byte for byte."
        "Check that this certificate belongs to this issuer. Its issuer name must equal the issuer's subject, byte for byte."
        "Ask the offline side which CA issued it. Its issuer name must equal the issuer's subject, byte for byte.";
    CertSignature
        [R]
        "the signature verifies under the issuer's key, over the received bytes"
        "The signature is the only proof that the certificate is the issuer's."
        "Do not send it. The file was changed, or another key signed it: compare it with the record of the ceremony."
        "Do not publish it. Compare the words with the offline side: the certificate was changed, or another key signed it.";
    CertTimeEncoding
        [R]
        as CrlTimeEncoding ""
        "Relying parties refuse a time in another form, or read another time."
        "Issue a new certificate with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z."
        "The offline side has to issue a new certificate with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z.";
    CertExtCritical
        [R]
        "no unknown critical extension, and no unknown qualifier in a critical certificatePolicies; subjectKeyIdentifier, issuerAltName, freshestCRL, authorityInfoAccess and subjectInfoAccess are not critical"
        "A relying party must refuse a certificate with a critical extension that it does not know."
        "Issue a new certificate without that extension, or with it as not critical."
        "The offline side has to issue a new certificate without that extension, or with it as not critical.";
    CertExtTwice
        [R]
        "no extension twice"
        "Two extensions of one kind can contradict each other, and relying parties do not agree which of them counts."
        "Issue a new certificate that has each extension only once."
        "The offline side has to issue a new certificate that has each extension only once.";
    CertAki
        [R " if keyIdentifier differs; " R " if there is none and authorityCertIssuer or authorityCertSerialNumber differs; " R " if critical; " (R / W) " if these differ although keyIdentifier is right, if the extension is absent or in another form, or if the issuer has no subjectKeyIdentifier and the SHA-1 of its key differs"]
        "authorityKeyIdentifier is present, not critical, and names the issuer's key by keyIdentifier alone. Where it names a certificate as well, that is the issuer's"
        "Relying parties find the issuer's certificate by this identifier."
        "Issue a new certificate whose authorityKeyIdentifier has the issuer's subjectKeyIdentifier and nothing else (openssl: authorityKeyIdentifier = keyid:always)."
        "The offline side has to issue a new certificate whose authorityKeyIdentifier has the issuer's subjectKeyIdentifier and nothing else.";
    CertIssuerUsage
        [R "; " (H / W) " if notBefore is before the issuer's"]
        "the issuer is a CA (a root without basicConstraints counts as one, because people chose it); its keyUsage, if present, has keyCertSign; it is valid now; its path length allows a CA; it is not revoked on its parent's accepted CRL, nor cut off (see CRL-ISSUER-STATUS); the certificate begins while the issuer's is valid. One that begins before is held in `webpki`, unless its key is known here"
        "Relying parties refuse a certificate whose issuer may not sign certificates, has ended, is revoked, or may have no CA below it."
        "Check the clock of this host. Use an issuer that is valid, may sign certificates, and whose path length allows a CA below it. If it was renewed, `trust` or send its new certificate first. If the certificate is held and its date is meant, send it with a recorded decision: `--decide CERT-ISSUER-USAGE --by NAME --because TEXT`."
        "Check the clock of this host. If the issuer was renewed, `trust` or receive its new certificate first. If the certificate is held and the offline side confirms its date, accept it (`held accept`). Otherwise the offline side has to issue a new one.";
    CertSerial
        [R " if not positive, of more than 20 octets, or used before by this issuer (also in a root's own certificate); " W " if of fewer than 8 octets"]
        "the serial number is positive, has 8 to 20 octets and is new for this issuer"
        "A CRL revokes by serial number. Two certificates with one number are revoked together, and a number that somebody can predict helps to forge."
        "If the certificate is rejected, issue a new one with a random, positive, unused serial number of 8 to 20 octets. A warning needs nothing now."
        "If the certificate is rejected, the offline side has to issue a new one with a random, positive, unused serial number of 8 to 20 octets. A warning needs nothing now.";
    CertBasicConstraints
        [R "; not critical " (R / W) "; no path length " (H / W)]
        "present, cA TRUE, path length below the issuer's"
        "This extension says that the certificate is a CA's, and how many CAs may be below it."
        "Issue a new certificate with critical basicConstraints, cA TRUE, and a path length below the issuer's. If only a path length is missing and that is meant, send it with a recorded decision: `--decide CERT-BASIC-CONSTRAINTS --by NAME --because TEXT`."
        "If only a path length is missing and the offline side means that, accept the certificate (`held accept`) and state your reason. Otherwise the offline side has to issue a new one with critical basicConstraints.";
    CertKeyUsage
        [R "; not critical " (R / W) "; no cRLSign " (R / W) "; more than digitalSignature besides " (R / W)]
        "keyUsage is present and critical, with keyCertSign and cRLSign, and at most digitalSignature besides"
        "Relying parties refuse certificates and CRLs of a key that may not sign them."
        "If the certificate is rejected, issue a new one with a critical keyUsage of keyCertSign and cRLSign. digitalSignature may be there too, for OCSP. A warning needs nothing now."
        "If the certificate is rejected, the offline side has to issue a new one with a critical keyUsage of keyCertSign and cRLSign. A warning needs nothing now.";
    CertSki
        [(R / W) " if absent; " H " if it or the subject clashes"]
        "subjectKeyIdentifier is present; neither it nor the subject is known here with another key (of the issuer, of a trusted issuer or of a certificate in an inventory). A re-key of the same CA is exactly this case, and needs a decision. The line that says what the item is names its key and the other keys"
        "Relying parties find issuers by name and key identifier. If two keys share one of them, some relying parties take the wrong key."
        "Compare with the CA of the same name or identifier. If a new key for this CA is meant, tell the online side: it holds the item until somebody there decides. If not, the CA needs another name or identifier."
        "Compare the key with the offline side by telephone. If a new key for this CA is meant, accept it (`held accept`) and state your reason.";
    CertContinuity
        [H]
        "a key that is known here (of a trusted issuer or of a certificate in an inventory) keeps its subjectKeyIdentifier, and its name keeps its encoding, byte for byte. Relying parties find the issuer of what this CA issued by both. A certificate without subjectKeyIdentifier is a matter of CERT-SKI. A ceremony keeps both from the certificate in `replaces`, or else from what the state knows of the key, and refuses a difference unless the request says `new_identifier = true` with a reason"
        "What this CA issued before names it by both. If one of them changes, relying parties no longer find its issuer."
        "Issue it again with the name and identifier that this key has already. A ceremony takes both from the certificate in `replaces`. If the change is meant, send it with a recorded decision: `--decide CERT-CONTINUITY --by NAME --because TEXT`."
        "Ask the offline side whether the change is meant. If so, accept it (`held accept`) and state your reason.";
    CertSubject
        [(R / W) "; no C, O or CN, and an OU " (R / Nothing) "; of a key that is known here under this name " W]
        "no attribute of the subject is empty, and none has more characters than RFC 5280 (Appendix A.1), X.520 and BR allow: CN, O, OU, title and serialNumber 64; L, ST, street and pseudonym 128; postalCode 40; C exactly 2; DC 63; emailAddress 255. A publicly trusted CA has C, O and CN, and no OU. A key that is known here under this name keeps it (CERT-CONTINUITY, BR 7.1.2.2.2), so a cross certificate or a renewal is only warned about"
        "Some relying parties refuse a name that is too long, and the Baseline Requirements want certain parts in the name of a public CA."
        "If the certificate is rejected, issue a new one with a subject of C, O and CN, each within its bounds, and without OU. A warning needs nothing now: the CA's next name should be within the bounds."
        "If the certificate is rejected, the offline side has to issue a new one with a subject of C, O and CN, each within its bounds, and without OU. A warning needs nothing now.";
    CertKeyEkuMixed
        [R / W]
        "no other certificate of this key has other purposes in extKeyUsage, or none: of the trusted issuers, of what is published (online), and of what was signed or sent (offline), by whatever issuer. One that has ended or is revoked does not count, nor does a root's own certificate without extKeyUsage"
        "A key that serves two purposes has to keep the rules of both: for browsers, a CA for TLS is for TLS alone."
        "If the certificate is rejected, give it the purposes of the other certificate. Or let the CA make a new key, or revoke the other certificate first. A warning needs nothing if both purposes are meant."
        "If the certificate is rejected, ask the offline side: the new certificate needs the purposes of the other one, or another key. A warning needs nothing if both purposes are meant.";
    CertEku
        [(R / Nothing) "; clientAuth and purposes that are neither required nor forbidden " (W / Nothing) "; in a cross certificate absent for an affiliated CA, or no serverAuth " (W / Nothing)]
        "extKeyUsage is present and not critical, has serverAuth, and has none of codeSigning, emailProtection, timeStamping, OCSPSigning, anyExtendedKeyUsage and the signing of precertificates. A cross certificate may have OCSPSigning and the signing of precertificates, with a warning. If `trust --affiliated` names its CA, it may have anyExtendedKeyUsage alone, or no extKeyUsage. Without serverAuth it is for a CA that is not for TLS, and may have any other purpose, but no reserved policy (CERT-POLICIES)"
        "Browsers require that a CA for TLS is for TLS alone."
        "If the certificate is rejected, issue a new one with serverAuth in extKeyUsage, and nothing that a TLS CA must not have. A warning needs nothing if the purposes are meant."
        "If the certificate is rejected, the offline side has to issue a new one with serverAuth in extKeyUsage, and nothing that a TLS CA must not have. A warning needs nothing if the purposes are meant.";
    CertPolicies
        [(R / Nothing) "; a policy twice, and a mapping from or to anyPolicy " R "; policyConstraints or inhibitAnyPolicy not critical " (R / W) "; beyond the issuer's " W "; anyPolicy in a cross certificate for a CA that is not affiliated " (W / Nothing)]
        "certificatePolicies is present and not critical, with anyPolicy alone or exactly one reserved identifier (2.23.140.1.1 or 2.23.140.1.2.1 to .3; a cross certificate may have several), and with no qualifier but http and https URLs of the CPS. In both profiles: no policy stands there twice (Go does not read such a certificate), policyMappings has no anyPolicy (path validation ends there, §6.1.4(a)), policyConstraints and inhibitAnyPolicy are critical, and each policy is one that the issuer's certificate has, or maps to. anyPolicy means what the issuer has; an issuer without certificatePolicies, and a root's own, limit nothing, as in OpenSSL. No policy tree is built"
        "Some relying parties do not read a certificate with malformed policies at all. Path validation with policies fails below wrong ones."
        "Issue a new certificate that has each policy once, and none mapped from or to anyPolicy. For `webpki` it has anyPolicy alone, or exactly one reserved identifier. A warning needs nothing now."
        "If the certificate is rejected, the offline side has to issue a new one that has each policy once, and none mapped from or to anyPolicy. For `webpki` it has anyPolicy alone, or exactly one reserved identifier. A warning needs nothing now.";
    CertCdp
        [(R / W) "; " W " if a URL is not served online"]
        "cRLDistributionPoints is present, not critical, and has http URLs with a host and nothing else, for all reasons and without cRLIssuer; each is below a URL given with `trust --serves`, if any are given"
        "Without an address of the CRL, relying parties cannot learn that the certificate is revoked."
        "Issue a new certificate with a non-critical cRLDistributionPoints that has one http URL of the host that publishes."
        "If the URL is not one of this host, compare it with where this host publishes, and copy the CRL to where it is served. `trust --root ROOT.crt --serves URL` names what is served here. If the certificate is rejected, the offline side has to issue a new one.";
    CertAia
        ["absent, or without caIssuers " W "; otherwise " (R / W)]
        "authorityInfoAccess is present, gives caIssuers, and has nothing but caIssuers and OCSP, both as http URLs with a host"
        "Relying parties that lack the issuer's certificate look for it at this address."
        "Nothing has to be done if the extension is only absent, and relying parties have the issuer's certificate. If the certificate is rejected, issue a new one with http URLs of the issuer's certificate and of OCSP alone."
        "Serve the issuer's certificate at the URL of caIssuers. If the certificate is rejected, the offline side has to issue a new one with http URLs of the issuer's certificate and of OCSP alone.";
    CertNamePermitted
        [R "; " W " for what only some relying parties refuse"]
        "every name in the certificate is one that the nameConstraints of its issuer, and of every issuer above that, permit"
        "Relying parties refuse a certificate whose names the CAs above it may not certify."
        "Issue a new certificate with a name that they permit, or let another CA issue it. A warning tells what only some relying parties refuse."
        "If the certificate is rejected, the offline side has to issue a new one with a name that they permit. A warning tells what only some relying parties refuse.";
    CertNameConstraints
        [W]
        "nameConstraints, if present, is critical, has no minimum or maximum, and each subtree has the syntax of its form"
        "A relying party that does not know nameConstraints ignores it if it is not critical. RFC 5280 uses neither minimum nor maximum."
        "If it is only not critical, nothing has to be done where relying parties know nameConstraints: the next certificate should have it as critical. If a subtree has a minimum, a maximum or a wrong syntax, issue a new certificate: CERT-NAME-PERMITTED refuses what this CA issues below it."
        "If it is only not critical, nothing has to be done where relying parties know nameConstraints: the next certificate should have it as critical. If a subtree has a minimum, a maximum or a wrong syntax, the offline side has to issue a new certificate: CERT-NAME-PERMITTED refuses what this CA issues below it.";
    CertValidity
        [R " if it has ended, or ends before it begins; outlives its issuer " (R / W) "; begins more than 10 minutes ahead " H "; more than 8 years " (H / W)]
        "the validity begins at most 10 minutes ahead of the clock, has not ended, ends no later than the issuer's, and is at most 8 years"
        "Relying parties refuse a certificate before it begins and after it ends. A chain ends with the certificate that ends first."
        "Check the clock of this host. If the certificate begins later, wait. If it is held and its dates are meant, send it with a recorded decision: `--decide CERT-VALIDITY --by NAME --because TEXT`. If it is rejected, issue a new one with dates within the issuer's."
        "Check the clock of this host. If the certificate is held and the dates are meant, accept it (`held accept`) and state your reason. If it is rejected, the offline side has to issue a new one with dates within the issuer's.";
    CertKey
        [R "; RSA exponent below 65537 " W "; an RSA modulus whose bits 8 does not divide " (R / W)]
        "RSA of 2048 to 8192 bits (checked first, by the size alone), in `webpki` a multiple of 8, exponent odd, at least 3 and below 2^256, no factor below 752, not of the weak form of CVE-2017-15361 (ROCA); an uncompressed point on P-256, P-384 or P-521; Ed25519; ML-DSA-44, -65 or -87. BR 6.1.5 permits RSA and ECDSA keys alone, so `webpki` is wider here than the BR"
        "Whoever can compute the private key of a weak one can sign as this CA."
        "If the certificate is rejected, the subordinate CA makes a new key (RSA of 2048 to 8192 bits, P-256, P-384, P-521, Ed25519 or ML-DSA) and a new certification request. A warning needs nothing now."
        "If the certificate is rejected, the subordinate CA needs a new key, and the offline side issues a new certificate. A warning needs nothing now.";
    CertRequest
        [H " if requests are registered and none matches; " W " if none is registered"]
        "the public key is that of a registered request"
        "Only the certification request shows which key the subordinate CA asked a certificate for."
        "Compare the certificate with the certification request: `check --request FILE CERTIFICATE`. If the keys differ, find out who put another key into the certificate."
        "If no certification request is registered, register it: `trust --root ROOT.crt --request FILE`. If the keys differ, ask the offline side before anybody accepts the certificate.";
    CertRevoked
        [R]
        "it is not on the currently accepted CRL of its issuer; nor was a certificate for its key, from whatever issuer, revoked as compromised. `ceremony rehearse` and `ceremony sign` refuse a request for a key of which a certificate is revoked as compromised: `replaces`, or a certificate that the state knows, on the CRL in use or revoked by the same request. For another reason a note and the difference say it"
        "A revoked certificate must not be published, and a key that others have must not get a new certificate."
        "Do not send it: the certificate is revoked, or its key is compromised. The subordinate CA needs a new certificate, and for a compromised key a new key."
        "Do not publish it: the certificate is revoked, or its key is compromised. The subordinate CA needs a new certificate, and for a compromised key a new key.";
    CertAnchor
        [R]
        "it does not verify under its own key, nor is it self-issued and signed in a way that cannot be verified here: a new trust anchor never arrives this way"
        "Whoever could send a new root over the link could make everything below it valid."
        "Carry the root's certificate to the online side by hand. Two people compare its 16 words there."
        "Compare the root's 16 words with the offline side. Then run `trust --root ROOT.crt`. A new trust anchor never arrives as an item.";
    CertNotCa
        [R]
        "the certificate is a CA's, with a name: an end-entity certificate is not an item"
        "Rootcast carries what an offline CA publishes: CRLs and CA certificates."
        "Leave it out: only CA certificates are carried."
        "Tell the offline side to leave it out: only CA certificates are carried.";
}

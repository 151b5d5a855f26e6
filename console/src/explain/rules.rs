//! What each rule of `pki` asks for, why, and what to do about a finding on either side. A row is a rule, its severities,
//! what it asks for, why, and what to do on the offline side and on the online side. A rule without a row does not compile.
//!
//! The severities and the second text are those of `docs/rules.md`; a test compares them, and writes the table of the
//! other texts there.

use rootcast_pki::rule::Rule;

/// The texts about a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleText {
    /// When it rejects (R), holds (H) or warns (W).
    pub(super) severity: &'static str,
    /// What an item must fulfil.
    pub(super) what: &'static str,
    /// What could go wrong without it.
    pub(super) why: &'static str,
    /// What to do about a finding on the offline side.
    pub(super) offline: &'static str,
    /// What to do about a finding on the online side.
    pub(super) online: &'static str,
}

macro_rules! texts {
    ($($rule:ident $severity:literal $what:literal $why:literal $offline:literal $online:literal;)*) => {
        /// The texts about this rule.
        pub(super) const fn text(rule: Rule) -> RuleText {
            match rule {
                $(Rule::$rule => RuleText {
                    severity: $severity,
                    what: $what,
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
        "R"
        "the announced size is known and within the limit before anything is allocated"
        "An object larger than the limit could fill memory or disk before anybody knows who sent it."
        "Send the items in several bundles, each within the limit."
        "Nothing was kept of it. Ask the offline side to send the items in several bundles. If they sent nothing, somebody else reaches the link.";
    ObjDigest
        "R"
        "SHA-256 of the reassembled bytes gives the object id; nothing trails"
        "Symbols that were forged or damaged give other bytes than those that were sent."
        "Send again, if possible over another link. With a transport key (`key new`), the other side ignores forged frames."
        "Continue to receive, over another link if possible, and find out who else can reach the links. A transport key keeps other senders out.";
    ManSignature
        "W"
        "if an export key is pinned: the manifest is signed with it, and belongs to the root whose items it brings. A manifest that does not is ignored, and the items are judged anyway"
        "A signed manifest shows what the offline side sent and when. Anybody can write one without the export key."
        "Give `--export-key` at each `send` and `bundle`, always the key that the online side pinned."
        "Find out which export key signed it. The manifest is ignored until the pinned key signs it; its items are still judged.";
    ManLate
        "W"
        "the manifest number is not below the newest signed one seen. A lower one is late, not wrong"
        "Manifests are numbered in the order of sending, so a lower number was sent earlier."
        "Nothing has to be done here. If the online side misses something, send the newest items again."
        "If an older transmission arrived late, do nothing. Otherwise ask the offline side for its newest bundle.";
    ManEquivocation
        "W; R, an alarm with exit 6, if signed"
        "no two manifests have the same number"
        "One state gives each number once. Two manifests with one number mean a state that was copied or restored, or a second holder of the export key."
        "Compare the journal with its heads on paper: `journal verify --head`. Find out whether this state was restored or copied."
        "Ask the offline side, by telephone, which of the two manifests is theirs: the same number was used twice. Give them the words of the journal's head that `status` shows: they look whether it is in their journal.";
    ManGap
        "W"
        "no manifest number is skipped. `status` shows it until the skipped ones have come, or the next manifest follows"
        "Each transmission has the next number, so a skipped number is a transmission that never arrived."
        "Look up the missing numbers with `journal show`, and send their items again."
        "Ask the offline side to send the bundles with the missing numbers again.";
    ManChain
        "W, an alarm"
        "the manifest names the digest of the one before it"
        "Each manifest names the one before it. If the digest differs, one of them is not the one that was received here."
        "Compare `journal show` with what the online side received, by telephone."
        "Ask the offline side to send the bundle before this one; its manifest was never received here.";
    ManJournal
        "W, an alarm"
        "from one signed manifest to the next, the offline journal has no fewer entries, and the same head if it has as many. Not checked for a late manifest"
        "The journal only grows. A shorter one, or one of the same length with another head, is another journal."
        "Find out whether this state was restored from a copy. Compare the words that the other side reads out: `journal verify --head`."
        "Ask the offline side, by telephone, whether its journal was lost or its state restored. `status` has the head to compare.";
    ManWithheld
        "W"
        "the items that the offline side counts as valid are exactly those that were received and are valid here. Not checked while something is held, or for a late manifest"
        "The manifest lists what the offline side counts as valid. What is not here may have been kept back on purpose."
        "Send all items again that are still valid: the last CRL of each issuer, and the certificates in use."
        "Ask the offline side to send the valid items again that never arrived here.";
    ItemKind
        "R"
        "a CRL or a certificate of at most 64 MiB, and of a kind that this version knows; an item of unknown kind is not judged, and the others of its bundle are"
        "Both programs carry CRLs and CA certificates, and nothing else."
        "Check that this is the right file, and copy it again. An item is one CRL or one certificate, as DER, PEM or base64."
        "Ask the offline side which file it sent. If it is of a newer kind, update this program. Other items of the bundle are judged.";
    ItemPem
        "R"
        "a text file (PEM or base64) holds exactly one object, whole, with nothing but text beside it. Labels, lines and blanks do not matter (decision 0035); UTF-16 does"
        "With two objects in one file, it is not clear which of them is meant. A part of a PEM object is no object."
        "Save each object of the file in a file of its own, and leave out what is not sent."
        "Save each object of the file in a file of its own, and give the one that is meant.";
    ItemIssuerUnknown
        "R"
        "the issuer is trusted, or given with `--issuer`"
        "Only the issuer's key can show that an item is genuine, and no issuer that is trusted here has this name and key."
        "Check `--state`. If it is right, `trust` the root that issued it; for a file alone, name the issuer: `check --issuer FILE`."
        "Check `--state`. If it is right, ask the offline side which root issued the item. `trust` that root only after comparing its 16 words.";
    SigSecond
        "W; R offline if this state signed the content"
        "the key signed the content of an item once. Only the key's holder can make another r, another PSS salt or another ML-DSA signature"
        "Only the holder of the key can make another signature for the same content. Each use of the key should be on record."
        "Look for two uses of the key for this content in `journal show`. If there is one only, somebody else uses the key: stop."
        "Ask the offline side why its journal shows two uses of the key for one content. Nobody else can make such a signature.";
    SigCopy
        "W; R offline if this state signed the content"
        "the signature is the one that the key made. Anybody can write (r, n - s) from an ECDSA signature (r, s)"
        "Anybody can write a second valid ECDSA signature from the first. The content is the same, and the file's words differ."
        "Send the file that the ceremony released: somebody changed this copy."
        "The content is genuine. Somebody changed the file on its way: compare the words of what is signed (`check`), and find out where.";
    StateLost
        "R"
        "the state written by `trust` is there and readable, and so is the CRL accepted last"
        "Without the record of what was accepted or sent, an old CRL could pass as a new one."
        "Restore the state directory from its backup. Do not run `trust` in an emptied directory."
        "Restore the state directory from its backup, then receive the newest CRL again. Do not run `trust` in an emptied directory.";
    ClockBack
        "H"
        "the clock is not earlier than the latest time seen"
        "If the clock can go back, an expired CRL becomes valid again."
        "Set the clock of this host from a trusted source, then run the same command again."
        "Set the clock of this host from a trusted source, then run the same command again. If the clock is right now, it ran ahead once: see what was accepted then (`status`), and acknowledge the alarm.";
    RootName
        "R"
        "a parsable certificate with a non-empty subject"
        "Items name their issuer. A root without a name can be the issuer of nothing."
        "Give the root's own certificate; it must have a subject."
        "Give the root's own certificate; it must have a subject.";
    RootKey
        "R; W if only unusual"
        "a supported key of sufficient strength (as CERT-KEY)"
        "Everything rests on the root's key. A weak one can be computed, and then anybody can sign."
        "Use a root with a supported and strong key; a root with a weak key must be replaced."
        "Use a root with a supported and strong key; a root with a weak key must be replaced.";
    RootShape
        "W"
        "strict DER, v3, basicConstraints critical with cA, keyUsage with cRLSign and keyCertSign, subjectKeyIdentifier, self-signature good and not SHA-1, serial number positive, no unknown critical extension, signed in a way in which its CRLs may be signed, in `webpki` a name that CRL-DER and CERT-DER accept. At `trust` also: self-issued, valid now. The finding says what is refused for it, and its help what to do"
        "Relying parties read the root's certificate by RFC 5280. What they do not expect there may make them refuse what it issues."
        "Compare the root's words with its owner's record. The root's next certificate should have the named fields."
        "Compare the root's words with its owner's. The root's next certificate should have the named fields.";
    RootClash
        "R"
        "no other trusted issuer publishes under the same file name"
        "Two issuers with one key identifier would write to one published file."
        "Use a separate state directory for each of the two roots."
        "Use a separate state directory for each of the two roots.";
    CrlDer
        "R; an issuer's PrintableString or IA5String with characters it cannot have, an empty list of entry extensions, or a malformed extension that affects no verdict here (issuerAltName, authorityInfoAccess, invalidityDate, …) R / W"
        "strict DER, one CertificateList, no trailing bytes, no indefinite length, shortest integers, no encoded default values; every known extension has the right syntax; a name has at most 64 KiB, a key identifier at most 1 KiB; the content of a string fits its tag"
        "DER has one encoding for one content. Programs disagree about anything else, so two of them can read two different CRLs."
        "Copy the file again. If the finding stays, sign a new CRL with software that writes DER."
        "Ask for the file again. If the finding stays, the offline side has to sign a new CRL with software that writes DER.";
    CrlVersion
        "R"
        "v2"
        "A v1 CRL has no number, so nobody can tell an older one from a newer one."
        "Sign a v2 CRL with extensions, among them cRLNumber (openssl: crlnumber and crl_extensions in the CA's section)."
        "Do not publish it. The offline side has to sign a v2 CRL, with a cRLNumber.";
    CrlAlgorithmMatch
        "R"
        "outer and inner signature algorithm byte-identical"
        "The field outside is not signed. If it may differ, somebody can change it on the way."
        "Sign the CRL again: both algorithm fields must come from the same signing."
        "Compare words with the offline side: the file was changed, or its software writes it wrong.";
    CrlAlgorithm
        "R; SHA-1 where allowed R / W; RSA PKCS#1 without its NULL R / W; PSS whose hashes have no parameters, and ECDSA with another hash than that of the curve's length R / –"
        "RSA PKCS#1 and PSS (2048 to 8192 bits) with SHA-256, SHA-384 or SHA-512; ECDSA P-256, P-384, P-521 with SHA-256, SHA-384 or SHA-512, in `webpki` each with the hash of its length; Ed25519; ML-DSA-44, -65, -87 (RFC 9881). PSS has one hash for message and mask (MGF1), and a salt of its length. Parameters are exactly encoded; RFC 4055 §2.1 and §5 allow absent ones in the place of NULL. SHA-1 is refused unless `--allow-sha1` is given, in `webpki` always and whatever the dates of the item; MD5, SHA-224 and PSS without hashAlgorithm (which means SHA-1) always"
        "With a weak hash or key, somebody else can make a valid signature. An unusual encoding is refused by some relying parties."
        "Sign the CRL again with an algorithm of the list above that fits the issuer's key (openssl: default_md)."
        "The offline side has to sign the CRL again, with an algorithm of the list above that fits the issuer's key.";
    CrlIssuer
        "R if unequal by §7.1; R / W if equal by §7.1 but not byte-identical"
        "the issuer is the issuer certificate's subject"
        "A CRL counts only for the CA that it names, and some relying parties compare names byte for byte."
        "Check that this CRL belongs to this issuer. Its issuer name must equal the certificate's subject, byte for byte."
        "Ask the offline side which CA issued it. The issuer name must equal the certificate's subject, byte for byte.";
    CrlIssuerStatus
        "R"
        "the issuer, if not a root, is not revoked on its parent's accepted CRL. Nor is it cut off: its last certificate was revoked, also where the entry has left the CRL since; an issuer above it is revoked; its key is revoked as compromised; or the root revoked every certificate that it gave it"
        "Whoever has the key of a revoked CA could still sign with it."
        "Do not send it: the issuer is revoked. Its successor must sign the CRL."
        "Do not publish it: the issuer is revoked. Its successor must sign the CRL.";
    CrlAki
        "R if keyIdentifier differs; R if there is none and authorityCertIssuer or authorityCertSerialNumber differs; R / W if these differ although keyIdentifier is right, if the extension is absent, in another form or critical, or if the issuer has no subjectKeyIdentifier and the SHA-1 of its key differs"
        "authorityKeyIdentifier names the issuer's key, and no other certificate of it"
        "Relying parties find the issuer's certificate by this identifier."
        "Sign a new CRL whose authorityKeyIdentifier has the issuer's subjectKeyIdentifier and nothing else (openssl: keyid:always)."
        "The offline side has to sign a new CRL whose authorityKeyIdentifier has the issuer's subjectKeyIdentifier and nothing else.";
    CrlIssuerUsage
        "R"
        "in the issuer's certificate, basicConstraints, if present, has cA TRUE, and keyUsage, if present, has cRLSign; the certificate is valid now"
        "A certificate says what its key may do and until when. Relying parties refuse a CRL of a key that may not sign CRLs."
        "Use an issuer certificate that is valid now and has cRLSign in its keyUsage. If it was renewed, `trust` the new one."
        "If the issuer was renewed, `trust` or receive its new certificate first. Otherwise ask the offline side.";
    CrlSignature
        "R"
        "the signature verifies under the issuer's key, over the received bytes"
        "The signature is the only proof that the CRL is the issuer's."
        "Do not send it. The file was changed, or another key signed it: compare it with the record of the ceremony."
        "Do not publish it. Compare the words with the offline side: the file was changed, or another key signed it.";
    CrlTimeEncoding
        "R"
        "UTCTime until 2049, GeneralizedTime from 2050 on, with `Z` and seconds, without fractions"
        "Relying parties refuse a time in another form, or read another time."
        "Sign a new CRL with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z."
        "The offline side has to sign a new CRL with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z.";
    CrlNextUpdateMissing
        "R"
        "nextUpdate is present and later than thisUpdate"
        "Without an end, a CRL can be used for ever, also after newer ones."
        "Sign a new CRL whose nextUpdate is later than its thisUpdate."
        "The offline side has to sign a new CRL whose nextUpdate is later than its thisUpdate.";
    CrlFuture
        "R"
        "thisUpdate is at most 10 minutes ahead of the clock"
        "Relying parties refuse a CRL that has not begun. A later one could not follow it for as long."
        "Check the clock of this host and of the signing host. If both are right, wait until thisUpdate. A wrong CRL that was never sent is abandoned in the next request."
        "Check the clock of this host. If it is right, ask the offline side whether its clock was right when it signed. If the date is meant, wait until then.";
    CrlExpired
        "R"
        "nextUpdate is later than the clock"
        "Relying parties refuse a CRL that has ended."
        "Check the clock of this host. If it is right, sign a new CRL."
        "Check the clock of this host. If it is right, the offline side has to sign a new CRL.";
    CrlFirst
        "H / W"
        "the first CRL of an issuer follows a floor given at `trust`; if there is no floor, compare its words at both ends"
        "There is no accepted CRL and no floor, so an old recording would look just as new."
        "Nothing has to be done here. Read the words of the CRL to the online side by telephone."
        "Compare the words with the offline side by telephone. If a CRL is in use already, give it: `trust --root ROOT.crt --crl IN-USE.crl`. If only its number is known: `trust --first-number N`.";
    CrlShortLife
        "W"
        "it expires later than the accepted CRL (CRL-NEXTUPDATE-BACK reports an earlier expiry), and is valid for at least the policy's minimum from now"
        "If it ends soon, there is little time to make and carry the next one."
        "Plan the next CRL now: this one expires soon, or no later than the one before."
        "Plan the next CRL with the offline side now: this one expires soon, or no later than the one before.";
    CrlValidity
        "R / W"
        "nextUpdate is at most twelve calendar months after thisUpdate. `ceremony rehearse` notes more than 365 days, the last second included, because some programs count so"
        "The longer a CRL is valid, the longer a relying party may go on with it after a revocation."
        "Sign a new CRL whose nextUpdate is at most 12 months after its thisUpdate."
        "The offline side has to sign a new CRL whose nextUpdate is at most 12 months after its thisUpdate.";
    CrlOutlivesIssuer
        "H / W"
        "nextUpdate is not later than the issuer's notAfter. Not checked for an issuer that has expired, which CRL-ISSUER-USAGE refuses"
        "After its issuer's end nobody can verify the CRL."
        "Sign a new CRL that expires no later than the issuer's certificate, or renew the issuer first."
        "If it is meant, accept it and state your reason. Otherwise the offline side signs one that expires no later than its issuer.";
    CrlNumberMissing
        "R"
        "CRLNumber is present, not critical, 0 ≤ n < 2^159"
        "Without a number nobody can tell an older CRL from a newer one."
        "Sign a new CRL with a non-critical cRLNumber from 0 to 2^159 - 1 (openssl: crlnumber)."
        "The offline side has to sign a new CRL with a non-critical cRLNumber from 0 to 2^159 - 1.";
    CrlNumberLower
        "R, exit 6"
        "the number is higher than the accepted one and higher than the floor; compared as big integers, never truncated"
        "An older CRL makes revoked certificates valid again."
        "Do not send it. Find out where this file comes from; `journal show` has the last CRL that was sent."
        "Do not publish it. Ask the offline side for the newest, and find out who sent this one: mostly it is an old recording.";
    CrlEquivocation
        "R, exit 6; W if the other is only held"
        "no two different CRLs have the same number. If another rule holds this CRL as well, both are held: then this finding is part of what people decide, with exit 6"
        "With two CRLs of one number, somebody can show different relying parties different revocations."
        "Stop. Two systems sign with this key, or one was restored from a backup. Find out which CRL was sent, then sign one with a higher number."
        "Publish neither before the offline side has explained why two CRLs have the same number.";
    CrlNumberJump
        "H"
        "the number grows by at most the policy's step (1000)"
        "A large step may be a mistake, and every number below it can never be used again."
        "If the jump is meant, send it with a recorded decision: `--decide CRL-NUMBER-JUMP --by NAME --because TEXT`."
        "Ask the offline side whether it issued the numbers between. If the jump is meant, accept the CRL (`held accept`) and state your reason.";
    CrlThisUpdateBack
        "R and exit 6 if earlier, H if equal"
        "thisUpdate is later than the accepted CRL's"
        "A higher number with an earlier date means that number and date contradict each other."
        "Find out whether the clock was right when each of the two CRLs was signed. Sign a new one with a later date."
        "Ask the offline side which CRL is the newest, and whether its clock was right when it signed.";
    CrlNextUpdateBack
        "W"
        "nextUpdate is not earlier than the accepted CRL's"
        "Whoever planned by the old date comes too late."
        "Make sure that the earlier nextUpdate is meant, and plan the next CRL before it."
        "Plan the next CRL with the offline side before the new date.";
    CrlExtCritical
        "R"
        "no unknown critical extension in the CRL or an entry; issuerAltName, freshestCRL, authorityInfoAccess, and invalidityDate and holdInstructionCode of an entry are not critical; no extension twice"
        "A relying party must refuse a CRL with a critical extension that it does not know."
        "Sign a new CRL without that extension, or with it as not critical."
        "The offline side has to sign a new CRL without that extension, or with it as not critical.";
    CrlExtUnknown
        "W / –"
        "no unknown non-critical extension in the CRL or an entry; the text names those of Microsoft AD CS (1.3.6.1.4.1.311.21.1, .4 and .14). Nor issuerAltName or authorityInfoAccess, which BR does not recommend in a CRL"
        "What nobody here knows, nobody here can check."
        "Leave the extension out, unless the relying parties of this CRL need it. To say so for good: `trust --off CRL-EXT-UNKNOWN --until DATE`."
        "Nothing has to be done if the relying parties need it. To say so for good: `trust --off CRL-EXT-UNKNOWN --until DATE`.";
    CrlPartial
        "R; freshestCRL R / W"
        "a complete CRL: not delta, not indirect, not for some reasons only, not for attribute certificates only, not both for end-entity certificates only and for CA certificates only; no entry with certificateIssuer, also none that names the CRL's own issuer"
        "A partial CRL leaves out revocations. Published as the complete one, it makes them vanish."
        "Sign a complete CRL: for all certificates of this CA, for all reasons, and only for its own."
        "Do not publish it. The offline side has to sign a complete CRL.";
    CrlIdp
        "not critical R / H; onlyContainsUserCerts from an issuer that may issue CA certificates R; differs from the accepted CRL's H; a name that is no URL, or relative to the issuer R / W; otherwise W"
        "issuingDistributionPoint is absent (what CRL-PARTIAL refuses is not reported twice); some relying parties refuse one without a distribution point name"
        "The extension limits what the CRL is for, or where it is found. If it changes, relying parties may no longer use the CRL."
        "Nothing has to be done if the extension is meant. A CRL for all certificates of a CA needs none."
        "Nothing has to be done if the extension is meant. If it is held because it changed, ask the offline side why.";
    CrlEmptyList
        "R / W"
        "revokedCertificates is absent rather than empty"
        "RFC 5280 has no empty list, and some relying parties refuse one."
        "Sign with software that leaves revokedCertificates out as long as no certificate is revoked."
        "The offline side leaves revokedCertificates out as long as no certificate is revoked.";
    CrlSerial
        "not positive or more than 20 octets R / W; twice R"
        "an entry's serial number is positive, has at most 20 octets and occurs once. Only a warning in `private`, so that a certificate with a bad serial number can still be revoked"
        "An entry that appears twice has two dates, and a serial number that no certificate can have revokes nothing."
        "Sign a new CRL that lists each certificate once, with the earliest date."
        "The offline side has to sign a new CRL that lists each certificate once, with the earliest date.";
    CrlSelf
        "H"
        "a root's CRL does not revoke the root. A root is here a certificate that verifies under its own key, with any hash. If the signature cannot be verified here, it is a certificate that is self-issued and names no other key"
        "No relying party acts on such an entry: a root is trusted by itself. Mostly a serial number was mistyped."
        "Find out whether this was meant. A root's compromise is told to its users in another way."
        "Ask the offline side whether it meant to revoke its own certificate; no relying party acts on such an entry.";
    CrlRevocationDate
        "R / W"
        "revocationDate is not later than thisUpdate"
        "A date after the CRL's own says that something was revoked that is not revoked yet."
        "Sign a new CRL whose revocation dates are not later than its thisUpdate. If thisUpdate is back-dated, back-date it by less."
        "Ask the offline side for a new CRL whose revocation dates are not later than its thisUpdate.";
    CrlReason
        "absent and 0 R / W; 2 W / –; 6, 7, 8 and unknown ones R; 10 R / W; critical R"
        "each entry has a reasonCode that suits a CA certificate: 1, 3, 4, 5 or 9. zlint and pkilint refuse 2 (cACompromise) too, which the table of BR does not have. Here it is only a warning: a CRL that says it is genuine and urgent, and refusing it would keep a compromised CA in use"
        "Some reasons do not fit a CA certificate, or lift a revocation again."
        "Give each entry a reason that fits a CA: keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn."
        "Ask the offline side for a new CRL whose reasons fit a CA. A warning alone needs nothing.";
    CrlEntryVanished
        "R and exit 6; H if the expiry is not known, or if a rule rejects the entry itself"
        "every entry of the accepted CRL, or of the one that is only a floor, is still present, unless its certificate had expired (inventory) before that CRL's thisUpdate. A rule can reject an entry only of a floor. Not checked for a CRL that CRL-NUMBER-LOWER refuses"
        "What is no longer listed is valid again."
        "Do not send it unless every named certificate has expired: restore the entries, and sign a new CRL."
        "Do not publish it unless every named certificate has expired: revoked ones would become valid again. The offline side restores the entries.";
    CrlEntryChanged
        "H"
        "no entry's date or reason changed, except to keyCompromise"
        "A later date or a milder reason makes signatures valid again that were not."
        "Find out why the named entries changed. If it is meant, send it with a recorded decision: `--decide CRL-ENTRY-CHANGED --by NAME --because TEXT`."
        "Ask the offline side why the named entries changed. If the change is meant, accept the CRL (`held accept`) and state your reason.";
    CrlEntryUnknown
        "W"
        "the serial number of each new entry (one that the accepted CRL did not have) is in the inventory. Checked only if there is an accepted CRL and the inventory is not empty: otherwise every entry would be unknown"
        "A mistyped serial number revokes nothing."
        "Compare the new serial numbers with the record of issued certificates."
        "Compare the new serial numbers with the offline side. Certificates that were never carried here are unknown here.";
    CrlInUse
        "W, shown first; H where `trust --hold-mass-revocation N` was given and more than N are revoked"
        "no new entry (in a first CRL: no entry) revokes a CA certificate that is published here. The text says whose certificate it is, and that everything issued under it stops working. Of those that have not ended, more than N hold the CRL; without that option, no number does. Offline, `ceremony rehearse` and `ceremony sign` ask for a typed confirmation where a CRL revokes more than a quarter of the CA certificates in use here, or more than N"
        "Everything issued under that CA stops working at once."
        "Make sure that this revocation is meant, and tell the CA's users before it is published."
        "Telephone the offline side if you did not expect it, and tell the CA's users: its certificates stop working.";
    CertDer
        "R; a PrintableString or IA5String with characters it cannot have R / W"
        "as CRL-DER; an empty list is malformed too; a public key has at most 16 KiB"
        "DER has one encoding for one content. Programs disagree about anything else."
        "Copy the file again. If the finding stays, issue a new certificate with software that writes DER."
        "Ask for the file again. If the finding stays, the offline side has to issue a new certificate with software that writes DER.";
    CertVersion
        "R"
        "v3, no unique identifiers"
        "Only v3 has extensions, and without them nothing says that this is a CA."
        "Issue a new certificate as v3, without issuerUniqueID and subjectUniqueID."
        "The offline side has to issue a new certificate as v3, without issuerUniqueID and subjectUniqueID.";
    CertAlgorithmMatch
        "R"
        "as CRL-ALGORITHM-MATCH"
        "The field outside is not signed. If it may differ, somebody can change it on the way."
        "Issue a new certificate; both algorithm fields must come from the same signing."
        "Compare words with the offline side: the file was changed, or its software writes it wrong.";
    CertAlgorithm
        "as CRL-ALGORITHM"
        "as CRL-ALGORITHM"
        "With a weak hash or key, somebody else can make a valid signature. An unusual encoding is refused by some relying parties."
        "Issue a new certificate, signed with an algorithm of the list for CRL-ALGORITHM that fits the issuer's key."
        "The offline side has to issue a new certificate, signed with an algorithm of the list for CRL-ALGORITHM.";
    CertIssuer
        "R if unequal by §7.1; R / W if equal by §7.1 but not byte-identical"
        "the issuer is the issuer certificate's subject"
        "A chain is built by names, and some relying parties compare them byte for byte."
        "Check that this certificate belongs to this issuer. Its issuer name must equal the issuer's subject, byte for byte."
        "Ask the offline side which CA issued it. Its issuer name must equal the issuer's subject, byte for byte.";
    CertSignature
        "R"
        "the signature verifies under the issuer's key, over the received bytes"
        "The signature is the only proof that the certificate is the issuer's."
        "Do not send it. The file was changed, or another key signed it: compare it with the record of the ceremony."
        "Do not publish it. Compare the words with the offline side: the certificate was changed, or another key signed it.";
    CertTimeEncoding
        "R"
        "as CRL-TIME-ENCODING"
        "Relying parties refuse a time in another form, or read another time."
        "Issue a new certificate with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z."
        "The offline side has to issue a new certificate with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z.";
    CertExtCritical
        "R"
        "no unknown critical extension, and no unknown qualifier in a critical certificatePolicies; subjectKeyIdentifier, issuerAltName, freshestCRL, authorityInfoAccess and subjectInfoAccess are not critical"
        "A relying party must refuse a certificate with a critical extension that it does not know."
        "Issue a new certificate without that extension, or with it as not critical."
        "The offline side has to issue a new certificate without that extension, or with it as not critical.";
    CertExtTwice
        "R"
        "no extension twice"
        "Two extensions of one kind can contradict each other, and each relying party reads another one."
        "Issue a new certificate that has each extension only once."
        "The offline side has to issue a new certificate that has each extension only once.";
    CertAki
        "R if keyIdentifier differs; R if there is none and authorityCertIssuer or authorityCertSerialNumber differs; R / W if these differ although keyIdentifier is right, if the extension is absent, in another form or critical, or if the issuer has no subjectKeyIdentifier and the SHA-1 of its key differs; R if critical"
        "authorityKeyIdentifier names the issuer's key"
        "Relying parties find the issuer's certificate by this identifier."
        "Issue a new certificate whose authorityKeyIdentifier has the issuer's subjectKeyIdentifier and nothing else (openssl: keyid:always)."
        "The offline side has to issue a new certificate whose authorityKeyIdentifier has the issuer's subjectKeyIdentifier and nothing else.";
    CertIssuerUsage
        "R; H / W if notBefore is before its own"
        "the issuer is a CA (a root without basicConstraints counts as one, because people chose it); its keyUsage, if present, has keyCertSign; it is valid now; its path length allows a CA; it is not revoked on its parent's accepted CRL, nor cut off (see CRL-ISSUER-STATUS); notBefore is not after its end, and not before its own notBefore, which for a certificate of a key that is known here is only a warning"
        "Relying parties refuse what an issuer signed that may not sign certificates, had ended, or allows no CA below it."
        "Use a valid issuer that may sign certificates and whose path length allows a CA below it. If it was renewed, `trust` the new one."
        "If the issuer was renewed, `trust` or receive its new certificate first. Otherwise ask the offline side.";
    CertSerial
        "R if not positive, of more than 20 octets, or used before by this issuer (also in a root's own certificate); W if of fewer than 8 octets"
        "the serial number is positive, has 8 to 20 octets and is new for this issuer"
        "A CRL revokes by serial number. Two certificates with one number are revoked together, and a number that can be foretold helps a forger."
        "Issue a new certificate with a random, positive, unused serial number of 8 to 20 octets."
        "The offline side has to issue a new certificate with a random, positive, unused serial number of 8 to 20 octets.";
    CertBasicConstraints
        "R; not critical R / W; no path length H / W"
        "present, cA TRUE, path length below the issuer's"
        "This extension says that the certificate is a CA's, and how many CAs may be below it."
        "Issue a new certificate with critical basicConstraints, cA TRUE, and a path length below the issuer's."
        "The offline side issues a new certificate with critical basicConstraints. If only a path length is missing and that is meant, accept it and state your reason.";
    CertKeyUsage
        "R; not critical R / W; no cRLSign R / W; more than digitalSignature besides R / W"
        "keyUsage is present and critical, with keyCertSign and cRLSign, and at most digitalSignature besides"
        "Relying parties refuse certificates and CRLs of a key that may not sign them."
        "Issue a new certificate with a critical keyUsage of keyCertSign and cRLSign."
        "The offline side has to issue a new certificate with a critical keyUsage of keyCertSign and cRLSign.";
    CertSki
        "R / W if absent; H if it or the subject clashes"
        "subjectKeyIdentifier is present; neither it nor the subject is known here with another key (of the issuer, of a trusted issuer or of a certificate in an inventory). A re-key of the same CA is exactly this case, and needs a decision. The line that says what the item is names its key and the other keys"
        "Relying parties find issuers by name and identifier. Two keys under one of them make them take the wrong one."
        "Compare with the CA of the same name or identifier. If a new key for this CA is meant, tell the online side: it holds the item until somebody there decides."
        "Compare the key with the offline side by telephone. If a new key for this CA is meant, accept it (`held accept`) and state your reason.";
    CertContinuity
        "H"
        "a key that is known here (of a trusted issuer or of a certificate in an inventory) keeps its subjectKeyIdentifier, and its name keeps its encoding, byte for byte. Relying parties find the issuer of what this CA issued by both. A certificate without subjectKeyIdentifier is a matter of CERT-SKI. A ceremony keeps both from the certificate in `replaces`, or else from what the state knows of the key, and refuses a difference unless the request says `new_identifier = true` with a reason"
        "What this CA issued before names it by both. If one of them changes, relying parties no longer find its issuer."
        "Issue it again with the name and identifier that this key has already. A ceremony takes both from the certificate in `replaces`."
        "Ask the offline side whether the change is meant. If so, accept it (`held accept`) and state your reason.";
    CertSubject
        "R / W; no C, O or CN, and an OU R / –; of a key that is known here under this name W"
        "no attribute of the subject is empty, and none has more characters than RFC 5280 (Appendix A.1), X.520 and BR allow: CN, O, OU, title and serialNumber 64; L, ST, street and pseudonym 128; postalCode 40; C exactly 2; DC 63; emailAddress 255. A publicly trusted CA has C, O and CN, and no OU. A key that is known here under this name keeps it (CERT-CONTINUITY, BR 7.1.2.2.2), so a cross certificate or a renewal is only warned about"
        "Relying parties and auditors refuse names that are too long, and browsers require certain parts of a CA's name."
        "Issue a new certificate with a subject of C, O and CN, each within its bounds, and without OU."
        "The offline side has to issue a new certificate with a subject of C, O and CN, each within its bounds, and without OU.";
    CertKeyEkuMixed
        "R / W"
        "no other certificate of this key has other purposes in extKeyUsage, or none: of the trusted issuers, of what is published here, and of what was signed or sent from here, by whatever issuer. One that has ended or is revoked does not count, nor does a root's own certificate without extKeyUsage"
        "One key with two purposes can be used for the one under the rules of the other."
        "Give it the purposes of the other certificate. Or let the CA make a new key, or revoke the other certificate first."
        "Ask the offline side: the new certificate needs the purposes of the other one, or another key.";
    CertEku
        "R / –; clientAuth and purposes that are neither required nor forbidden W / –; in a cross certificate absent for an affiliated CA, or no serverAuth W / –"
        "extKeyUsage is present and not critical, has serverAuth, and has none of codeSigning, emailProtection, timeStamping, OCSPSigning, anyExtendedKeyUsage and the signing of precertificates. A cross certificate may have OCSPSigning and the signing of precertificates, with a warning. If `trust --affiliated` names its CA, it may have anyExtendedKeyUsage alone, or no extKeyUsage. Without serverAuth it is for a CA that is not for TLS, and may have any other purpose, but no reserved policy (CERT-POLICIES)"
        "Browsers require that a CA for TLS is for TLS alone."
        "Issue a new certificate with serverAuth in extKeyUsage, and nothing that a TLS CA must not have."
        "The offline side has to issue a new certificate with serverAuth in extKeyUsage, and nothing that a TLS CA must not have.";
    CertPolicies
        "R / –; a policy twice, and a mapping from or to anyPolicy R; policyConstraints or inhibitAnyPolicy not critical R / W; beyond the issuer's W; anyPolicy in a cross certificate for a CA that is not affiliated W / –"
        "certificatePolicies is present and not critical, with anyPolicy alone or exactly one reserved identifier (2.23.140.1.1 or 2.23.140.1.2.1 to .3; a cross certificate may have several), and with no qualifier but http and https URLs of the CPS. In both profiles: no policy stands there twice (Go does not read such a certificate), policyMappings has no anyPolicy (path validation ends there, §6.1.4(a)), policyConstraints and inhibitAnyPolicy are critical, and each policy is one that the issuer's certificate has, or maps to. anyPolicy means what the issuer has; an issuer without certificatePolicies, and a root's own, limit nothing, as in OpenSSL. No policy tree is built"
        "A certificate with malformed policies is not read at all by some relying parties, and a path with wrong ones ends."
        "Issue a new certificate with certificatePolicies of anyPolicy alone, or of one reserved identifier."
        "The offline side has to issue a new certificate with certificatePolicies of anyPolicy alone, or of one reserved identifier.";
    CertCdp
        "R / W; W if a URL is not served here"
        "cRLDistributionPoints is present, not critical, and has http URLs with a host and nothing else, for all reasons; each is below a URL given with `trust --serves`, if any are given"
        "Without an address of the CRL, relying parties cannot learn that the certificate is revoked."
        "Issue a new certificate with a non-critical cRLDistributionPoints that has one http URL of the host that publishes."
        "Compare the URL with where this host publishes. If it is served elsewhere, copy the CRL there. `trust --serves URL` names what is served here.";
    CertAia
        "absent, or without caIssuers W; R / W"
        "authorityInfoAccess is present, gives caIssuers, and has nothing but caIssuers and OCSP, both as http URLs with a host"
        "Relying parties that lack the issuer's certificate look for it at this address."
        "Issue a new certificate with a non-critical authorityInfoAccess that has an http URL of the issuer's certificate."
        "Serve the issuer's certificate at that URL. If the extension is wrong, the offline side has to issue a new certificate.";
    CertNamePermitted
        "R; W for what only some relying parties refuse"
        "every name in the certificate is one that the nameConstraints of its issuer, and of every issuer above that, permit (below)"
        "Relying parties refuse a certificate whose names the CAs above it may not certify."
        "Issue a new certificate with a name that they permit, or let another CA issue it."
        "The offline side has to issue a new certificate with a name that they permit.";
    CertNameConstraints
        "W"
        "nameConstraints, if present, is critical, has no minimum or maximum, and each subtree has the syntax of its form"
        "Relying parties that do not know the extension ignore it if it is not critical."
        "Issue a new certificate with critical nameConstraints, without minimum and maximum."
        "Nothing has to be done if the relying parties know nameConstraints. The next certificate should have it as critical.";
    CertValidity
        "R if expired; outlives its issuer R / W; begins more than 10 minutes ahead H; more than 8 years H / W"
        "the validity begins at most 10 minutes ahead of the clock, has not ended, ends no later than the issuer's, and is at most 8 years"
        "Relying parties refuse a certificate before it begins and after it ends, and a chain ends with its shortest certificate."
        "If it begins later, wait. Otherwise issue a new certificate with dates within the issuer's and at most 8 years apart."
        "Check the clock of this host. If it is right and the dates are meant, accept it (`held accept`); one that has ended is replaced.";
    CertKey
        "R; RSA exponent below 65537 W; an RSA modulus whose bits 8 does not divide R / W"
        "RSA of 2048 to 8192 bits (checked first, by the size alone), in `webpki` a multiple of 8, exponent odd and at least 3, no factor below 752, not of the weak form of CVE-2017-15361 (ROCA); a point on P-256, P-384 or P-521; Ed25519; ML-DSA"
        "A weak key can be computed, and then anybody can sign as this CA."
        "The subordinate CA makes a new key (RSA of 2048 bits or more, P-256, P-384, P-521, Ed25519 or ML-DSA) and a new request."
        "Do not publish it. The subordinate CA needs a new key, and the offline side issues a new certificate.";
    CertRequest
        "H if requests are registered and none matches; W if none is registered"
        "the public key is that of a registered request"
        "Only the certification request shows which key the subordinate CA asked a certificate for."
        "Give the request: `check --request FILE`. If the keys differ, find out who put another key into the certificate."
        "Register the request: `trust --root ROOT.crt --request FILE`. If the keys differ, ask the offline side before anybody accepts it.";
    CertRevoked
        "R"
        "it is not on the currently accepted CRL of its issuer; nor was a certificate for its key, from whatever issuer, revoked as compromised. `ceremony rehearse` and `ceremony sign` refuse a request for a key of which a certificate is revoked as compromised: `replaces`, or a certificate that the state knows, on the CRL in use or revoked by the same request. For another reason a note and the difference say it"
        "A revoked certificate must not be published, and a key that others have must not get a new one."
        "Do not send it: it is revoked. The subordinate CA needs a new certificate, and a new key if its key is compromised."
        "Do not publish it: it is revoked. The subordinate CA needs a new certificate, and a new key if its key is compromised.";
    CertAnchor
        "R"
        "it does not verify under its own key: a new trust anchor never arrives this way"
        "Whoever could send a new root over the link could make everything below it valid."
        "Carry the root's certificate to the online side by hand, and compare its 16 words there."
        "Compare the root's 16 words with the offline side, then `trust --root` it. A new trust anchor never arrives as an item.";
    CertNotCa
        "R"
        "the certificate is a CA's, with a name: an end-entity certificate is not an item"
        "Rootcast carries what a root publishes: CRLs and CA certificates."
        "Leave it out: only CA certificates are carried."
        "Tell the offline side to leave it out: only CA certificates are carried.";
}

//! The rules of a ceremony, which only the offline side checks: before the key is used, and when its result is read back.
//! A row is a rule, its id, what it asks for, why, and what to do on the offline side. The first text is that of
//! `docs/rules.md`; a test compares them.

macro_rules! ceremony_rules {
    ($($rule:ident $id:literal $what:literal $why:literal $next:literal;)*) => {
        /// A rule of a ceremony.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum CeremonyRule {
            $($rule,)*
        }

        impl CeremonyRule {
            /// Every one, in the order of the document.
            pub(super) const ALL: &[CeremonyRule] = &[$(CeremonyRule::$rule,)*];

            /// The stable id, for example `SIGN-HEAD`.
            pub(super) const fn id(self) -> &'static str {
                match self { $(CeremonyRule::$rule => $id,)* }
            }

            /// What it asks for.
            pub(super) const fn what(self) -> &'static str {
                match self { $(CeremonyRule::$rule => $what,)* }
            }

            /// What could go wrong without it.
            pub(super) const fn why(self) -> &'static str {
                match self { $(CeremonyRule::$rule => $why,)* }
            }

            /// What to do on the offline side.
            pub(super) const fn next(self) -> &'static str {
                match self { $(CeremonyRule::$rule => $next,)* }
            }
        }
    };
}

ceremony_rules! {
    ReqStrict "REQ-STRICT"
        "the request is one file; the program refuses unknown keys, and characters that are invisible or change how others are shown, and names their line; it shows the file's digest in words and hexadecimal; outputs must not exist"
        "People approve what they read. A file that a program reads in another way than people do makes approvals worthless."
        "Correct the line that the message names, have the request reviewed again, and rehearse again. `ceremony new` writes one to fill in.";
    ReqPrevious "REQ-PREVIOUS"
        "the previous CRL is an input: it verifies under the issuer, is strict DER, has no unknown critical extension, and is not partial as a whole (CRL-PARTIAL, CRL-IDP). Warnings about it stop nothing, nor does its age; state and journal have no newer one that was signed or sent here, except one that the request abandons and that was never sent; if there is no previous CRL at all, the request says `first = true`"
        "The new CRL continues the one before. Without that one, entries would be lost, and a number could be used twice."
        "Give the newest CRL of this root as `previous_crl`. If there never was one, write `first = true`. If the newest one is wrong and was never sent, write `abandon`, and give the CRL before it.";
    ReqNumber "REQ-NUMBER"
        "the number is one above the highest number known to be used, even if a failed first ceremony used it"
        "If a number is used twice, there are two CRLs with one number (CRL-EQUIVOCATION)."
        "Rehearse again into a new folder, and collect new approvals. The program skips the burned number.";
    ReqCarry "REQ-CARRY"
        "the entries of the previous CRL, and its issuingDistributionPoint, are carried over byte for byte; an entry that a rule rejects under the root's policy needs a decision in the request (`[[crl.decide]]`): `revoke` makes one entry, with the earliest final date and the reason that can stay, or those given where none can; a compromise stays one; `drop` makes none, for removeFromCRL as the only reason and for one certificateIssuer that names another issuer; new entries are given as certificates that verify under the issuer; each has a reason and a date not after thisUpdate"
        "A certificate that is no longer listed counts as valid again. An entry that was changed by mistake revokes wrongly."
        "Write a `[[crl.decide]]` for each entry that the message names: it has the lines. If it names a file, give the certificate that this issuer really issued.";
    ReqClock "REQ-CLOCK"
        "the machine's time is not before the month in which this version was released, nor before the thisUpdate of the previous CRL or of a CRL that was sent; it is within the issuer's validity, unless the request makes or renews a root; at a signing it is within five minutes of the time that somebody typed from another clock; a CRL that was signed here and never sent does not count"
        "This clock decides whether the dates of the request may be signed. If it is wrong, a CRL is signed that has ended already, or that no CRL with a right date can follow."
        "Read the time in UTC from another clock, with two people. If it was mistyped, type it again. Otherwise set the clock of this host, then run the same command again.";
    ReqFuture "REQ-FUTURE"
        "thisUpdate and notBefore are at most 31 days ahead at a rehearsal, and at most 10 minutes ahead of the confirmed time at a signing"
        "Relying parties refuse what has not begun. No CRL with an earlier thisUpdate can follow one that begins far ahead."
        "If the date is wrong, correct it, and rehearse again. If it is right, wait: the message says when it can be signed, and the approvals still count.";
    ReqPurpose "REQ-PURPOSE"
        "the root's key signs only CRLs, certificates of subordinate CAs, cross certificates and its own certificate; there is no leaf profile; a new root in `[root]` is refused if a root with that key is trusted or was retired here, or one with that name that the same request does not certify; `[root]` with `replaces` renews a trusted root with its key"
        "A root's key is for CRLs and CA certificates. Each other use is a risk for everything below it."
        "Correct the profile, or the key in `[root]`. For a renewal of a trusted root, write `replaces` in `[root]`.";
    ReqCsr "REQ-CSR"
        "a certification request is signed with the key in it, and CERT-KEY accepts that key; its name and identifier are compared and shown where they differ; its name is taken only where the request says `subject = \"as in the csr\"`, and nothing else. Without one, the key is that of a root's certificate in `replaces`, which the key signed itself. The key is not the signing key. A certificate with a longer path length than the one in `replaces`, with none instead of one, or without its nameConstraints needs `wider = true` and a reason; every difference from it is shown"
        "A certification request proves that whoever made it holds the key. Name and rights come from the request that people reviewed."
        "Ask the CA for a new certification request, or correct `csr`, `replaces` or `subject`. If a renewal should allow more, write `wider = true` and `because`.";
    KeyPinned "KEY-PINNED"
        "the token has the label and the serial number of the site file, and the key its label and public key. If several tokens fit, as those without a serial number may, the one that shows the pinned public key without a login is meant; two such are refused. A token that shows other keys under that label, and not the pinned one, is refused before anybody types a PIN"
        "Another key under the same label could sign in the name of the root."
        "Compare `token list --module FILE` with the record of the key ceremony. Unplug other tokens. Never change the site file only to fit what you find.";
    KeyPin "KEY-PIN"
        "the PIN is typed on a terminal or on the token's pinpad; each run tries it once"
        "A token locks after a few wrong PINs, so the program never tries twice."
        "Do not guess: each wrong PIN counts. Ask the key holder. If the PIN is locked, the security officer unlocks it with the vendor's program.";
    KeyEscrow "KEY-ESCROW"
        "`[escrow]` stands beside a new `[root]` and names two groups. The token is tried with a key to throw away: it wraps and unwraps this kind of key, or nothing is made. Pages go to a USB printer or into memory without swap. The wrapped key is in the journal before the token has a key that stays. A key that was made for escrow signs only after `escrow verify` restored it from its pages into a second token; if its making ended early, it never signs. The newest set that was verified, and whose pages are not destroyed, counts: a later set that nobody verified takes nothing away, nor does an attempt that ended early. What was never to stay in a token is destroyed, and looked for afterwards. A key that stays there is destroyed only by a typed word. A token into which a run was putting the key when it was killed signs only after that was done again. A verification refuses the token with which the pages were made. A drill refuses a token that shows the key of a root, or had it by the journal"
        "Nobody knows whether the pages are of use until somebody has restored the key from them."
        "Run `escrow verify --site FILE` with the site file of a second token. The message says what else is missing.";
    ApprovePinned "APPROVE-PINNED"
        "the rule for approvals is the one that the first signing pinned, or one that a change made since; a change stands alone in its request, and people approve it by the rule before it, in the same state. After a reset, and after an upgrade from a version that pinned no rule, somebody confirms a rule that is weaker than the one before it or cannot be compared with it"
        "Whoever can change the rule for approvals can sign alone."
        "Use the site file and lists of the pinned rule. To change it, rehearse a request with `[approvals]` alone. If too few of its people can still approve: `ceremony approvals reset`.";
    ApproveQuorum "APPROVE-QUORUM"
        "at least m of n different people approved exactly the bytes to be signed; so many can approve when it is rehearsed"
        "One person alone must not be able to sign something that nobody else saw."
        "Have the others compare the words of `to-be-signed.txt`. Each signs it with `ssh-keygen -Y sign -n rootcast-ceremony -f KEY to-be-signed.txt`. Then give every signature file with `--approval`.";
    JournalChain "JOURNAL-CHAIN"
        "every use of the key through this program is an entry of the journal's hash chain. The chain has no key, so a rewrite shows only against a head that was kept elsewhere"
        "A use of the key that is not on record cannot be found later."
        "Keep the journal as it is, as evidence. Compare it with the heads on paper (`journal verify --head WORDS`), and restore its backup. If there is none: `journal begin --by NAME --because TEXT`.";
    SignHead "SIGN-HEAD"
        "the journal's head on paper stands in the journal, and nothing was signed after it. Not asked while the journal holds no signature. An operator can sign without it and give a reason, which the journal keeps"
        "A state that was restored from a copy does not know the numbers used since, and would use one of them twice."
        "Read the paper again. If the head is not in this journal, restore the newest backup of the state. If something was signed after it and nobody knows that signing, stop: the key was used without you. If the paper is lost: `--no-head --because TEXT`.";
    SignRehearsed "SIGN-REHEARSED"
        "a rehearsal's folder is as the rehearsal left it, and the bytes to be signed are the same when they are built again"
        "People approved exact bytes. If anything in the folder changed since, their approval is for something else."
        "Find out who changed the folder. Rehearse into a new one, and have it approved again.";
    SignReadback "SIGN-READBACK"
        "a second parser reads the signed object: it verifies under the pinned key, has every intended field and nothing else, and is byte for byte what was approved"
        "A faulty or foreign token could sign something other than what it was given."
        "Stop, and keep everything as it is. Do not send the object. Find out what changed it between approval and signature. To go on, rehearse into a new folder.";
}

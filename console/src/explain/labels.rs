//! What each label of an error means, and what to do. A row is a label, the side whose program ends so, the rule behind
//! it if it is always the same one, what happened, what to do, and both besides on one side. A label without a row does
//! not compile. The texts are those of `docs/errors.md`; a test compares them.

use rootcast_host::diagnosis::Label;

use super::side::EndsOn;

/// The texts about a label.
#[derive(Clone, Copy, Debug)]
pub(super) struct LabelText {
    /// Whose program ends so.
    pub(super) ends_on: EndsOn,
    /// The rule behind it, if it is always the same one.
    pub(super) rule: Option<&'static str>,
    /// What happened; paragraphs, and lines that begin with `- `.
    pub(super) what: &'static str,
    /// What may have happened on the offline side besides.
    pub(super) offline_what: Option<&'static str>,
    /// What may have happened on the online side besides.
    pub(super) online_what: Option<&'static str>,
    /// What to do, on either side.
    pub(super) next: &'static str,
    /// What to do on the offline side besides.
    pub(super) offline: Option<&'static str>,
    /// What to do on the online side besides.
    pub(super) online: Option<&'static str>,
}

/// The text in the brackets, if there is one.
macro_rules! given {
    () => {
        None
    };
    ($text:literal) => {
        Some($text)
    };
}

macro_rules! texts {
    ($(
        $label:ident $ends_on:ident
        $(rule $rule:literal)?
        what $what:literal
        $(offline_what $offline_what:literal)?
        $(online_what $online_what:literal)?
        next $next:literal
        $(offline $offline:literal)?
        $(online $online:literal)?;
    )*) => {
        /// The texts about this label.
        pub(super) const fn text(label: Label) -> LabelText {
            match label {
                $(Label::$label => LabelText {
                    ends_on: EndsOn::$ends_on,
                    rule: given!($($rule)?),
                    what: $what,
                    offline_what: given!($($offline_what)?),
                    online_what: given!($($online_what)?),
                    next: $next,
                    offline: given!($($offline)?),
                    online: given!($($online)?),
                },)*
            }
        }
    };
}

texts! {
    Usage Both
        what "The command cannot run as given: an unknown or missing option, options that exclude each other, or no state directory. Nothing was done."
        next "correct the command. `--help` after the command lists its options.";
    LinkName Both
        what "The program cannot understand a `--link`: an unknown kind, an option that this link does not have, or a number out of range. Nothing was sent or received."
        next "use a kind and options from the list in the message.";
    FileUnreadable Both
        what "A named file or folder does not exist, is of the wrong kind (a directory where a file is expected, a CRL where a recording is), or may not be read."
        next "what the message says: it names what the file is. Otherwise check path and permissions.";
    FileTooLarge Both
        what "A named file is larger than the program can use. It was not read."
        next "check that it is the right file.";
    OutputExists Both
        what "An output file exists, or an output folder already holds frames. Or `trust`, `ceremony keygen` or a first `ceremony sign` would begin a state in a folder that holds something else, such as the state of the other program. Nothing was overwritten, sent, trusted, made or signed."
        next "name another file or folder, or move the old one away yourself.";
    ConfigurationRefused Both
        what "A configuration file was refused, and nothing else was done. Below `/etc/rootcast`, somebody else than root may write the file or a folder above it, or one of them is a symbolic link. A file named with `--config` is inside the state, or another user, its group or others may write it or a folder above it. Or its text is wrong: the message has the line, what was expected, and the key that was probably meant."
        next "if others may write it, look who changed it last, and then do what the message says. Otherwise correct the line. A file named with `--config` takes the place of the one in `/etc/rootcast`.";
    NotEnrolled Both
        what "This state directory trusts no root."
        next "check `--state` (and `ROOTCAST_STATE`) first: a mistyped path looks the same."
        offline "at a first start, run `trust --root ROOT.crt`, or sign a first ceremony."
        online "at a first start, run `trust --root ROOT.crt`, and add `--crl IN-USE.crl` if a CRL is in use already.";
    RootRefused Online
        what "A certificate cannot be trusted as a root. The rule (ROOT-NAME, ROOT-KEY, ROOT-CLASH) says why. The root is not trusted."
        next "check that the file is the root's own certificate. `explain RULE` says what the rule asks for.";
    NotConfirmed Both
        what "The person did not type the word, or nobody could be asked because standard input is not a terminal. Nothing was done. `trust` with `--yes` ends like this where the certificate is not self-issued, and so is not a root's own certificate: give `--sha256`, or have a person type the word. `retire` ends like this while a certificate below the issuer still needs its CRLs."
        offline_what "`ceremony sign` with `--yes` ends like this where somebody has to type `pin`: the rule for approvals is weaker than the one before it, or cannot be compared with it. There are two exceptions: after `ceremony approvals reset`, and after an upgrade if the folder of the last signing is not there and the new rule asks for as many people as approved that signing. Then `--yes` goes on with a warning. `ceremony rehearse` and `ceremony sign` end like this where nobody confirmed a mass revocation (CRL-IN-USE). A first `ceremony sign` ends like this where the state has no record of making the key, and nobody types `elsewhere`. A script with a rehearsal key is only warned."
        next "run the command again at a terminal. In a script, give `--yes`, or better `--sha256 HEX` for `trust`. For `retire`, wait until these certificates have expired or are revoked, or give `--by NAME --because TEXT`."
        offline "a person types `pin` to pin a weaker rule. For a mass revocation, compare the certificates that the error names with what is meant. For a key without a record, give the `--state` of `ceremony keygen`.";
    SourceRefused Offline
        what "A rule rejects or holds an item, so the item was not sent and no transmission was recorded. If an item is only held, you can send it with a recorded decision (`--decide RULE --by NAME --because TEXT`). You can never send a rejected one. The offline `trust` gives this label for a certificate that cannot be trusted as a root."
        next "read the findings: they name the rule and the numbers, and `explain RULE` says more. If the CRL was just signed, sign a corrected one with a higher number. Do not carry the refused file across by other means: the online side would refuse it by the same rule.";
    BundleRefused Offline
        what "The given items cannot go into one bundle, or a bundle file is damaged or was made with another state directory. Nothing was sent."
        next "make the bundle again from the files.";
    RequestRefused Offline
        what "The program refuses a ceremony's request. No key was used, and no number is burned. The reason is one of these:\n- a mistake in the request file (REQ-STRICT, with the line);\n- a previous CRL of another root, an older one, or one that is partial or not strict DER (REQ-PREVIOUS);\n- a certificate to revoke that another CA issued (REQ-CARRY);\n- a certification request whose own signature is wrong, or a certificate in `replaces` that has another key than the request (REQ-CSR);\n- a certificate for the signing key itself: in a root roll, the old root certifies the new one (REQ-CSR);\n- a renewal that would allow more than the certificate in `replaces`: a longer path length, none, or no nameConstraints (REQ-CSR). The message says what, and how a request asks for it;\n- a key of which a certificate is revoked as compromised, or is revoked so by the same request (CERT-REVOKED). The CA needs a new key;\n- a name, an encoding or an identifier that differs from what is known of the key (CERT-CONTINUITY). The message says what would break, and how a request asks for it;\n- entries of the previous CRL that the new one cannot carry over, or a wrong decision about one (REQ-CARRY). The message has the lines that the request needs;\n- a profile that does not exist, or a new root that is trusted or was retired here (REQ-PURPOSE);\n- a clock that is wrong or disagrees with the typed time (REQ-CLOCK);\n- a thisUpdate or notBefore that is more than 31 days ahead, or at the signing more than ten minutes (REQ-FUTURE). The message says when it can be signed;\n- a site file that does not fit the request;\n- a rule that the online side would apply to what would be signed."
        next "correct the request, have it reviewed again, and rehearse again. If a date is right and lies ahead, wait until it can be signed: the approvals still count.";
    RehearsalChanged Offline
        rule "SIGN-REHEARSED"
        what "Since the rehearsal, a file in its folder was changed, removed or added. Or the program built the bytes to be signed again, and they differ. No key was used."
        next "find out who changed it. Rehearse into a new folder, and have the new rehearsal approved.";
    ReadBackFailed Offline
        rule "SIGN-READBACK"
        what "The signed object is not what people approved. The message names the field. The program did not release the object, and its number stays burned. You also see this label if `signed/` of an interrupted signing does not match the journal's record of what the key signed. Do not send such files."
        next "stop, and keep everything as it is. Find out what changed the object between approval and signature. To go on, rehearse into a new folder, and collect new approvals.";
    NumberBurned Offline
        rule "REQ-NUMBER"
        what "An earlier signing of this rehearsal began and released nothing (the message says how it ended). Or another signing has burned its CRL number since. This run did not use the key."
        next "run `ceremony rehearse` into a new folder, and collect new approvals. A burned number is never used again.";
    Incomplete Online
        what "The links ended or the `--timeout` passed before any object was complete. This is harmless, and the program keeps the symbols received. The message says whether anything was published.\n\nA run without `--once` and `--expect` that heard only beacons is complete: it says that the link works, and its exit code is 0."
        next "have the items sent again over any link, and run the same `receive` again. The message may say more:\n- Expected items did not come (`--expect`): the message has their words. Other items may have been published. Ask the offline side which items it sends, and read the words again.\n- Nothing new came (`--once`): what came was published here before. Perhaps it is the right item and came earlier. Perhaps somebody repeats an old recording. Ask the offline side for the words of the newest item, and use `--expect`.\n- No frame was understood: check the link, its speed and the picture.\n- Symbols do not give its digest (OBJ-DIGEST): more symbols are forged or damaged than the program could locate. Find out who else has access to the link. Then continue to receive, over another link if there is one, or with a transport key.\n- Chosen to cost more work: somebody sends symbol ids that no genuine sender uses.\n- Made without the transport key: the two sides have different keys, or the frames are not from your sender.\n- Only beacons were heard: the link works, but no items were sent.";
    Rejected Online
        what "This is an alarm. A rule rejects an item. Nothing of it was published. The program judges other items of the same bundle on their own. If a trusted issuer signed the item, `receive` keeps the alarm until somebody acknowledges it (`alarm ack`)."
        next "read the rule in the findings; `explain RULE` says what to do. If it is about time (CRL-EXPIRED, CRL-FUTURE), check the clock of this host first. With ITEM-ISSUER-UNKNOWN, another root issued the item, or this is another state directory. A wrong signature (CRL-SIGNATURE, CERT-SIGNATURE) means an attack, or damage before the bundle was made: compare the words with the offline side. A rejected item is not kept: have it sent again when the cause is removed.";
    RolledBack Online
        what "This is an alarm. The signature is genuine, but the item contradicts what was published before: a lower number, an earlier date, a vanished entry, or a second CRL with the same number. Nothing of it was published. Or the export key signed two manifests with the same number (MAN-EQUIVOCATION); this does not affect the verdict on the items.\n\nThe state keeps it as an alarm until somebody acknowledges it (`alarm ack`)."
        next "treat it as an incident until you can explain it. Ask the offline side, on a number that you know, which CRL it sent last (`journal show`), and compare the words. A lower number is mostly an old recording. Two CRLs with one number mostly mean a signing system that was restored from a backup. Do not begin a new state to silence the alarm. When it is explained, acknowledge it: `alarm list` shows its id, and `alarm ack ID --by NAME --because TEXT` takes it.";
    Held Online
        what "An item is genuine but needs a person's decision. The rules that hold it say why. Nothing of it is published, and it waits in `held list`."
        next "telephone the offline side and compare the words. `held list` shows the id and the rules. Then run `held accept ID --by NAME --because TEXT`, or `held discard` with the same options. While a CRL waits, nobody sees what it revokes: decide soon.";
    HeldUnknown Online
        what "No held item has this id. Or the findings that hold the item have changed since the id was shown."
        next "read `held list` again.";
    AlarmUnknown Online
        what "No alarm has this id, or somebody has acknowledged it already. Nothing was acknowledged."
        next "read `alarm list` again.";
    LinkFailed Both
        what "A port or device could not be opened, or failed in use. The program keeps what it received until then, and records what it sent until then."
        offline_what "a link over an Ethernet interface also failed if nothing left this host, fewer frames than a receiver needs, or too few for the odds that `--until-odds` asked for: the kernel takes frames for an interface without a carrier, and throws them away. `link check --require-quiet` fails with this label, too."
        next "check the plug and the permissions (`dialout` group for a serial port, CAP_NET_RAW for an Ethernet socket: the message has the command), and that no other program has the port. Run the same command again."
        offline "what left this host until then is in the journal, and still counts on the other side."
        online "a link that failed in use is also kept as an alarm (`alarm list`).";
    SandboxMissing Both
        what "You gave `--require-sandbox`, and Landlock or seccomp is not in force. The kernel is older than 5.19, was built or started without them, or a container forbids them. The message says which one is missing and why. Nothing was sent, received or published."
        next "use another kernel, or leave the option out. Without the option, the program goes on and prints a warning that says what is missing.";
    StorageFailed Both
        what "The program could not read from or write to the state directory, an output, the log or standard output. The disk is full, read-only or failing, permissions are missing, a file size limit was reached, or somebody removed a folder of the state (such as `symbols`) during the run. (If the reader of standard output closes the pipe, as `head` does, that is not a failure. Nor is a standard error that cannot be written to, or that nobody reads.) The published tree is unchanged."
        next "free space on the disk, repair it, or correct the permissions, as the message says. Then run the same command again.";
    StateLocked Both
        what "Another process uses this state directory. The message says which, if it is one of these programs and lives. Otherwise another program has the lock, such as a backup with `flock`. Offline, only one process at a time can use a state. Online, two receivers at a time can listen into a state; a third ends at once and names both (`symbols/lock`). A command that changes the state waits up to 10 seconds for another one that is changing it (`lock`). If a receiver waits in vain, it publishes nothing further and keeps what it received. A command that only looks reads again if the state changes under it; a `check` of many files may end with this label if the state changes twice meanwhile."
        next "wait for the other process or end it. Then run the same command again. The lock ends with the process: there is no file to delete.";
    OtherUser Both
        what "The state directory belongs to another user than the one that runs the command. Root is another user too. Files of a second user in a state could not be changed or removed by the first. Nothing was done. Commands that only look, such as `status`, work for every user who may read the state."
        next "run the command as the user that the message names. To hand a state over to another user, change the owner of everything in it (`chown -R`).";
    StateLost Both
        rule "STATE-LOST"
        what "This state was in use, and the record of what was accepted or signed since, or a receipt, is missing. Nothing was published, sent or signed."
        next "restore the state directory from its backup. In an empty directory, never run `trust` without the options below: the new state has no CRL number to compare with. Online, an old CRL would be accepted. Offline, a CRL number would be used twice."
        offline "if there is no backup, begin a new directory with `trust --root ROOT.crt --used-number N`: N is the highest CRL number of the journal and the paper records."
        online "then receive the newest CRL again: the backup may be older than the last publication. If there is no backup, begin a new directory with `trust --root ROOT.crt --crl NEWEST.crl`. NEWEST.crl is the newest CRL that any relying party or mirror has.";
    StateBroken Both
        what "The state is not the one that the program committed. A file has a different SHA-256, or there is a file that the program never committed. Or the symbolic link `published` was moved back to an earlier generation, points elsewhere, or has another symbolic link in its path. Or the record is not the one that its receipt is of. Or a receipt was changed (`status --receipts` checks all of them, and the published CRLs and certificates against them; other commands check only the newest). Nothing was published."
        next "find out who changed it. Then restore the backup."
        online "the web server goes on serving what it has. If the message says that a published file was changed, stop serving it, and keep a copy as it is. `status --receipts` checks the restored state.";
    JournalBroken Offline
        what "The journal's chain is broken (an entry was edited, moved or removed). Or the journal is missing or shorter than the state remembers. Or the head given with `--head` is nowhere in it (its tail was cut, or it is another journal). No command goes on without it, and none begins a new one by itself."
        next "keep the file as it is, as evidence. Compare it with the heads on paper (`journal verify --head WORDS`) and in the received manifests. Then restore the journal from its backup. If there is none, `journal begin --by NAME --because TEXT` keeps what is left of it, and begins a new chain.";
    SiteRefused Offline
        what "The program does not understand a line of the site file, `allowed_signers` or the revocation file. The message names the line. Or fewer of the listed people can approve than the rule asks for, because keys are revoked, expired or not valid yet (rule APPROVE-QUORUM). Nothing was signed."
        next "correct the file. Approvals cover these files too, so you need a new rehearsal and new approvals.";
    KeyNotPinned Offline
        rule "KEY-PINNED"
        what "The token or the key is not exactly the one that the site file pins. There is no token with this label and serial number. Or there are several, and not exactly one of them shows the pinned public key without a login. Or there is no key with this label and public key, or there are two. Or nothing is pinned yet. If the token does not match, the program does not ask for the PIN."
        next "run `token list --module FILE` to see what is there, and compare it with the record of the key ceremony. If there are several, unplug all but the one that should sign. For a token without a label or a serial number, the site file has `token_label = \"\"` or `token_serial = \"\"`. Do not change the site file only to fit what you find.";
    PinRefused Offline
        rule "KEY-PIN"
        what "No PIN was typed on a terminal, or the token refused it. The message gives the token's answer about the tries left, before and after (CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED). The program tried once. Nothing was signed."
        next "do not guess: each wrong PIN counts. Ask the key holder. To unlock a locked PIN, use the security officer's PIN in the vendor's program.";
    TokenFailed Offline
        what "The PKCS#11 module could not be loaded, or a call to the token failed. For example, the token was removed, is not initialised, or is out of memory. If the call to sign failed, nobody knows whether the token made a signature, and the number stays burned. Any other call makes no signature."
        next "check the module, the plug and the card reader. If the message says that a number is burned, rehearse into a new folder, and collect new approvals. Otherwise run the same command again.";
    KeyUnusable Offline
        what "The key cannot make this signature. It is not allowed to sign (CKA_SIGN, CKA_ALLOWED_MECHANISMS), the token has no mechanism for the signature scheme or refuses to begin with it, or the scheme belongs to another kind of key. Or the key asks for its PIN before each use (CKA_ALWAYS_AUTHENTICATE), and the token has no mechanism that hashes and signs in one, such as CKM_ECDSA_SHA384: only such a mechanism takes its input in several parts. `ceremony rehearse` says it as far as the token tells it without a login. `ceremony sign` asks again before it burns the number. Nothing was signed."
        next "look at `token list --module FILE --login`. For an RSA key, name another scheme with `signature` in the site file. A key of any other kind has one scheme only: use another token, or another key. If the scheme belongs to another kind of key, check that the site file names the right key, and correct `signature`.";
    KeyExists Offline
        what "The key to generate exists already: the token has a key with this label, the file exists, or the site file pins a public key. Nothing was made or overwritten."
        next "use another label or name. A new root needs a site file of its own, which pins no key yet. Do not remove the key of a root in use: nothing brings it back.";
    SignatureWrong Offline
        what "The token's signature does not verify in software under the pinned public key. The program did not release it, and did not try again."
        next "stop the ceremony. The token or its module is faulty or was replaced. Keep both as evidence. To go on with another token or module, rehearse into a new folder, and collect new approvals: a burned number is never used again.";
    ApprovalsMissing Offline
        rule "APPROVE-QUORUM"
        what "Fewer people than required approved these exact bytes. The message names every approval that does not count, with the reason. Nothing was signed."
        next "have the others compare the words and run `ssh-keygen -Y sign -n rootcast-ceremony -f KEY to-be-signed.txt`. Then give each signature file with `--approval FILE`.";
    ApprovalsPinned Offline
        rule "APPROVE-PINNED"
        what "The site's rule for approvals is not the pinned one; the message says what differs. Or a change of the rule is refused: it was rehearsed from another rule, or with another state. Or a reset is refused. Nothing was signed, and the pinned rule stays as it is. A rehearsal is refused, too, before people approve it. The journal records a refused signing, change or reset."
        next "use the site file and lists of the pinned rule. To change the rule, rehearse a request with `[approvals]` alone and have it approved by the pinned rule. If too few of its people can still approve, run `ceremony approvals reset`.";
    PaperHead Offline
        rule "SIGN-HEAD"
        what "The journal's head on paper is not in this journal, or something was signed after it. No key was used and no number burned. If the head is missing, this state is an older copy (a snapshot, a backup) or another one: signing in it could use a number a second time."
        next "read the paper again. If the head is missing, restore the newest backup of the state. If something was signed since, find out which signing (`journal show`), and give the head that it printed. If nobody knows that signing, stop: the key was used without you. If the paper record is lost, give `--no-head --because TEXT`: the journal and the record say so.";
    EscrowUnfinished Offline
        rule "KEY-ESCROW"
        what "The reason is one of these:\n- the key was made for escrow (a backup on paper), and nobody has restored it from its pages yet; the message names the set. A set counts if it was verified and its pages are not destroyed, whatever came after it;\n- the run that made the key ended early: such a key must never sign;\n- a run that put the key into this token was killed;\n- the request has `[escrow]`, and this journal does not say that its key was put on paper.\n\nNothing was signed."
        next "run `escrow verify` with the site file of a second token, then sign again: the approvals still count. If the run that made the key ended early, destroy its pages and the key, and make a new key with `ceremony keygen --pages`. If a run that put it into this token was killed, run the same `escrow restore` or `escrow import` again: it clears up first, and asks before it destroys a key. If that token is destroyed, say so with `escrow token-gone`.";
    Attention Online
        what "`status` found something that a person has to look at. The published tree is unchanged. The first line of the output says WARN or CRITICAL, and why. The reason is one of these:\n- the clock is behind the time of an earlier verdict (CLOCK-BACK): everything is held;\n- an alarm is not acknowledged: a genuine item was refused, a key signed one content twice, manifests contradict each other, symbols were forged, the clock ran ahead, a link failed, or a `trust` weakened the policy of an issuer;\n- a published CRL, a certificate in use or a root expires soon, or has expired. WARN begins when less than 30 days are left, or less than a third of the lifetime if that is less; `--warn` gives another time. CRITICAL begins below 7 days, or below a tenth of the lifetime if that is less, whatever `--warn` says;\n- the contact that a signed manifest or a beacon promised is overdue;\n- the newest signed manifest shows that something is missing here (MAN-GAP, MAN-WITHHELD);\n- a rule that `trust --off` switched off is on again within 30 days, or is on again, and nobody took note of it (`trust --on RULE`);\n- an item has been held for more than 24 hours;\n- a root has been trusted for more than 24 hours and has no CRL published yet.\n\nUntil 24 hours have passed, `status` shows the last two without exit 10.\n\nThese are CRITICAL too: a clock behind an earlier verdict, and an alarm that an attacker may have caused (`rejected`, `rolled-back`, `second-signature`, `manifest`, `more`). Everything else is WARN."
        next "find out what raised the alarms (`alarm list`), then acknowledge each (`alarm ack ID --by NAME --because TEXT`). Plan the ceremony that replaces what expires. Decide about held items. If contact is overdue or something is missing here, telephone the offline side.";
    Interrupted Both
        what "A signal ended the run. If the run was still asking a question, nothing was sent or trusted. Offline, the program records what it sent until then, which may have arrived. Online, it keeps the symbols received. If an object was complete and its judgement took long, the judgement ends too, and the next run makes it.\n\nWhere nothing but the operator ends a run, Ctrl-C is its end and not an error: a `send` without a stop option over a link without an end, or a `receive` without `--once`, `--expect` and `--timeout`. Then the text says \"Ended by a signal (Ctrl-C)\". The exit code is still 130, and `error` is in the JSON. `q` in the player ends a transmission with exit 0.\n\nYou also see this label if the command had finished, but nobody read its result on standard output, and a signal ended the wait. Then the text says that the command itself is complete."
        next "run the same command again. If the text says that it is complete, first look at what it did."
        offline "`journal show` says what was sent until then."
        online "what was received still counts.";
}

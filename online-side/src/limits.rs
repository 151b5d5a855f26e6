//! Every bound of the online side, with the arithmetic behind it.

use std::time::Duration;

use rootcast_protocol::object::Object;

/// How long another process is waited for that changes the state. A commit of a generation with a CRL of 64 MiB takes one or
/// two seconds on a slow disk, and commands hold the lock for little more than that.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The same for the note of a camera's settings: the camera waits meanwhile, and without the lock the note is written all the
/// same.
pub(crate) const SETTINGS_LOCK_WAIT: Duration = Duration::from_secs(2);

/// Receivers of one state at the same time: one, and one beside it, for example for a link that failed in the first. Each
/// has room of its own, so that what floods one takes nothing from the other; the bounds below are those of one receiver
/// where they do not say otherwise.
pub(crate) const RECEIVERS_MAX: u64 = 2;

/// Objects being assembled at the same time by one receiver, twice as many by two. A root speaks of one or two; the rest is
/// room for other senders and forgers.
pub const LIVE_OBJECTS_MAX: usize = 16;

/// Bytes of first frames that wait in memory, of each link: some 80 of the largest of Ethernet, or 700 of one symbol. More
/// would be searched for longer than a frame of a fast link takes.
pub(crate) const PARKED_BYTES_MAX: usize = 128 << 10;

/// Symbols kept of one object that came by one link: three times what is needed leaves room to leave forged ones out, and
/// 64 more give very small objects some room as well.
#[must_use]
pub(crate) fn symbols_of_link_max(object: &Object) -> u32 {
    object.source_symbols().saturating_mul(3).saturating_add(64)
}

/// Symbols kept of one object before a link that brought K + 64 of them has brought enough: one link's share. So two
/// links can fill the room of one and a third, and forgeries on one never keep another from bringing the object by itself.
#[must_use]
pub(crate) fn symbols_of_object_max(object: &Object) -> u32 {
    symbols_of_link_max(object)
}

/// Bytes of symbol files of all receivers of a state together, also of those that ended.
pub(crate) const SYMBOL_BYTES_SUM_MAX: u64 = 512 << 20;

/// Bytes of symbol files of one receiver, 268 MB: three times the largest object (79 MB) and some others beside it.
pub(crate) const SYMBOL_BYTES_MAX: u64 = SYMBOL_BYTES_SUM_MAX / RECEIVERS_MAX;

/// Seconds without a new symbol after which an object whose digest failed goes before all others.
pub(crate) const GRACE_S: i64 = 30;

/// Seconds without a frame after which an object that was judged may be judged again when it is heard again.
pub(crate) const JUDGED_AGAIN_AFTER_S: i64 = 60;

/// Judged objects of one run that are remembered for its last words.
pub(crate) const JUDGED_KEPT_MAX: usize = 200;

/// Bytes of text of these in all, as far as there are several. What says nothing new takes a fifth of that at most:
/// [`JUDGED_KEPT_MAX`] times [`BRIEF_BYTES_MAX`] are 800 kB.
pub(crate) const JUDGED_BYTES_MAX: usize = 1 << 20;

/// Bytes of text that are kept of an object which says nothing new, and of all items of nobody in another one. Of a bundle
/// of one item that is everything.
pub(crate) const BRIEF_BYTES_MAX: usize = 4 << 10;

/// Results of what trusted issuers made that are remembered in one run, to tell what is new from what was told: some 100
/// bytes each. Nobody else can make a further one; beyond this, every one counts as new.
pub(crate) const NEWS_SEEN_MAX: usize = 4_096;

/// Objects that say nothing new which are told in a minute, each in up to three lines and an event of the log; the others are
/// counted. A line has a finding's text of up to [`BRIEF_BYTES_MAX`] in the worst case, and the two below it (words and
/// SHA-256) some 250 bytes. So a minute has at most 90 kB of text and 200 kB of log, and mostly 15 kB of text.
pub(crate) const OBJECTS_TOLD_PER_MINUTE: u64 = 20;

/// Notices that are told in a minute; the others are counted. One said before is told again once a minute, with its count.
pub(crate) const NOTICES_TOLD_PER_MINUTE: u64 = 30;

/// Different notices whose repetitions are counted one by one.
pub(crate) const NOTICES_COUNTED_MAX: usize = 64;

/// Characters of one notice: a path and a reason.
pub(crate) const NOTICE_TEXT_MAX: usize = 1_000;

/// Reasons that the last words give for an alarm; the others are counted.
pub(crate) const REASONS_MAX: usize = 20;

/// The processor time in which one attempt looks for false symbols, beyond what its first solution takes (0.4 s at K =
/// 56,403). At the largest K for which they are located it holds about ten locations or a hundred solutions. On a busy
/// machine an attempt finds as much, only later.
pub(crate) const SEARCH_TIME_MAX: Duration = Duration::from_secs(1);

/// Solutions in one attempt: more are only tried where they are quick (0.2 ms at K = 60).
pub(crate) const SEARCH_SOLUTIONS_MAX: u32 = 2_000;

/// Solutions in one attempt that are made whatever they take: 0.4 s each at K = 56,403.
pub(crate) const SEARCH_SOLUTIONS_MIN: u32 = 8;

/// Between whole attempts false symbols are located again at every 1 + K ÷ 256 symbols more: each one at K = 60, each ninth at
/// K = 2,048, where it takes 65 ms; 192 symbols beyond K that is 1.4 s.
pub(crate) const LOCATION_STEP: u32 = 256;

/// Sets of frames that are weighed as an explanation in one attempt: all pairs of 200 frames. One takes up to 3 ms.
pub(crate) const EXPLANATIONS_MAX: usize = 20_000;

/// Attempts in a row that gave nothing after which they are made only as often as those with a wrong digest. True symbols
/// need more than K + 2 in one case in a million, so K + 8 without result means that the ids were chosen.
pub(crate) const FRUITLESS_MAX: u32 = 8;

/// The largest object of which, once complete, every kept repair symbol is compared with the true one. Making them takes
/// about three times the object's size of memory; of larger ones only source symbols are compared.
pub(crate) const COMPARED_OBJECT_MAX: u32 = 16 << 20;

/// Things heard that may wait in a link for the assembly: about 750 kB of the largest frames.
pub(crate) const HEARD_WAITING_MAX: usize = 256;

/// Messages, each of so many things heard at most, that may wait between all links and the assembly: about 3 MB.
pub(crate) const MESSAGES_WAITING_MAX: usize = 4;

/// Seconds by which the clock may be behind the latest time seen (steps of time synchronisation are smaller).
pub(crate) const CLOCK_BACK_TOLERANCE_S: i64 = 60;

/// Seconds by which a beacon may say it was sent later than it is here. A beacon from the far future would make every later
/// one look like a repetition.
pub(crate) const BEACON_AHEAD_MAX_S: i64 = 86_400;

/// Seconds between two writings of what beacons said: they come every few seconds, and a minute lost changes nothing.
pub(crate) const BEACON_KEPT_EVERY_S: i64 = 60;

/// Seconds between two receipts of objects that only repeat what is published, held or rejected.
pub(crate) const CONTACT_KEPT_EVERY_S: i64 = 3_600;

/// Seconds without a frame after which an object has fallen silent: a carousel of the slowest screen (one frame in two
/// seconds) shows five in them.
pub(crate) const SILENT_AFTER_S: i64 = 10;

/// How long other objects that are being heard may delay the end of a run that has what it waited for. Whoever sends foreign
/// frames without end delays it by no more.
pub(crate) const OTHERS_WAIT_MAX: Duration = Duration::from_secs(60);

/// How often a run without a deadline says that it listens on.
pub(crate) const STILL_LISTENING_EVERY: Duration = Duration::from_secs(60);

/// Bytes of `contact.json`: a hundred trusted roots take about 60 kB.
pub(crate) const CONTACT_SIZE_MAX: u64 = 1 << 20;

/// Transport keys at once: the one in use and the one before or after it.
pub(crate) const TRANSPORT_KEYS_MAX: usize = 2;

/// Held items kept; a further one is refused until one is decided.
pub(crate) const HELD_MAX: usize = 64;

/// Processor time for judging the held items again each time somebody looks at the state. One of a usual size takes some
/// milliseconds, so all 64 have room; one of 64 MiB takes longer than this, and is the last.
pub(crate) const HELD_LOOK_MAX: Duration = Duration::from_secs(2);

/// Alarms kept: those of some years in which nobody looked. A further one rings one alarm that stands for all of them.
pub(crate) const ALARMS_MAX: usize = 64;

/// Alarms about items kept of these: whoever has kept old items cannot take the places of the other kinds.
pub(crate) const ALARMS_OF_ITEMS_MAX: usize = 48;

/// Seconds between two notes that an alarm rang again.
pub(crate) const ALARM_NOTED_EVERY_S: i64 = 3_600;

/// The longest time for which an alarm can be acknowledged in advance.
pub(crate) const ALARM_SILENT_MAX_S: i64 = 366 * 86_400;

/// Characters in the name of who decided, and in the reason.
pub(crate) const DECISION_TEXT_MAX: usize = 500;

/// Signed manifests remembered of each source, to tell a late one from a second one of the same number: some years of
/// ceremonies, about 100 bytes each.
pub(crate) const MANIFESTS_SEEN_MAX: usize = 64;

/// Other signed manifests of one number that are remembered. Only the export key's holder can make them.
pub(crate) const CONTRADICTIONS_SEEN_MAX: usize = 8;

/// Export keys pinned for one root at a time: the old one and the new one.
pub(crate) const EXPORT_KEYS_MAX: usize = 2;

/// Requests, URLs or offline issuers that one root's policy may list. Real ones have fewer than ten.
pub(crate) const POLICY_LIST_MAX: usize = 64;

/// Bytes of `state.json`: a thousand certificates and issuers take under a megabyte.
pub(crate) const STATE_SIZE_MAX: u64 = 64 << 20;

/// Contradicting symbols kept for one ESI that came by one link: the true one and three forgeries.
pub(crate) const VARIANTS_OF_LINK_MAX: usize = 4;

/// Contradicting symbols kept for one ESI in all: those of four links.
pub(crate) const VARIANTS_MAX: usize = 4 * VARIANTS_OF_LINK_MAX;

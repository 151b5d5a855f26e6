//! How to get the key back without this program: what page 2 of an envelope says. A shell and `openssl` are enough.
//!
//! The lines of the shell are a contract with every envelope ever printed: a test runs them from the text of the PDF.

use crate::ceremony::key::wrap_way::WrapWay;

/// A line of the recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// What to do.
    Text(String),
    /// What to type, exactly.
    Shell(&'static str),
}

/// Adds three numbers of 64 hexadecimal digits without carry (XOR).
const ADD: [&str; 2] = [
    "x() { i=1; while [ $i -lt 64 ]; do s=$i-$((i+1)); printf %02x $((0x$(echo $1|cut -c$s) ^ 0x$(echo $2|cut -c$s) ^ \
     0x$(echo $3|cut -c$s)));",
    "i=$((i+2)); done; }",
];

/// What takes the key out of the file `blob`.
fn unwrap(way: WrapWay) -> [&'static str; 5] {
    let inner = match way {
        WrapWay::KeyWrapPad => "openssl enc -d -id-aes256-wrap-pad -K $A -iv A65959A6 -in inner -out key.p8",
        WrapWay::CbcPad => {
            "openssl enc -d -aes-256-cbc -K $A -iv 00000000000000000000000000000000 -in inner -out key.p8"
        }
    };
    [
        "A=$(x $A1 $A2 $A3)",
        "B=$(x $B1 $B2 $B3)",
        "openssl enc -d -id-aes256-wrap-pad -K $B -iv A65959A6 -in blob -out inner",
        inner,
        "openssl pkey -inform DER -in key.p8 -pubout -outform DER | openssl sha256",
    ]
}

/// Writes the file `blob` from its hexadecimal digits.
const FROM_DIGITS: &str = "for h in $(echo $W | sed 's/../& /g'); do printf \"\\\\$(printf %03o 0x$h)\"; done > blob";

/// Names each line of the file `lines` whose check does not fit. What it hashes is of [`super::base64_lines`].
const CHECK_BASE64: [&str; 2] = [
    "while read n t c; do h=$(printf %s \"rootcast escrow line v1 $S ${n#0} $t\" | openssl sha256 -r | cut -c1-4);",
    "[ $h = $c ] || echo line $n is wrong; done < lines",
];

/// Writes the file `blob` from the file `lines`.
const FROM_BASE64: &str = "cut -d' ' -f2 lines | openssl base64 -d > blob";

/// The whole recipe. `groups`: their names, the one with the keys A first. `has_words`: whether the wrapped key is printed
/// in words, or in base64. `way`: how the token wrapped it.
pub(super) fn steps(groups: [&str; 2], public_key_sha256: &str, (has_words, way): (bool, WrapWay)) -> Vec<Step> {
    let [a, b] = groups;
    let text = |text: &str| Step::Text(text.to_owned());
    let mut steps = vec![
        Step::Text(format!(
            "1. You need any two of the three envelopes of {a}, and any two of {b}, all with the same set words. Use a \
             computer without a network, with openssl (3 or later) and a shell. Work in memory (/dev/shm)."
        )),
        Step::Text(format!(
            "2. A piece has six lines of seven words. Leave out the seventh, a check. Look up the others in the list below: two \
             digits before a word are its number. Of the 72 digits of a piece use the first 64. Call those of {a} A1, A2, A3, \
             those of {b} B1, B2, B3. (Or scan a piece's code: its longest number is it; 12 before it is A2, 23 is B3.)"
        )),
        text("A1=... A2=... A3=... B1=... B2=... B3=...      with the 64 digits in the place of each ..."),
    ];
    steps.extend(match has_words {
        true => vec![
            text(
                "3. The wrapped key has words too. Look them up in the same way, without the last word of each line, and \
                 leave out the last eight digits of all. Type W= and the digits. (Or scan the third code of page 1, which is \
                 the wrapped key: W is its longest number.) Then:",
            ),
            Step::Shell(FROM_DIGITS),
        ],
        false => vec![
            text(
                "3. Type the lines of the wrapped key below into a file with the name lines, each as it stands: its number, its \
                 characters, and its check of four digits. The check is the begin of a SHA-256: after S= and the number of the \
                 set (14 digits, on page 1), the next lines name each line in which something is wrong. (Or scan the square \
                 codes of page 1, write the longest number of each one behind the other, type W= and the digits, and use: \
                 for h in $(echo $W | sed 's/../& /g'); do printf \"\\\\$(printf %03o 0x$h)\"; done > blob.)",
            ),
            text("S=...      with the 14 digits of the set in the place of ..."),
            Step::Shell(CHECK_BASE64[0]),
            Step::Shell(CHECK_BASE64[1]),
            Step::Shell(FROM_BASE64),
        ],
    });
    steps.push(text("4. Type these lines:"));
    steps.extend(ADD.into_iter().chain(unwrap(way)).map(Step::Shell));
    steps.push(Step::Text(format!(
        "5. The last line prints a number. If it is {public_key_sha256}, the file key.p8 is the key (PKCS#8). An error \
         of the line with -in blob: a piece of {b} or the wrapped key is wrong; with -in inner: a piece of {a}. A wrong \
         word is in a line whose check word does not fit: begin with c = 0; for each of these numbers in turn let \
         c = 2c XOR the number, and if c is then above 255, c = c XOR 285: first 8p + n (line n; p is 0, 1, 2 for piece \
         1, 2, 3 of {a}, and 3, 4, 5 for {b}; 64 + n for the wrapped key), then the first seven set words, then the six \
         words. c is the check word's number."
    )));
    steps.push(text(
        "6. From now on this computer has the key. Put the key into a new hardware token, sign what is needed, then destroy \
         the computer's memory and disk. These papers stay as strong as the key: make a new key and new papers soon.",
    ));
    steps
}

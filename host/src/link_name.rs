//! Link names of the command line: `KIND:TARGET[,key=value…]`, for example `qr:png=frames,version=27`,
//! `serial:/dev/ttyUSB0,baud=115200`, `file:root.frames`.

use std::fmt;
use std::str::FromStr;

use crate::suggestion::nearest;

/// A link as the operator named it. Each program defines its kinds and options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkName {
    /// Before the first colon: `qr`, `serial`, `file`.
    pub kind: String,
    /// After it, without the options: `png=frames`, `/dev/ttyUSB0`.
    pub target: String,
    /// The options in the order given.
    pub options: Vec<(String, String)>,
}

impl LinkName {
    /// The value of option `key`, if given.
    #[must_use]
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// The value of a numeric option, if given.
    ///
    /// # Errors
    /// When it is not a number or not between `least` and `most`.
    pub fn number(&self, key: &str, least: u32, most: u32) -> Result<Option<u32>, LinkNameError> {
        let Some(text) = self.option(key) else {
            return Ok(None);
        };
        match text.parse() {
            // Not with a sign.
            Ok(number) if text.bytes().all(|digit| digit.is_ascii_digit()) && (least..=most).contains(&number) => {
                Ok(Some(number))
            }
            _ => Err(self.wrong(format!("option {key}={text} is not a whole number from {least} to {most}"))),
        }
    }

    /// Checks that no option but `known` was given, and none twice.
    ///
    /// # Errors
    /// Naming the option and those that exist.
    pub fn only(&self, known: &[&str]) -> Result<(), LinkNameError> {
        for (at, (key, _)) in self.options.iter().enumerate() {
            if !known.contains(&key.as_str()) {
                let meant = nearest(key, known.iter().copied());
                let meant = meant.map_or_else(String::new, |option| format!(". Did you mean {option}?"));
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(self.wrong(format!("there is no option {key}; this link's options: {known}{meant}")));
            }
            if self.options.iter().take(at).any(|(earlier, _)| earlier == key) {
                return Err(self.wrong(format!("option {key} is given twice")));
            }
        }
        Ok(())
    }

    /// Which of the links that are written in these forms (`qr:png=DIR`, `serial:PORT,baud=N`) this one is like:
    /// `Did you mean qr:html=FILE?`, if there is one.
    fn like_one_of(&self, forms: &[&str]) -> Option<String> {
        let kind_of = |form: &&str| form.split(':').next().unwrap_or_default().to_owned();
        let kinds: Vec<String> = forms.iter().map(kind_of).collect();
        let of_kind = |kind: &str| -> Vec<&str> {
            forms.iter().zip(&kinds).filter(|(_, known)| *known == kind).map(|(form, _)| *form).collect()
        };
        let meant = if kinds.contains(&self.kind) {
            // The word that stands before the rest of the target: png, terminal.
            let word = |target: &str| target.split(['=', ',']).next().unwrap_or_default().to_owned();
            let words: Vec<(String, &str)> = of_kind(&self.kind)
                .into_iter()
                .filter_map(|form| Some((word(form.split_once(':')?.1), form)))
                .filter(|(word, _)| word.bytes().all(|byte| byte.is_ascii_lowercase()))
                .collect();
            let meant = nearest(&word(&self.target), words.iter().map(|(word, _)| word.as_str()));
            words.iter().find(|(word, _)| Some(word.as_str()) == meant).map(|(_, form)| *form)
        } else {
            nearest(&self.kind, kinds.iter().map(String::as_str)).and_then(|kind| of_kind(kind).first().copied())
        };
        meant.map(|form| format!("Did you mean {form}?"))
    }

    /// The error that there is no such link: `listing` says which there are, and their `forms` which one was meant. Where it
    /// is one of `absent`, the error says why that is none.
    #[must_use]
    pub fn unknown(&self, listing: &str, forms: &[&str], absent: &[AbsentLink]) -> LinkNameError {
        if let Some(absent) = absent.iter().find(|absent| absent.is_named_by(self)) {
            return self.wrong(absent.why);
        }
        let why = match self.like_one_of(forms) {
            // First, so that no bound on the length of a text cuts it off.
            Some(meant) => format!("there is no such link. {meant} For the others: {listing}"),
            None => format!("there is no such link; {listing}"),
        };
        LinkNameError { fault: Fault::Unknown, ..self.wrong(why) }
    }

    /// An error about this link, in words.
    #[must_use]
    pub fn wrong(&self, why: impl Into<String>) -> LinkNameError {
        LinkNameError { link: self.to_string(), why: why.into(), listing: Vec::new(), next: None, fault: Fault::Other }
    }
}

/// Which of the links that are written in these forms is meant by a text without the name of a kind: a serial port
/// (`/dev/ttyUSB0`), a camera (`/dev/video0`), or what comes behind the kind (`png=DIR`). Other devices are none.
fn without_kind(text: &str, forms: &[&str]) -> Option<String> {
    let form_of = |start: &str| forms.iter().find(|form| form.starts_with(start));
    if let Some(device) = text.strip_prefix("/dev/") {
        if device.starts_with("tty") || device.starts_with("serial/") {
            let options =
                form_of("serial:")?.split_once(',').map_or(String::new(), |(_, options)| format!(",{options}"));
            return Some(format!("serial:{text}{}", options.trim_matches(['[', ']'])));
        }
        let camera = device.strip_prefix("video").filter(|number| number.parse::<u8>().is_ok())?;
        return form_of("qr:camera=").map(|_| format!("qr:camera={camera}"));
    }
    let word = text.split(['=', ',']).next().unwrap_or_default();
    let is_of = |form: &&&str| form.split_once(':').is_some_and(|(_, target)| target.split('=').next() == Some(word));
    forms.iter().find(is_of).map(|form| (*form).to_owned())
}

impl FromStr for LinkName {
    type Err = LinkNameError;

    fn from_str(text: &str) -> Result<Self, LinkNameError> {
        let wrong = || LinkNameError {
            link: text.to_owned(),
            why: "a link is written KIND:TARGET[,key=value…]".to_owned(),
            listing: Vec::new(),
            next: None,
            fault: Fault::NoName,
        };
        let (kind, rest) = text.split_once(':').ok_or_else(wrong)?;
        // Options are taken off the end, so that a path may hold a comma.
        let mut target = rest;
        let mut options = Vec::new();
        while let Some((before, last)) = target.rsplit_once(',') {
            let Some((key, value)) = last.split_once('=') else {
                break;
            };
            if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase()) {
                break;
            }
            options.push((key.to_owned(), value.to_owned()));
            target = before;
        }
        options.reverse();
        if kind.is_empty() || target.is_empty() {
            return Err(wrong());
        }
        Ok(Self { kind: kind.to_owned(), target: target.to_owned(), options })
    }
}

impl fmt::Display for LinkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.target)?;
        self.options.iter().try_for_each(|(key, value)| write!(f, ",{key}={value}"))
    }
}

/// What people may take for a link that a program has, and why it is none: the row of a link that is not there.
#[derive(Debug, Clone, Copy)]
pub struct AbsentLink {
    /// Before the first colon: `audio`.
    pub kind: &'static str,
    /// The whole target, or what stands before its first `=`: `device`.
    pub word: &'static str,
    /// Why, and what there is instead.
    pub why: &'static str,
}

impl AbsentLink {
    fn is_named_by(&self, name: &LinkName) -> bool {
        name.kind == self.kind && name.target.split('=').next() == Some(self.word)
    }
}

/// A link name that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkNameError {
    link: String,
    why: String,
    /// What there is instead, a line each.
    listing: Vec<String>,
    /// What to do, where that is not to correct the name.
    next: Option<&'static str>,
    fault: Fault,
}

/// What is wrong with a link name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It is not written as one.
    NoName,
    /// There is no such link; the reason names those that there are.
    Unknown,
    /// Anything else.
    Other,
}

impl LinkNameError {
    /// The same with what there is instead, a line each, and what to do with that.
    #[must_use]
    pub fn listing(mut self, lines: Vec<String>, next: &'static str) -> Self {
        (self.listing, self.next) = (lines, Some(next));
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn with_next(mut self, next: &'static str) -> Self {
        self.next = Some(next);
        self
    }

    /// What to do, where that is not to correct the name; of a text without the name of a kind, which of the links that are
    /// written in these forms is meant.
    #[must_use]
    pub fn next(&self, forms: &[&str]) -> Option<String> {
        let meant = || without_kind(&self.link, forms).filter(|_| self.fault == Fault::NoName);
        let meant = || meant().map(|form| format!("Did you mean {}?", crate::text::printable(&form)));
        self.next.map(str::to_owned).or_else(meant)
    }

    /// Whether the reason names every link that there is.
    #[must_use]
    pub fn names_all(&self) -> bool {
        self.fault == Fault::Unknown
    }
}

impl fmt::Display for LinkNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--link {}: {}", crate::text::printable(&self.link), crate::text::printable(&self.why))?;
        self.listing.iter().try_for_each(|line| write!(f, "\n{}", crate::text::printable(line)))
    }
}

impl std::error::Error for LinkNameError {}

#[cfg(test)]
mod tests {
    use super::{AbsentLink, LinkName};

    #[test]
    fn options_come_off_the_end_of_a_link_name() {
        let link: LinkName = "qr:png=a,b/frames,version=27,fps=11".parse().unwrap();
        assert_eq!((link.kind.as_str(), link.target.as_str()), ("qr", "png=a,b/frames"));
        assert_eq!(link.number("version", 1, 40), Ok(Some(27)));
        assert_eq!(link.to_string(), "qr:png=a,b/frames,version=27,fps=11");
        assert!(link.only(&["version"]).unwrap_err().to_string().contains("fps"));
        assert!(link.number("fps", 20, 30).is_err());
    }

    #[test]
    fn what_lacks_its_kind_is_named_with_it() {
        let forms = ["file:FILE", "qr:png=DIR", "qr:terminal", "serial:PORT,baud=N", "eth:IFACE"];
        let next = |text: &str| text.parse::<LinkName>().unwrap_err().next(&forms).unwrap_or_default();
        assert_eq!(next("png=pictures"), "Did you mean qr:png=DIR?");
        assert_eq!(next("terminal"), "Did you mean qr:terminal?");
        assert_eq!(next("/dev/ttyUSB0"), "Did you mean serial:/dev/ttyUSB0,baud=N?");
        assert_eq!(next("pigeon"), "");
        for device in ["/dev/sda", "/dev/video0", "/dev/snd/pcmC0D0p"] {
            assert_eq!(next(device), "", "{device}");
        }
        let forms = ["qr:images=DIR|FILE", "serial:PORT[,baud=N]", "qr:camera=N|NAME"];
        let next = |text: &str| text.parse::<LinkName>().unwrap_err().next(&forms).unwrap_or_default();
        for (device, meant) in [
            ("/dev/serial/by-id/usb-FTDI", "Did you mean serial:/dev/serial/by-id/usb-FTDI,baud=N?"),
            ("/dev/ttyS0", "Did you mean serial:/dev/ttyS0,baud=N?"),
            ("/dev/video12", "Did you mean qr:camera=12?"),
            ("/dev/video", ""),
            ("/dev/videodev", ""),
            ("/dev/media0", ""),
        ] {
            assert_eq!(next(device), meant, "{device}");
        }
        let unknown = "pigeon:x".parse::<LinkName>().unwrap().unknown("the links are …", &forms, &[]);
        assert!(unknown.next(&forms).is_none() && unknown.names_all());
    }

    #[test]
    fn a_mistyped_link_is_like_the_one_that_was_meant() {
        let forms = ["file:FILE", "qr:png=DIR", "qr:html=FILE", "qr:terminal", "serial:PORT,baud=N", "eth:IFACE"];
        for (typed, meant) in [
            ("qr:htlm=page.html", "Did you mean qr:html=FILE?"),
            ("qr:htlm", "Did you mean qr:html=FILE?"),
            ("qr:terminl,fps=3", "Did you mean qr:terminal?"),
            ("serail:/dev/ttyUSB0,baud=9600", "Did you mean serial:PORT,baud=N?"),
            ("ethernet:eth0", "Did you mean eth:IFACE?"),
            ("qr:x=1", ""),
            ("carrier:pigeon", ""),
        ] {
            let found = typed.parse::<LinkName>().unwrap().like_one_of(&forms);
            assert_eq!(found.unwrap_or_default(), meant, "{typed}");
        }
        let wrong = "serial:/dev/x,buad=9600".parse::<LinkName>().unwrap().only(&["baud", "frame"]).unwrap_err();
        assert!(wrong.to_string().contains("Did you mean baud?"), "{wrong}");
    }

    #[test]
    fn a_link_that_is_absent_is_named_by_its_whole_word() {
        let absent = [AbsentLink { kind: "audio", word: "device", why: "this program has no ears" }];
        for (typed, is_absent) in [
            ("audio:device=hw:0", true),
            ("audio:device", true),
            ("audio:device,mode=auto", true),
            ("audio:device=a=b", true),
            ("audio:devices=1", false),
            ("audio:wav=device", false),
            ("audio:Device=1", false),
            ("file:device", false),
        ] {
            let refused = typed.parse::<LinkName>().unwrap().unknown("the links are none", &[], &absent).to_string();
            assert_eq!(refused.contains("no ears"), is_absent, "{refused}");
            assert_eq!(refused.contains("there is no such link"), !is_absent, "{refused}");
        }
    }

    #[test]
    fn a_link_without_kind_or_target_is_refused() {
        for text in ["", "serial", "serial:", ":x", ":"] {
            assert!(text.parse::<LinkName>().is_err(), "{text:?}");
        }
    }
}

//! Link names of the command line: `KIND:TARGET[,key=value…]`, for example `qr:png=frames,version=27`,
//! `serial:/dev/ttyUSB0,baud=115200`, `file:root.frames`.

use std::fmt;
use std::str::FromStr;

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
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
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
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(self.wrong(format!("there is no option {key}; this link's options: {known}")));
            }
            if self.options.iter().take(at).any(|(earlier, _)| earlier == key) {
                return Err(self.wrong(format!("option {key} is given twice")));
            }
        }
        Ok(())
    }

    /// An error about this link, in words.
    #[must_use]
    pub fn wrong(&self, why: impl Into<String>) -> LinkNameError {
        LinkNameError { link: self.to_string(), why: why.into(), listing: Vec::new(), next: None }
    }
}

impl FromStr for LinkName {
    type Err = LinkNameError;

    fn from_str(text: &str) -> Result<Self, LinkNameError> {
        let wrong =
            |why: &str| LinkNameError { link: text.to_owned(), why: why.to_owned(), listing: Vec::new(), next: None };
        let (kind, rest) = text.split_once(':').ok_or_else(|| wrong("expected KIND:TARGET[,key=value…]"))?;
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
            return Err(wrong("expected KIND:TARGET[,key=value…]"));
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

/// A link name that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkNameError {
    link: String,
    why: String,
    /// What there is instead, a line each.
    listing: Vec<String>,
    /// What to do, where that is not to correct the name.
    next: Option<&'static str>,
}

impl LinkNameError {
    /// The same with what there is instead, a line each, and what to do with that.
    #[must_use]
    pub fn listing(mut self, lines: Vec<String>, next: &'static str) -> Self {
        (self.listing, self.next) = (lines, Some(next));
        self
    }

    /// What to do, where that is not to correct the name.
    #[must_use]
    pub fn next(&self) -> Option<&'static str> {
        self.next
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
    use super::LinkName;

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
    fn a_link_without_kind_or_target_is_refused() {
        for text in ["", "serial", "serial:", ":x", ":"] {
            assert!(text.parse::<LinkName>().is_err(), "{text:?}");
        }
    }
}

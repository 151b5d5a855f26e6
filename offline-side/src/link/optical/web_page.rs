//! The link `qr:html=FILE`: one page that holds every frame and plays them in a browser, from a disk, without a network.
//!
//! The page forbids itself everything (`default-src 'none'`) but its own script and style, which it names by their
//! digests: nothing else in it can run, whatever an item is called. Frames stand in it as bits, not as text to believe.

use std::fmt::Write as _;
use std::path::PathBuf;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::camera_advice::screen_advice;
use super::optics::Optics;
use super::written::{Medium, Writing, WrittenLink};
use crate::link::cover_sheet::CoverSheet;
use crate::link::error::{FramesMax, LinkError};
use crate::link::optical::qr_sheet::Tiles;
use crate::link::optical::qr_symbol::{QrPen, QrSymbol};
use crate::link::outlet::Outlet;
use crate::link::output_file::{OutputFile, check_free, named_file};
use crate::link::transmitter::{Link, Moved, Stop, Transmitter};

const STYLE: &str = include_str!("web_page/style.css");
const SCRIPT: &str = include_str!("web_page/player.js");

/// What the page says until its script runs. The script stands at the end, after all frames.
const WAITING: &str = "The codes play as soon as the whole page is there. If this sentence stays, this browser cannot run \
                       the page: open it in a newer browser, or send to qr:gif=FILE or qr:png=DIR.";

/// Browsers hold the whole page: 20,000 frames of version 27 are 52 MB of text.
const FRAMES_MAX: u32 = 20_000;
/// The odds are told for so many points of the first round.
const ODDS_STEPS: u32 = 100;
/// Pixels a module that can be asked for.
const PIXELS_MAX: u32 = 16;

/// The link `name` to the file it names.
pub(in crate::link) fn link(name: &LinkName, file: &str) -> Result<Box<dyn Link>, LinkNameError> {
    let pixels = name.number("scale", 1, PIXELS_MAX)?.unwrap_or(0);
    let medium = PageFile { path: named_file(name, file)?, pixels };
    Ok(Box::new(WrittenLink::new(name, Optics::from_link_name(name, Tiles::ONE)?, medium)))
}

/// A file for a page.
#[derive(Debug)]
struct PageFile {
    path: PathBuf,
    pixels: u32,
}

impl Medium for PageFile {
    fn check_free(&self) -> Result<(), LinkError> {
        check_free(&self.path)
    }

    fn frames_max(&self, _together: u32) -> u32 {
        FRAMES_MAX
    }

    fn advice(&self, optics: &Optics, room: usize) -> Vec<String> {
        let screen = optics.version_of(room).map(|version| screen_advice(version, optics.tiles));
        optics.advice(room).into_iter().chain(screen).collect()
    }

    fn open(&self, writing: Writing<'_>) -> Result<Box<dyn Transmitter>, LinkError> {
        Ok(Box::new(WebPage {
            file: OutputFile::create(&self.path)?,
            cover: writing.cover.clone(),
            pen: writing.pen,
            fps: writing.optics.fps,
            tiles: writing.optics.tiles,
            pixels: self.pixels,
            most: writing.most,
            frames: 0,
        }))
    }
}

struct WebPage {
    file: OutputFile,
    cover: CoverSheet,
    pen: QrPen,
    fps: u32,
    tiles: Tiles,
    pixels: u32,
    most: FramesMax,
    frames: u32,
}

impl WebPage {
    /// Everything before the frames.
    fn head(&self) -> String {
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{}'; style-src '{}'; \
             base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>Rootcast {}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n\
             <main id=\"area\"><canvas id=\"code\"></canvas></main>\n<aside>\n<h1>Rootcast: film these codes</h1>\n\
             <noscript>This page needs its own script: allow scripts for it, or send to qr:gif=FILE.</noscript>\n\
             <p id=\"shown\">{WAITING}</p>\n<p><span id=\"round\"></span><span id=\"fps\"></span></p>\n\
             <p id=\"odds\"></p>\n<p id=\"advice\"></p>\n<p class=\"small\" id=\"camera\"></p>\n<div id=\"controls\">\n\
             <button id=\"play\">Pause</button><button id=\"full\">Full screen</button>\n\
             <button id=\"slower\">− slower</button><button id=\"faster\">+ faster</button>\n\
             <button id=\"back\">← one back</button><button id=\"on\">one on →</button>\n\
             <label>Tiles <select id=\"tiles\"></select></label><label>Size <select id=\"size\"></select></label>\n</div>\n\
             <p class=\"small\">Keys: space, +, -, arrows; h hides this column.</p>\n",
            source_digest(SCRIPT),
            source_digest(STYLE),
            self.cover.object.id,
        );
        for item in &self.cover.items {
            // Writing to a String cannot fail.
            let _ = write!(
                page,
                "<h2>{}</h2>\n<p class=\"small\">{}</p>\n<p class=\"words\">{}</p>\n<p class=\"digest\">SHA-256 {}</p>\n",
                escaped(&item.name),
                escaped(&item.sentence),
                escaped(&item.words),
                escaped(&item.sha256),
            );
        }
        page
    }

    /// What is known once all frames are there.
    fn facts(&self) -> String {
        let suffice = match self.cover.frames_suffice {
            1 if self.frames == 1 => "This one code suffices".to_owned(),
            1 => format!("Any one of these {} codes suffices", self.frames),
            suffice => format!("Any {suffice} of these {} codes suffice", self.frames),
        };
        format!(
            "<h2>Object</h2>\n<p class=\"digest\">{} ({} bytes)</p>\n<p class=\"small\">{suffice}; after one round {} if each \
             code is lost independently with p = {}. You may join late. Call the online side and compare the words.</p>\n\
             </aside>\n",
            self.cover.object.id,
            self.cover.object.length.get(),
            self.cover.odds_after(self.frames),
            self.cover.design_loss,
        )
    }

    fn about(&self) -> String {
        let after = |step: u32| {
            let frames = u64::from(self.frames) * u64::from(step) / u64::from(ODDS_STEPS);
            self.cover.odds_after(u32::try_from(frames).unwrap_or(u32::MAX)) + " by now"
        };
        let about = About {
            columns: self.tiles.columns,
            fps: self.fps,
            odds: (0..=ODDS_STEPS).map(after).collect(),
            rows: self.tiles.rows,
            scale: self.pixels,
            side: self.pen.version().side(),
        };
        about.text()
    }
}

/// What the script of the page is told of its frames.
#[derive(Serialize)]
struct About {
    columns: u32,
    fps: u32,
    /// For each hundredth of the first round.
    odds: Vec<String>,
    rows: u32,
    /// Pixels a module; 0 where the page chooses.
    scale: u32,
    /// Modules on a side.
    side: usize,
}

impl About {
    /// As it stands in the page: nothing in it may end the element it stands in.
    fn text(&self) -> String {
        // Numbers and texts in a struct: writing them cannot fail.
        serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c")
    }
}

impl Transmitter for WebPage {
    fn outlet(&self) -> Outlet<'_> {
        self.file.outlet()
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], _stop: &Stop) -> Result<Moved, LinkError> {
        self.most.check(Some(self.frames.saturating_add(1)))?;
        let symbol = self.pen.draw(frame).map_err(LinkError::Symbol)?;
        let mut text = if self.frames == 0 {
            // Data, not script: browsers neither run nor show it.
            self.head() + "<script type=\"text/plain\" id=\"frames\">\n"
        } else {
            String::new()
        };
        push_base64(&mut text, &packed(&symbol));
        text.push('\n');
        self.file.write(text.as_bytes())?;
        self.frames += 1;
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        if self.frames == 0 {
            self.file.withdraw();
            return Ok(());
        }
        let text = format!(
            "</script>\n{}<script type=\"application/json\" id=\"about\">{}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
            self.facts(),
            self.about(),
        );
        self.file.write(text.as_bytes())?;
        self.file.sync()
    }

    fn withdraw(&mut self) {
        self.file.withdraw();
    }
}

/// How a page's policy names a script or style that it allows (Content Security Policy Level 3, §2.3.1).
fn source_digest(source: &str) -> String {
    let mut name = "sha256-".to_owned();
    push_base64(&mut name, Digest::of(source.as_bytes()).as_bytes());
    name
}

/// The modules row after row, eight a byte, the first in the highest bit.
fn packed(symbol: &QrSymbol) -> Vec<u8> {
    let modules: Vec<bool> = symbol.rows().flatten().copied().collect();
    let byte =
        |eight: &[bool]| (0..8).fold(0, |byte, at| byte << 1 | u8::from(eight.get(at).copied().unwrap_or(false)));
    modules.chunks(8).map(byte).collect()
}

/// RFC 4648 §4, with padding.
fn push_base64(text: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * place) & 0x3f).ok().and_then(|digit| ALPHABET.get(digit));
            text.push(if place > three.len() { '=' } else { char::from(digit.copied().unwrap_or(b'=')) });
        }
    }
}

/// `text` as it may stand in an element of a page.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{About, SCRIPT, STYLE, escaped, packed, push_base64, source_digest};
    use crate::link::optical::qr_symbol::{QrPen, QrVersion};

    #[test]
    fn base64_is_that_of_the_rfc() {
        // RFC 4648 §10.
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            let mut out = String::new();
            push_base64(&mut out, bytes.as_bytes());
            assert_eq!(out, text);
        }
        assert_eq!(source_digest(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    /// The script asks for these names.
    #[test]
    fn what_the_script_is_told_is_one_object_of_these_members() {
        let odds = vec!["99 % <&>".to_owned()];
        let about = About { columns: 3, fps: 11, odds, rows: 2, scale: 0, side: 125 };
        assert_eq!(about.text(), r#"{"columns":3,"fps":11,"odds":["99 % \u003c&>"],"rows":2,"scale":0,"side":125}"#);
        for name in ["columns", "fps", "odds", "rows", "scale", "side"] {
            assert!(SCRIPT.contains(&format!("about.{name}")), "{name}");
        }
    }

    #[test]
    fn names_cannot_leave_their_element() {
        assert_eq!(escaped("<script>&\"'\u{202e}"), "&lt;script&gt;&amp;&quot;&#39;\\u{202e}");
    }

    #[test]
    fn the_script_and_the_style_do_not_end_their_own_elements_and_ask_for_nothing() {
        for source in [SCRIPT, STYLE] {
            for word in ["</", "<!--", "fetch", "XMLHttpRequest", "http", "import", "url(", "eval"] {
                assert!(!source.contains(word), "{word}");
            }
        }
    }

    /// What came to browsers after 2017. That the script parses as ECMAScript 2017, the tests ask a parser.
    #[test]
    fn the_script_uses_no_interface_that_a_browser_of_2017_lacks() {
        for word in [
            "?.",
            "??",
            "||=",
            "&&=",
            "**=",
            ".flat(",
            ".flatMap(",
            "fromEntries",
            "replaceAll",
            "matchAll",
            ".at(",
            "structuredClone",
            "queueMicrotask",
            "globalThis",
            "allSettled",
            ".finally(",
            "trimStart",
            "trimEnd",
            "ResizeObserver",
            "createImageBitmap",
            "OffscreenCanvas",
            "replaceChildren",
            "BigInt",
            "#private",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        assert!(SCRIPT.contains("byId(\"shown\").textContent ="), "the script takes the sentence away");
    }

    #[test]
    fn modules_are_packed_eight_a_byte() {
        let symbol = QrPen::new(QrVersion::new(1).unwrap()).draw(b"frame").unwrap();
        let bytes = packed(&symbol);
        assert_eq!(bytes.len(), (21usize * 21).div_ceil(8));
        for at in 0..21 * 21 {
            assert_eq!(bytes[at / 8] >> (7 - at % 8) & 1 == 1, symbol.is_dark(at % 21, at / 21), "module {at}");
        }
    }
}

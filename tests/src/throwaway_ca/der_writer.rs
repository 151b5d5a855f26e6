//! A few lines that write DER. They check nothing: a test may want wrong bytes.

/// One element.
#[must_use]
pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = contents.len();
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap_or(0));
    } else {
        let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
        out.push(0x80 | u8::try_from(octets.len()).unwrap_or(0));
        out.extend(octets);
    }
    out.extend_from_slice(contents);
    out
}

/// SEQUENCE of parts.
#[must_use]
pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// SET of parts, in the order given.
#[must_use]
pub fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x31, &parts.concat())
}

/// INTEGER of a small number.
#[must_use]
pub fn integer(value: u64) -> Vec<u8> {
    tlv(2, &integer_octets(value))
}

/// The contents octets of a small non-negative INTEGER.
#[must_use]
pub fn integer_octets(value: u64) -> Vec<u8> {
    let mut octets: Vec<u8> = value.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
    if octets.first().is_none_or(|first| first & 0x80 != 0) {
        octets.insert(0, 0);
    }
    octets
}

/// BOOLEAN.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(1, &[if value { 0xff } else { 0 }])
}

/// OBJECT IDENTIFIER from its arcs.
#[must_use]
pub fn oid(arcs: &[u64]) -> Vec<u8> {
    tlv(6, &oid_octets(arcs))
}

/// The contents octets of an OBJECT IDENTIFIER.
#[must_use]
pub fn oid_octets(arcs: &[u64]) -> Vec<u8> {
    let (top, rest) = arcs.split_at(2.min(arcs.len()));
    let first = top.iter().fold(0, |sum, arc| sum * 40 + arc);
    let mut out = Vec::new();
    for arc in core::iter::once(&first).chain(rest) {
        let mut septets = vec![u8::try_from(arc & 0x7f).unwrap_or(0)];
        let mut left = arc >> 7;
        while left > 0 {
            septets.push(0x80 | u8::try_from(left & 0x7f).unwrap_or(0));
            left >>= 7;
        }
        out.extend(septets.iter().rev());
    }
    out
}

/// UTF8String.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

/// BIT STRING of whole bytes.
#[must_use]
pub fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], bytes].concat())
}

/// OCTET STRING.
#[must_use]
pub fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(4, bytes)
}

/// A Time as RFC 5280 wants it: UTCTime to 2049, GeneralizedTime from 2050. Seconds since 1970.
#[must_use]
pub fn time(seconds: i64) -> Vec<u8> {
    let text = digits(seconds);
    if text.starts_with("19") || text.as_str() < "2050" {
        tlv(0x17, text.get(2..).unwrap_or_default().as_bytes())
    } else {
        tlv(0x18, text.as_bytes())
    }
}

/// A GeneralizedTime, whatever the year.
#[must_use]
pub fn generalized_time(seconds: i64) -> Vec<u8> {
    tlv(0x18, digits(seconds).as_bytes())
}

/// `YYYYMMDDHHMMSSZ`, found by counting years and months up from 1970.
fn digits(seconds: i64) -> String {
    let mut day = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400);
    let mut year = 1970;
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = if leap { 366 } else { 365 };
        if day >= days {
            day -= days;
            year += 1;
            continue;
        }
        let february = if leap { 29 } else { 28 };
        let mut month = 1;
        for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if day < days {
                break;
            }
            day -= days;
            month += 1;
        }
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        return format!("{year:04}{month:02}{:02}{hour:02}{minute:02}{second:02}Z", day + 1);
    }
}

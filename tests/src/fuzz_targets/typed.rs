//! What people type or read to each other: words, keys, links, digests, times, numbers, names. Written again, each says
//! what was read; and what is wrong with it can be printed.

use rootcast_host::clock::{parse_duration, rfc3339};
use rootcast_host::link_name::LinkName;
use rootcast_host::text::printable;
use rootcast_offline::ceremony::request::distinguished_name::DistinguishedName;
use rootcast_online::gate::export_key::ExportKey;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::time::parse_rfc3339;
use rootcast_pki::typed_time::{self, TypedTime};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::check_name;
use rootcast_protocol::object::ObjectId;
use rootcast_protocol::transport_key::TransportKey;
use rootcast_protocol::words;

use super::{Reached, assert_printable, ceremony};

/// First byte: what the text is taken for.
pub(super) fn run(input: &[u8]) -> Reached {
    let Some((&form, bytes)) = input.split_first() else { return Reached::Refused };
    let text = String::from_utf8_lossy(bytes);
    let read = match form % 12 {
        0 => words::read(&text).map_err(|error| error.to_string()).map(|read| {
            let again = words::spell(&read, read.len());
            assert_eq!(words::read(&again), Ok(read));
        }),
        1 => TransportKey::from_words(&text).map_err(|error| error.to_string()).map(|key| {
            assert_eq!(TransportKey::from_words(&key.words()), Ok(key));
        }),
        2 => text.parse::<LinkName>().map_err(|error| error.to_string()).map(|name| {
            assert_eq!(name.to_string(), text);
            let _ = name.only(&["baud", "version"]).map_err(|error| assert_printable(&error.to_string()));
            let _ = name.number("baud", 50, 4_000_000).map_err(|error| assert_printable(&error.to_string()));
        }),
        3 => text.parse::<Digest>().map_err(|error| error.to_string()).map(|digest| {
            assert_eq!(digest.to_string().parse(), Ok(digest));
        }),
        4 => text.parse::<ObjectId>().map_err(|error| error.to_string()).map(|id| {
            assert_eq!(id.to_string().parse(), Ok(id));
        }),
        5 => parse_rfc3339(&text).map_err(|error| error.to_string()).map(|at| {
            assert_eq!(parse_rfc3339(&at.to_string()), Ok(at));
            if at.0 >= 0 {
                assert_eq!(rfc3339(at.0), at.to_string());
                assert_eq!(at.to_string(), text.to_uppercase());
            }
        }),
        6 => parse_duration(&text).map(|_| ()).map_err(|_| String::new()),
        7 => text.parse::<CrlNumber>().map_err(|error| error.to_string()).map(|number| {
            assert_eq!(number.to_string().parse(), Ok(number));
            assert!(number.successor().is_none_or(|next| next > number && next.distance_above(&number) == 1));
        }),
        8 => DistinguishedName::parse(&text).map_err(|error| error.to_string()).map(|name| {
            assert_eq!(name.to_string(), text);
            ceremony::check_name(&text, name.der());
        }),
        9 => ExportKey::read(bytes).map(drop).map_err(|error| error.to_string()),
        10 => typed_time::read(&text).map_err(|error| printable(&error.to_string())).map(|read| {
            if let TypedTime::Moment(at) = read {
                assert_eq!(typed_time::read(&at.to_string()), Ok(read), "{text}");
            }
        }),
        _ => check_name(&text).map_err(|error| error.to_string()).map(|()| assert_printable(&text)),
    };
    if let Err(why) = &read {
        assert_printable(why);
    }
    Reached::taken(read.is_ok())
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let key = TransportKey::new([7; 16]);
    let digest = Digest::of(b"abc").to_string();
    let texts: [(u8, String); 22] = [
        (0, words::spell(&[0xe5, 0x82, 0x94, 0xf2, 0, 0xff], 6)),
        (0, " TOPMOST-istanbul,\tpluto  Vagabond\n".to_owned()),
        (1, key.words()),
        (2, "qr:png=a,b/frames,version=27,fps=11".to_owned()),
        (2, "serial:/dev/ttyUSB0,baud=115200".to_owned()),
        (2, "serial:x,baud=0,version=1,baud=9".to_owned()),
        (3, digest.clone()),
        (3, "BA:78:16:bf 8f01cfea 414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned()),
        (4, digest[..32].to_owned()),
        (5, "2026-11-21T00:00:00Z".to_owned()),
        (5, "2024-02-29t23:59:59z".to_owned()),
        (6, "1h 30m 5s".to_owned()),
        (7, "730750818665451459101842416358141509827966271487".to_owned()),
        (7, "0x1f".to_owned()),
        (8, "CN=Zürich Root\\, \\\"a\\\",OU=b,OU=a,O=Example,C=CH".to_owned()),
        (9, digest.clone()),
        (
            9,
            format!(
                "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
                "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
            ),
        ),
        (10, "Mon, 30 Nov 2026 01:17:00 +0000".to_owned()),
        (10, "30.11.2026 1:17 am utc".to_owned()),
        (10, "01:17".to_owned()),
        (11, "root.crl".to_owned()),
        (11, "日本 Zürich.crt".to_owned()),
    ];
    texts.into_iter().map(|(form, text)| [vec![form], text.into_bytes()].concat()).collect()
}

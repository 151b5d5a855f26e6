//! Token, state, kit and site are gone. Envelopes are left, and what relying parties have: the root and its last CRL.

use super::*;

/// What `docs/recovery.md` says of this case, step by step. The key is in a file for a while: the recipe leaves it there.
#[test]
fn envelopes_and_the_published_root_and_crl_give_the_next_crl() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers().verified();
    let site = &papers.site;
    attempts::signs(site, "SITE.toml", "first", "root-2026");
    let online_state = site.scratch.path("online");
    let trust = ["trust", "--yes", "--root", "first/signed/root.crt", "--crl", "first/signed/root.crl"];
    online(trust).state(&online_state).within(site.scratch.folder()).exits(0);
    // What anybody can fetch.
    for name in ["root.crt", "root.crl"] {
        fs::copy(site.scratch.path(&format!("first/signed/{name}")), site.scratch.path(&format!("fetched-{name}")))
            .unwrap();
    }
    for name in ["state", "state.kept", "first", "kit"] {
        fs::remove_dir_all(site.scratch.path(name)).unwrap();
    }
    for name in ["SITE.toml", "SECOND.toml", "NEW.toml", "first.toml"] {
        fs::remove_file(site.scratch.path(name)).unwrap();
    }
    fs::remove_dir_all(site.tokens.folder().join("tokens")).unwrap();
    fs::create_dir(site.tokens.folder().join("tokens")).unwrap();
    // The recipe of page 2, into memory; and new tokens.
    let key = site.memory.path().join("key.p8");
    papers.key_by_the_recipe(&papers.all_pieces([(1, 3), (2, 3)]), &key);
    let module = site.tokens.module();
    let site_file = |file: &str, label: &str, pinned: &str| {
        let serial = site.tokens.make(label);
        let text = format!(
            "[key]\nmodule = {module:?}\ntoken_label = \"{label}\"\ntoken_serial = \"{serial}\"\nkey_label = \"root key\"\n{pinned}\
             [approvals]\nrequired = 0\n"
        );
        site.scratch.file(file, text)
    };
    site_file("NEW.toml", "new", "");
    site_file("CHECK.toml", "check", "");
    let pages = site.memory.path().to_str().unwrap();
    let import = ["escrow", "import", key.to_str().unwrap(), "--site", "NEW.toml", "--pages", pages, "--json"];
    let owner = ["--owner", "CN=Example Root,O=Example,C=CH", "--groups", "BOARD", "OPERATIONS"];
    let mut operator = operator::Operator::new(&site.page_file(), &site.scratch.subfolder("papers"));
    let program = site.program(&[&import[..], &owner].concat());
    let ended = operator.answers(Seat::start(&program, 250, 50));
    assert!(ended.code == Some(0) && ended.stdout.contains(&papers.pinned), "{ended}");
    fs::remove_file(&key).unwrap();
    let text = fs::read_to_string(site.scratch.path("NEW.toml")).unwrap();
    let pinned = format!("public_key_sha256 = \"{}\"\n[approvals]", papers.pinned);
    site.scratch.file("NEW.toml", text.replace("[approvals]", &pinned));
    // The new pages give it back; without that, it does not sign.
    let now = rootcast_host::clock::now();
    let request = next_crl("fetched-root.crt", "fetched-root.crl", (now - 60, now + 180 * DAY));
    site.scratch.file("second.toml", request);
    let ended = operator.answers(Seat::start(&site.program(&["escrow", "verify", "--site", "CHECK.toml"]), 250, 50));
    assert_eq!(ended.code, Some(0), "{ended}");
    // The number of the last CRL is used: the new state is told, and the root is trusted again.
    let trust = ["trust", "--yes", "--root", "fetched-root.crt", "--used-number", "1"];
    site.program(&trust).exits(0);
    site.program(&["ceremony", "rehearse", "--site", "NEW.toml", "second.toml", "-o", "second"]).exits(0);
    attempts::signs(site, "NEW.toml", "second", "new");
    let link = format!("file:{}", site.scratch.path("second.frames").display());
    site.program(&["send", "--yes", "second"]).link(&link).exits(0);
    online(["receive"]).link(&link).state(&online_state).exits(0).says("published");
    let mut number = Command::new("openssl");
    number
        .args(["crl", "-inform", "DER", "-noout", "-crlnumber", "-in"])
        .arg(site.scratch.path("second/signed/root.crl"));
    let said = String::from_utf8(number.output().unwrap().stdout).unwrap();
    assert!(["crlNumber=0x02", "crlNumber=0x2", "crlNumber=02"].contains(&said.trim()), "{said}");
}

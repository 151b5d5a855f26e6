//! What a process that locked itself in still can do. A lock cannot be undone, and threads before it count, so each
//! question is asked in a process of its own: this program, started again.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test: whatever fails, fails it")]

use std::fs;
use std::io::Write;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, ExitCode};

use rootcast_host::sandbox::{LinkCalls, Purpose, Sandbox, set_apart};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::termios::{QueueSelector, tcdrain, tcflush, tcgetattr, tcsendbreak};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, purpose, folder] = arguments.as_slice()
        && flag == "--inside"
    {
        inside(purpose, Path::new(folder));
        return ExitCode::SUCCESS;
    }
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    for purpose in ["send", "receive", "serial", "camera", "capture", "plugin capture"] {
        let folder = tempfile::tempdir().unwrap();
        let (own, outside) = (folder.path().join("own"), folder.path().join("outside"));
        fs::create_dir(&own).unwrap();
        fs::create_dir(&outside).unwrap();
        // Where something is received, a link may have been left by whoever got hold of the run before.
        if purpose != "send" {
            std::os::unix::fs::symlink(&outside, own.join("elsewhere")).unwrap();
        }
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["--inside", purpose])
            .arg(folder.path())
            .output()
            .unwrap();
        let told = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        println!("--- {purpose}\n{told}");
        assert!(ended.status.success() && told.contains("all asked"), "{purpose}");
        assert_eq!(fs::read(own.join("new")).unwrap(), b"kept");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }
    ExitCode::SUCCESS
}

/// The process that records sound: behind a plugin of alsa-lib it reads and writes files that the plugin has open.
fn inside_capture(behind_plugin: bool, folder: &Path) {
    fs::write(folder.join("own/new"), b"kept").unwrap();
    let (out_of, into) = std::io::pipe().unwrap();
    let (out_of, mut into) = (set_apart(out_of).unwrap(), fs::File::from(set_apart(into).unwrap()));
    into.write_all(b"sound").unwrap();
    let mut sandbox = Sandbox::new(Purpose::CaptureSound, None);
    sandbox.links = vec![if behind_plugin { LinkCalls::SOUND_PLUGIN_RECORDER } else { LinkCalls::SOUND_RECORDER }];
    let closed = sandbox.close();
    if closed.is_whole() {
        let mut bytes = [0; 5];
        let refused = |errno: Errno| matches!(errno, Errno::PERM | Errno::ACCESS);
        assert_eq!(
            rustix::io::read(&out_of, &mut bytes).map_err(refused),
            if behind_plugin { Ok(5) } else { Err(true) }
        );
        assert_eq!(rustix::io::write(&into, b"x").map_err(refused), if behind_plugin { Ok(1) } else { Err(true) });
        assert!(rustix::io::read(std::io::stdin(), &mut bytes).is_err_and(refused));
        assert!(rustix::io::write(std::io::stderr(), b"x").is_err_and(refused));
        assert!(rustix::io::ioctl_fionread(&out_of).is_err_and(refused));
        assert!(poll(&mut [PollFd::new(&out_of, PollFlags::IN)], Some(&Timespec::default())).is_err_and(refused));
        assert!(fs::File::open(folder.join("own/new")).is_err());
        assert!(set_apart(&out_of).is_err() && UnixStream::pair().is_err());
    }
    println!("all asked");
}

fn inside(purpose: &str, folder: &Path) {
    if purpose.ends_with("capture") {
        return inside_capture(purpose != "capture", folder);
    }
    let (purpose, links) = match purpose {
        "send" => (Purpose::Send, vec![LinkCalls::SERIAL_TRANSMITTER]),
        "camera" => (Purpose::Receive, vec![LinkCalls::CAMERA]),
        "serial" => (Purpose::Receive, vec![LinkCalls::SERIAL_RECEIVER]),
        _ => (Purpose::Receive, vec![LinkCalls::FILE]),
    };
    let (own, outside) = (folder.join("own"), folder.join("outside"));
    fs::write(own.join("readable"), "bytes").unwrap();
    let link = set_apart(fs::File::open(own.join("readable")).unwrap()).unwrap();
    let parent = rustix::process::getppid().unwrap();
    let locked = Sandbox { links: links.clone(), ..Sandbox::new(purpose, Some(own.clone())) }.close();
    locked.lines().iter().for_each(|line| println!("{line}"));
    if let Err(why) = &locked.paths {
        // Said aloud; the calls below are asked all the same.
        println!("SKIPPED: paths: {why}");
    }
    locked.calls.as_ref().unwrap();

    // What it needs goes on: files of its own, threads, time.
    fs::write(own.join("draft"), "kept").unwrap();
    fs::rename(own.join("draft"), own.join("new")).unwrap();
    fs::create_dir(own.join("folder")).unwrap();
    let hard_link = fs::hard_link(own.join("new"), own.join("folder/new"));
    let symlink = std::os::unix::fs::symlink("folder", own.join("link"));
    fs::File::open(&own).unwrap().sync_all().unwrap();
    match purpose {
        Purpose::Send => {
            // What it keeps has no links.
            assert_eq!([hard_link, symlink].map(|made| made.unwrap_err().raw_os_error()), [Some(1); 2]);
        }
        _ => {
            hard_link.and(symlink).unwrap();
            fs::remove_file(own.join("link")).unwrap();
        }
    }
    fs::remove_dir_all(own.join("folder")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1));

    // No other path, from any thread.
    if locked.paths.is_ok() {
        let refused = |what: &str, result: std::io::Result<()>| {
            let error = result.expect_err(what);
            // 1 where the call is not left at all.
            let errors: &[i32] = if purpose == Purpose::Send { &[13, 18, 1] } else { &[13, 18] };
            assert!(error.raw_os_error().is_some_and(|number| errors.contains(&number)), "{what}: {error}");
            println!("refused: {what}: {error}");
        };
        refused("open /etc/passwd", fs::File::open("/etc/passwd").map(drop));
        refused("list /", fs::read_dir("/").map(drop));
        refused("make a file outside", fs::write(outside.join("x"), "x"));
        refused("link a file in", fs::hard_link("/etc/passwd", own.join("passwd")));
        refused("move a file out", fs::rename(own.join("new"), outside.join("new")));
        refused("its own descriptors by name", fs::read_dir("/proc/self/fd").map(drop));
        let thread = std::thread::spawn(|| fs::File::open("/etc/passwd").map(drop));
        refused("open /etc/passwd in a thread", thread.join().unwrap());
    }

    // No socket, no program, nobody else's memory.
    let refused = |what: &str, result: std::io::Result<()>| {
        let error = result.expect_err(what);
        assert_eq!(error.raw_os_error(), Some(1), "{what}: {error}");
        println!("refused: {what}: {error}");
    };
    refused("a TCP socket", TcpListener::bind("127.0.0.1:0").map(drop));
    refused("a UDP socket", UdpSocket::bind("127.0.0.1:0").map(drop));
    refused("a pair of sockets", UnixStream::pair().map(drop));
    refused("starting a program", Command::new("/bin/true").status().map(drop));
    refused("a signal to another process", rustix::process::test_kill_process(parent).map_err(Into::into));
    rustix::process::test_kill_process(rustix::process::getpid()).unwrap();
    if purpose == Purpose::Send {
        let mut bytes = [0; 5];
        assert_eq!(rustix::io::read(&link, &mut bytes), Err(Errno::PERM));
        assert_eq!(rustix::io::pread(&link, &mut bytes, 0), Err(Errno::PERM));
        assert_eq!(rustix::io::dup(&link).map(drop), Err(Errno::PERM));
        assert_eq!(fcntl_dupfd_cloexec(&link, 0).map(drop), Err(Errno::PERM));
        assert_eq!(rustix::io::read(std::io::stderr().as_fd(), &mut bytes), Err(Errno::PERM));
        println!("refused: reading a link, under its number or another");
        assert_eq!(fs::read(own.join("readable")).unwrap(), b"bytes", "files of its own can be read");
    }
    // The terminal it was started from stays open, also beside a camera: of it only what the list names can be asked, so
    // nothing types into it (TIOCSTI). Of a descriptor nobody asks for signals to others (F_SETOWN). Both are asked by
    // their neighbours, which the library can spell.
    let file = fs::File::open(own.join("readable")).unwrap();
    assert_eq!(rustix::termios::ioctl_tiocexcl(std::io::stdin().as_fd()), Err(Errno::PERM), "{purpose:?}");
    assert_eq!(rustix::io::ioctl_fionread(&file), Err(Errno::PERM), "{purpose:?}");
    let lock = rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::NonBlockingLockShared);
    assert_eq!(lock, Err(Errno::PERM), "{purpose:?}");
    assert_eq!(file.try_clone().is_ok(), purpose != Purpose::Send, "{purpose:?}");
    println!("refused: what is not on the list, of a terminal and of a descriptor");
    // Waiting until a descriptor is ready tells when a byte comes in; so does a signal (O_ASYNC).
    let mut ready = [PollFd::new(&link, PollFlags::IN)];
    let waited = poll(&mut ready, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    let set = fcntl_setfl(&link, fcntl_getfl(&link).unwrap());
    assert_eq!(fcntl_setfl(&link, OFlags::from_bits_retain(0x2000)), Err(Errno::PERM), "{purpose:?}");
    match purpose {
        Purpose::Send => assert_eq!((waited, set), (Err(Errno::PERM), Err(Errno::PERM))),
        _ => assert_eq!((waited, set), (Ok(1), Ok(()))),
    }
    println!("refused: to be told when something comes in, where nothing may");
    // Of a link that sends on a line: to be drained, and to throw away what is not out. Of one that receives: nothing.
    let (drain, out, elsewhere) =
        (tcdrain(&link), tcflush(&link, QueueSelector::OFlush), tcflush(&file, QueueSelector::OFlush));
    let of_line = if purpose == Purpose::Send { Err(Errno::NOTTY) } else { Err(Errno::PERM) };
    assert_eq!((drain, out), (of_line, of_line), "{links:?}");
    assert_eq!((elsewhere, tcdrain(&file)), (Err(Errno::PERM), Err(Errno::PERM)), "of no other descriptor");
    for queues in [QueueSelector::IFlush, QueueSelector::IOFlush] {
        assert_eq!(tcflush(&link, queues), Err(Errno::PERM), "{links:?}");
    }
    assert_eq!(tcsendbreak(&link), Err(Errno::PERM), "{links:?}");
    assert_eq!(tcgetattr(&link).map(drop), Err(Errno::PERM), "{links:?}");
    assert_eq!(tcgetattr(&file).map(drop), Err(Errno::NOTTY), "{links:?}");
    println!("refused: of a line all but what its link needs");
    println!("all asked");
    std::io::stdout().flush().unwrap();
}

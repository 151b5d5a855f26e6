//! System calls: seccomp (seccomp(2)). It has a list of allowed calls. Every other call fails with EPERM, and a call of
//! another processor architecture ends the process.
//!
//! On the list are files, memory, threads of this process, time, signals to itself. Not on it, in any spelling: sockets,
//! starting programs, tracing or reading other processes, io_uring, mounting, modules, keys, copying between descriptors.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpOp, SeccompFilter, SeccompRule, TargetArch,
    apply_filter_all_threads,
};

use super::bounds::Sandbox;
use super::capture_calls;
use super::descriptor::LINK_DESCRIPTOR_MIN;
use super::link_calls::{Descriptors, DeviceRequest};
use super::picture_calls;
use super::port_calls;
use super::purpose::Purpose;
use super::rules::{Rules, argument, number, one_of, rule_of};

/// Locks the calls; what is in force.
pub(super) fn restrict(sandbox: &Sandbox) -> Result<String, String> {
    let rules = rules(sandbox).map_err(|error| error.to_string())?;
    let count = rules.len();
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let eperm = SeccompAction::Errno(number(libc::EPERM));
    let filter = SeccompFilter::new(rules, eperm, SeccompAction::Allow, arch);
    // What clone3 is asked stands in memory, where no filter sees it. Whoever is told that there is none uses clone.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let enosys = SeccompAction::Errno(number(libc::ENOSYS));
    let without_clone3 = SeccompFilter::new(absent, SeccompAction::Allow, enosys, arch);
    // The list last: what installs filters is not on it.
    for filter in [without_clone3, filter] {
        let program: BpfProgram =
            filter.and_then(BpfProgram::try_from).map_err(|error: BackendError| error.to_string())?;
        apply_filter_all_threads(&program).map_err(|error| format!("the kernel refuses it: {error}"))?;
    }
    let without = match sandbox.purpose {
        Purpose::Send => "cannot make a socket, no new process, no read on a link, no wait for input, no modem line",
        Purpose::Receive => "cannot make a socket, no new process, no write to a link, no modem line",
        Purpose::SuperviseReaders => "no socket",
        Purpose::OpenPortAgain => "no socket, no new process, no new thread, no write",
        Purpose::ReadPictures | Purpose::CaptureSound => "no socket, no new process, no new thread, no file",
    };
    let holds = match (sandbox.holds_socket(), sandbox.purpose) {
        (false, _) => "",
        (true, Purpose::Send) => ", holds a send-only link socket, no capability",
        (true, _) => ", holds a receive-only link socket, no capability",
    };
    Ok(format!("{count} system calls allowed, {without}{holds}"))
}

fn rules(sandbox: &Sandbox) -> Result<Rules, BackendError> {
    match sandbox.purpose {
        Purpose::ReadPictures => return picture_calls::of_reader(),
        Purpose::SuperviseReaders => return Ok(picture_calls::of_supervisor()),
        Purpose::CaptureSound => return capture_calls::of_capture(&sandbox.links),
        Purpose::OpenPortAgain => return port_calls::of_opener(sandbox.answered_on),
        Purpose::Send | Purpose::Receive => {}
    }
    let mut rules: Rules = CALLS.iter().chain(LEGACY).map(|call| (*call, Vec::new())).collect();
    let of_links = sandbox.links.iter().flat_map(|link| link.calls);
    rules.extend(of_links.map(|call| (call.number(), Vec::new())));
    let reads = match sandbox.purpose {
        Purpose::Send => vec![SeccompRule::new(vec![
            argument(0, SeccompCmpOp::Lt, u64::from(number(LINK_DESCRIPTOR_MIN)))?,
            argument(0, SeccompCmpOp::Ne, 1)?,
            argument(0, SeccompCmpOp::Ne, 2)?,
        ])?],
        Purpose::Receive
        | Purpose::SuperviseReaders
        | Purpose::ReadPictures
        | Purpose::CaptureSound
        | Purpose::OpenPortAgain => Vec::new(),
    };
    rules.extend(READS.iter().map(|call| (*call, reads.clone())));
    let least = u64::from(number(LINK_DESCRIPTOR_MIN));
    let below_links = || Ok::<_, BackendError>(vec![SeccompRule::new(vec![argument(0, SeccompCmpOp::Lt, least)?])?]);
    // A receiver writes to no link; a sender to none where none of its links is written.
    let is_written = sandbox.purpose == Purpose::Send && sandbox.links.iter().any(|link| link.is_written);
    let writes = if is_written { Vec::new() } else { below_links()? };
    rules.extend(WRITES.iter().map(|call| (*call, writes.clone())));
    for call in sandbox.links.iter().flat_map(|link| link.on_links) {
        rules.insert(call.number(), vec![SeccompRule::new(vec![argument(0, SeccompCmpOp::Ge, least)?])?]);
    }
    let terminal = TERMINAL_REQUESTS.iter().map(|request| (*request, Descriptors::OfTerminal));
    let of_links =
        sandbox.links.iter().flat_map(|link| link.requests.iter().map(|request| (*request, link.descriptors)));
    let ioctls = terminal.chain(of_links).map(|(request, descriptors)| rule_of(request, descriptors));
    rules.insert(libc::SYS_ioctl, ioctls.collect::<Result<_, _>>()?);
    let mut requests = one_of(1, DESCRIPTOR_REQUESTS)?;
    if sandbox.purpose != Purpose::Send {
        rules.extend(POLLS.iter().chain(LINKS).map(|call| (*call, Vec::new())));
        // F_SETFL, but not with O_ASYNC: on a terminal that alone names whom the kernel signals as soon as a byte is in.
        requests.push(SeccompRule::new(vec![
            argument(1, SeccompCmpOp::Eq, u64::from(number(libc::F_SETFL)))?,
            argument(2, SeccompCmpOp::MaskedEq(u64::from(number(libc::O_ASYNC))), 0)?,
        ])?);
        // A second descriptor of a link would have a number below theirs, and so could be written to.
        for call in [libc::F_DUPFD, libc::F_DUPFD_CLOEXEC] {
            requests.push(SeccompRule::new(vec![
                argument(0, SeccompCmpOp::Lt, least)?,
                argument(1, SeccompCmpOp::Eq, u64::from(number(call)))?,
            ])?);
        }
    }
    rules.insert(libc::SYS_fcntl, requests);
    // Where descriptors are handed over by another process of this program, and nowhere else.
    for descriptor in &sandbox.handed_over_on {
        let of_it = one_of(0, &[u64::from(number(*descriptor))])?;
        rules.entry(libc::SYS_recvmsg).or_default().extend(of_it);
    }
    // Signals to itself.
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_kill, one_of(0, &[own])?);
    rules.insert(libc::SYS_tgkill, one_of(0, &[own])?);
    // New threads, no new processes.
    let thread = u64::from(number(libc::CLONE_THREAD));
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![argument(0, SeccompCmpOp::MaskedEq(thread), thread)?])?]);
    // The name of a thread; the name of a piece of memory.
    rules.insert(libc::SYS_prctl, one_of(0, &[15, 0x5356_4d41])?);
    Ok(rules)
}

/// Reading, which sending has to leave alone on links.
const READS: &[c_long] = &[libc::SYS_read, libc::SYS_readv, libc::SYS_pread64, libc::SYS_preadv];

/// Writing, which receiving has to leave alone on links.
const WRITES: &[c_long] = &[libc::SYS_write, libc::SYS_writev, libc::SYS_pwrite64];

/// Waiting until a descriptor is ready. The descriptors stand in memory, where no filter sees them: whoever may wait for
/// room on one may wait for a byte on another, and the moment at which it comes is a message. So who sends may not.
#[cfg(target_arch = "x86_64")]
const POLLS: &[c_long] = &[libc::SYS_ppoll, libc::SYS_poll];
#[cfg(not(target_arch = "x86_64"))]
const POLLS: &[c_long] = &[libc::SYS_ppoll];

/// Links in the file system. A generation that is published has unchanged files of the one before as hard links, and
/// becomes the current one by a symbolic link; what a sending process keeps has neither.
#[cfg(target_arch = "x86_64")]
const LINKS: &[c_long] = &[libc::SYS_linkat, libc::SYS_link, libc::SYS_symlinkat, libc::SYS_symlink];
#[cfg(not(target_arch = "x86_64"))]
const LINKS: &[c_long] = &[libc::SYS_linkat, libc::SYS_symlinkat];

/// F_GETFD, F_SETFD, F_GETFL (fcntl(2)): not F_DUPFD, under which a link would get another number, and not F_SETOWN with
/// F_SETSIG, by which the kernel signals any process that one names.
const DESCRIPTOR_REQUESTS: &[u64] = &[1, 2, 3];

/// What is asked of the terminal a program was started from (ioctl_tty(2)): whether it is one, and its size.
const TERMINAL_REQUESTS: &[DeviceRequest] = &[
    DeviceRequest::Exactly(0x5401),      // TCGETS
    DeviceRequest::Exactly(0x802c_542a), // TCGETS2
    DeviceRequest::Exactly(0x5413),      // TIOCGWINSZ
];

/// What everything needs.
const CALLS: &[c_long] = &[
    // Files.
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_readlinkat,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_syncfs,
    libc::SYS_ftruncate,
    libc::SYS_flock,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    // Memory.
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_getrandom,
    // Threads of this process.
    libc::SYS_clone3,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_membarrier,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    // Time.
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    // Signals it gets.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // What it is.
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getpgid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
];

/// Older spellings of the same, which x86-64 still has.
#[cfg(target_arch = "x86_64")]
const LEGACY: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_getpgrp,
    libc::SYS_time,
];
/// Newer architectures never had them.
#[cfg(not(target_arch = "x86_64"))]
const LEGACY: &[c_long] = &[];

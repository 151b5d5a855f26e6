//! The lists of the two processes around the pictures: the one that starts readers of pictures, and the readers.
//!
//! Filters are inherited and add up, so the list of the process that starts readers has whatever a program needs until it
//! closes a sandbox of its own. A reader's own list is then a small part of it.

use libc::c_long;
use seccompiler::{BackendError, SeccompCmpOp, SeccompRule};

use super::rules::{Rules, argument, number, one_of};

/// Standard input and standard output: all that a reader of pictures has.
const INPUT: u64 = 0;
const OUTPUT: u64 = 1;

/// A reader of pictures: it reads its standard input, writes its standard output, and works in memory.
pub(super) fn of_reader() -> Result<Rules, BackendError> {
    let mut rules: Rules = READER_CALLS.iter().map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_read, one_of(0, &[INPUT])?);
    rules.insert(libc::SYS_write, one_of(0, &[OUTPUT])?);
    // No memory that can be executed, none of a file, and none that its limit (RLIMIT_DATA) does not count. A mapping that
    // grows downwards counts as a stack. One that was filled and can no longer be written counts no more: so what was
    // writable stays writable.
    let execute = u64::from(number(libc::PROT_EXEC));
    let without_code = argument(2, SeccompCmpOp::MaskedEq(execute), 0)?;
    let harmless = u64::from(number(libc::MAP_NORESERVE | libc::MAP_STACK | libc::MAP_FIXED));
    let own = u64::from(number(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS));
    let own = argument(3, SeccompCmpOp::MaskedEq(u64::from(u32::MAX) & !harmless), own)?;
    rules.insert(libc::SYS_mmap, vec![SeccompRule::new(vec![without_code, own])?]);
    let writable = u64::from(number(libc::PROT_READ | libc::PROT_WRITE));
    rules.insert(libc::SYS_mprotect, one_of(2, &[writable])?);
    // What the allocator gives back.
    let given_back = [libc::MADV_DONTNEED, libc::MADV_FREE].map(|advice| u64::from(number(advice)));
    rules.insert(libc::SYS_madvise, one_of(2, &given_back)?);
    // Signals to itself: how a failed allocation ends it.
    rules.insert(libc::SYS_tgkill, one_of(0, &[u64::from(std::process::id())])?);
    Ok(rules)
}

/// The process that starts readers.
pub(super) fn of_supervisor() -> Rules {
    SUPERVISOR_CALLS.iter().chain(LEGACY_START).chain(READER_CALLS).map(|call| (*call, Vec::new())).collect()
}

/// What a reader of pictures needs beside reading, writing and memory.
const READER_CALLS: &[c_long] = &[
    // Memory.
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_brk,
    libc::SYS_getrandom,
    // Its threads, which are there already.
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    // Time: what it has used of its budget.
    libc::SYS_clock_gettime,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    // How it ends where memory is short.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_getpid,
    libc::SYS_gettid,
];

/// What starts a reader, hands over its pipes, watches it and ends it; and what any program does when it starts.
const SUPERVISOR_CALLS: &[c_long] = &[
    // Its one input, and handing over.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_sendmsg,
    libc::SYS_ppoll,
    // Processes of its own.
    libc::SYS_pipe2,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_execve,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_kill,
    libc::SYS_pidfd_send_signal,
    // Whether the clock of a reader's processor time is there.
    libc::SYS_clock_getres,
    // What any program does when it starts.
    libc::SYS_close,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_openat,
    libc::SYS_lseek,
    libc::SYS_pread64,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_ioctl,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_tgkill,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_getaffinity,
    libc::SYS_setpgid,
    libc::SYS_uname,
    // What a reader gives up before it looks at a picture.
    libc::SYS_prlimit64,
    libc::SYS_prctl,
    libc::SYS_capset,
    libc::SYS_seccomp,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
];

/// Older spellings of the same, which x86-64 still has.
#[cfg(target_arch = "x86_64")]
const LEGACY_START: &[c_long] = &[
    libc::SYS_poll,
    libc::SYS_pipe,
    libc::SYS_dup2,
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_arch_prctl,
    libc::SYS_getrlimit,
    libc::SYS_setrlimit,
];
/// Newer architectures never had them.
#[cfg(not(target_arch = "x86_64"))]
const LEGACY_START: &[c_long] = &[];

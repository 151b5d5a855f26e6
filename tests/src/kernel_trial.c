/* Preloaded into a program that closes its sandbox: tries every system call and every request on a descriptor from inside,
 * writes down what the filter lets through, and ends the process.
 *
 * The filter refuses with EPERM, and so does the kernel where a privilege is missing. So the filter is installed as the
 * program made it, but with another error number in its place, which no kernel gives. Nothing else is changed.
 *
 * The trial begins as soon as the filter is in force. What it finds goes into a file, or to standard output where a
 * process has nothing else (ROOTCAST_TRIAL_TO). Arguments are a link's descriptor and
 * pointers to nowhere, so whatever is let through does no harm. An alarm ends a call that would wait for ever. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MARK = 4000, LAST = 511, LINKS = 200, DESCRIPTORS = 1024, ENDS_WITH = 77 };
#define X32 0x40000000L

static long (*kernel)(long, ...);
static int out = -1, filters, marked;
static char inherited[DESCRIPTORS];
static volatile int begun, handled;

__attribute__((constructor)) static void before_anything(void) {
    kernel = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    const char *name = getenv("ROOTCAST_TRIAL"), *to = getenv("ROOTCAST_TRIAL_TO");
    int to_output = to != NULL;
    int file = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (file >= 0) {
        out = to_output ? STDOUT_FILENO : fcntl(file, F_DUPFD_CLOEXEC, 150);
        close(file);
        for (int number = 0; number < DESCRIPTORS; number++)
            inherited[number] = fcntl(number, F_GETFD) != -1;
        alarm(100);
    }
}

static void tell(const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (kernel(SYS_write, out, line, length) != length)
        kernel(SYS_exit_group, 1);
}

/* The error number of a call, 0 where it succeeds. A process that this made ends at once. */
static int error_of(long number, long a, long b, long c) {
    static pid_t self;
    if (!self)
        self = getpid();
    errno = 0;
    long result = kernel(number, a, b, c, -1L, -1L, -1L);
    int error = result == -1 ? errno : 0;
    if (getpid() != self)
        kernel(SYS_exit_group, 0);
    return error;
}

static int refused(long number, long a, long b, long c) { return error_of(number, a, b, c) == MARK; }

static void on_signal(int signal) { handled = signal; }

static void *end_of_a_thread(void *unused) {
    kernel(SYS_exit, 0);
    tell("exit refused\n");
    return unused;
}

static sigjmp_buf illegal;

static void on_illegal(int signal) { siglongjmp(illegal, signal); }

static void try_calls(int link) {
    /* uretprobe(2) is for code that the kernel placed: anybody else gets SIGILL, past every filter. */
    struct sigaction action = {.sa_handler = on_illegal};
    sigaction(SIGILL, &action, NULL);
    for (volatile long number = 0; number <= LAST; number++) {
        /* Tried at the end, in their own ways. */
        if (number == SYS_exit || number == SYS_exit_group || number == SYS_rt_sigreturn)
            continue;
        /* The link stays open for what follows. */
        long first = number == SYS_close ? -1 : link;
        tell("call %ld", number);
        if (sigsetjmp(illegal, 1))
            tell(" SIGILL\n");
        else
            tell(" %d\n", error_of(number, first, -1, -1));
    }
    for (long number = 0; number <= LAST + 64; number++)
        if (!refused(number | X32, link, -1, -1))
            tell("x32 %ld\n", number);
}

/* Runs of descriptors on which `number` is let through, with nothing to read. */
static void try_reads(const char *name, long number) {
    tell("read %s", name);
    for (long from = 0; from < DESCRIPTORS; from++) {
        if (refused(number, from, 0, 0))
            continue;
        long to = from;
        while (to + 1 < DESCRIPTORS && !refused(number, to + 1, 0, 0))
            to++;
        tell(" %ld-%ld", from, to);
        from = to;
    }
    tell("\n");
}

static void try_arguments(int link) {
    try_reads("read", SYS_read);
    try_reads("readv", SYS_readv);
    try_reads("pread64", SYS_pread64);
    try_reads("preadv", SYS_preadv);
    try_reads("recvmsg", SYS_recvmsg);
    try_reads("write", SYS_write);
    try_reads("writev", SYS_writev);
    try_reads("pwrite64", SYS_pwrite64);
    try_reads("sendmmsg", SYS_sendmmsg);
    try_reads("sendto", SYS_sendto);
    try_reads("recvmmsg", SYS_recvmmsg);
    try_reads("recvfrom", SYS_recvfrom);
    /* Memory that nothing is in: its size is none. */
    for (long protection = 0; protection < 8; protection++)
        if (!refused(SYS_mprotect, 0, 0, protection))
            tell("memory mprotect %ld\n", protection);
    /* None or one of the flags above the six lowest bits. */
    for (long protection = 0; protection < 8; protection++)
        for (long more = 0x20; more < 0x1000000; more <<= 1)
            for (long low = 0; low < 0x40; low++) {
                long flags = more < 0x40 ? low : low | more;
                if (kernel(SYS_mmap, 0L, 0L, protection, flags, -1L, 0L) != -1 || errno != MARK)
                    tell("memory mmap %ld\n", protection << 24 | flags);
            }
    for (long advice = 0; advice < 128; advice++)
        if (!refused(SYS_madvise, 1, 0, advice))
            tell("memory madvise %ld\n", advice);
    for (long command = 0; command < 1100; command++)
        if (!refused(SYS_fcntl, link, command, 0))
            tell("fcntl %ld\n", command);
    static const int flags[] = {O_NONBLOCK, O_APPEND, O_ASYNC, O_ASYNC | O_NONBLOCK};
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
        if (!refused(SYS_fcntl, link, F_SETFL, flags[i]))
            tell("setfl %d\n", flags[i]);
    long own = getpid(), parent = getppid(), of_kill[] = {own, parent, 0, 1, -1, -own};
    for (unsigned i = 0; i < sizeof of_kill / sizeof *of_kill; i++) {
        const char *whom = of_kill[i] == own ? "self" : "other";
        if (!refused(SYS_kill, of_kill[i], 0, 0))
            tell("kill %s\n", whom);
        if (!refused(SYS_tgkill, of_kill[i], of_kill[i], 0))
            tell("tgkill %s\n", whom);
    }
    /* CLONE_THREAD alone is no valid flag, so nothing is made of what is let through. */
    static const long made[] = {0, SIGCHLD, 0x4111 /* vfork */, 0x10000000 /* CLONE_NEWUSER */, 0x00010000};
    for (unsigned i = 0; i < sizeof made / sizeof *made; i++)
        if (!refused(SYS_clone, made[i], 0, 0))
            tell("clone %lx\n", made[i]);
    for (long option = 0; option < 128; option++)
        if (!refused(SYS_prctl, option, -1, -1))
            tell("prctl %ld\n", option);
    if (!refused(SYS_prctl, 0x53564d41, -1, -1))
        tell("prctl %d\n", 0x53564d41);
    if (!refused(SYS_prctl, 0x59616d61, -1, -1))
        tell("prctl %d\n", 0x59616d61);
}

static void try_requests(const char *name, int descriptor) {
    unsigned long tried = 0;
    /* Every number and owner in every direction, and those of terminals (T) and of sound (A) with a size
     * too (TCGETS2, TIOCGISO7816, SNDRV_PCM_IOCTL_…). */
    for (unsigned long way = 0; way < 4; way++)
        for (unsigned long owner = 0; owner < 256; owner++)
            for (unsigned long size = 0; size <= (owner == 'T' || owner == 'A' ? 160 : 0); size++)
                for (unsigned long number = 0; number < 256; number++) {
                    unsigned long request = way << 30 | size << 16 | owner << 8 | number;
                    tried++;
                    if (!refused(SYS_ioctl, descriptor, (long)request, -1))
                        tell("ioctl %s %lx -1\n", name, request);
                }
    /* What takes a number as its argument (TCSBRK, TCXONC, TCFLSH, TCSBRKP, TIOCMIWAIT …). */
    for (unsigned long request = 0x5400; request < 0x5500; request++)
        for (long argument = 0; argument < 16; argument++) {
            tried++;
            if (!refused(SYS_ioctl, descriptor, (long)request, argument))
                tell("ioctl %s %lx %ld\n", name, request, argument);
        }
    tell("tried %s %lu\n", name, tried);
}

/* The port of the link by its path and by its descriptor, in every direction; without waiting for anybody. */
static void try_port(int link) {
    static const int ways[] = {O_RDONLY, O_WRONLY, O_RDWR};
    const char *port = getenv("ROOTCAST_TRIAL_PORT");
    char by_descriptor[64];
    snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", link);
    const char *paths[] = {port, by_descriptor};
    for (int i = 0; port && i < 2; i++)
        for (int way = 0; way < 3; way++) {
            long flags = ways[way] | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
            tell("port %d %d\n", ways[way], error_of(SYS_openat, AT_FDCWD, (long)paths[i], flags));
        }
}

static void try_all(void) {
    int link = -1;
    for (int number = LINKS; number < DESCRIPTORS && link < 0; number++)
        if (!inherited[number] && kernel(SYS_fcntl, number, F_GETFD) != -1)
            link = number;
    tell("link %d\nmarked %d\n", link, marked);
    if (link < 0)
        link = LINKS;
    try_port(link);
    try_calls(link);
    try_arguments(link);
    try_requests("link", link);
    try_requests("other", 0);
    /* A handler that returns does so by rt_sigreturn. */
    struct sigaction action = {.sa_handler = on_signal};
    if (sigaction(SIGUSR2, &action, NULL) == 0 && kernel(SYS_tgkill, getpid(), kernel(SYS_gettid), SIGUSR2) == 0)
        tell("rt_sigreturn %d\n", handled == SIGUSR2);
    pthread_t thread;
    if (pthread_create(&thread, NULL, end_of_a_thread, NULL) == 0 && pthread_join(thread, NULL) == 0)
        tell("exit tried\n");
    kernel(SYS_exit_group, ENDS_WITH);
    tell("exit_group refused\n");
    abort();
}

/* What the program installs, with the mark in the place of EPERM. */
static long install(long operation, long flags, const struct sock_fprog *filter) {
    if (operation != SECCOMP_SET_MODE_FILTER || !filter)
        return kernel(SYS_seccomp, operation, flags, filter);
    struct sock_filter *copy = calloc(filter->len, sizeof *copy);
    if (!copy)
        abort();
    memcpy(copy, filter->filter, filter->len * sizeof *copy);
    for (unsigned i = 0; i < filter->len; i++)
        if (copy[i].code == (BPF_RET | BPF_K) && copy[i].k == (SECCOMP_RET_ERRNO | EPERM)) {
            copy[i].k = SECCOMP_RET_ERRNO | MARK;
            marked++;
        }
    struct sock_fprog marked_filter = {.len = filter->len, .filter = copy};
    long result = kernel(SYS_seccomp, operation, flags, &marked_filter);
    free(copy);
    filters += result == 0;
    /* The first filter is about clone3 alone. */
    if (filters == 2 && !begun) {
        begun = 1;
        try_all();
    }
    return result;
}

long syscall(long number, ...) {
    va_list arguments;
    va_start(arguments, number);
    long value[6];
    for (int i = 0; i < 6; i++)
        value[i] = va_arg(arguments, long);
    va_end(arguments);
    if (!kernel)
        kernel = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    if (number == SYS_seccomp && out >= 0)
        return install(value[0], value[1], (const struct sock_fprog *)value[2]);
    return kernel(number, value[0], value[1], value[2], value[3], value[4], value[5]);
}

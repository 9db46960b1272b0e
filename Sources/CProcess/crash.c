// The report of a crash. Swift's own starts a helper that reads this process's memory, prints what registers point at, takes
// seconds and outlives a process that is killed meanwhile. Instead the addresses of the running functions go to standard
// error, within a moment: `addr2line -Cfe courantd +0x…` says which they are.

#include "CProcess.h"
#include <features.h>

#if defined(__linux__) && defined(__GLIBC__)

#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void say(const char *words) {
    if (write(STDERR_FILENO, words, strlen(words)) < 0) return;
}

static const char *name_of(int number) {
    switch (number) {
    case SIGABRT: return "SIGABRT";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGILL: return "SIGILL";
    case SIGSEGV: return "SIGSEGV";
    default: return "SIGTRAP";
    }
}

static void report(int number) {
    // Where nobody reads standard error, the process ends all the same.
    signal(SIGALRM, SIG_DFL);
    alarm(5);
    say("courantd: crashed by ");
    say(name_of(number));
    say(", here, the innermost first:\n");
    void *frames[64];
    backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
    // The default now: it ends as it would have without this.
    raise(number);
}

void courant_report_crashes(void) {
    // A core is the whole memory. A limit of one byte keeps it out of a file, and out of a pipe to a collector as well, which
    // a limit of none does not (core(5)).
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = core.rlim_max < 1 ? core.rlim_max : 1;
        setrlimit(RLIMIT_CORE, &core);
    }
    const char *wish = getenv("SWIFT_BACKTRACE");
    if (wish != NULL && strstr(wish, "registers=none") != NULL) return;
    // Loads what it needs; in a crash there may be no memory to be had.
    void *frame;
    backtrace(&frame, 1);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = report;
    action.sa_flags = SA_RESETHAND | SA_NODEFER | SA_ONSTACK;
    const int crashes[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) sigaction(crashes[i], &action, NULL);
    signal(SIGQUIT, SIG_DFL);
}

#else

void courant_report_crashes(void) {}

#endif

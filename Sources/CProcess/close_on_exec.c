// No program that this one starts gets its descriptors: a child that outlives the service would keep its port, and the next
// start would find it in use. Libraries open sockets without asking for that, so the calls themselves do.
//
// A program's own functions stand before the C library's (ELF symbol interposition), also for the libraries that it loads.
// Elsewhere than on Linux with glibc this file is empty.

#include <features.h>

#if defined(__linux__) && defined(__GLIBC__)

#include <fcntl.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);

int socket(int domain, int type, int protocol) {
    return (int)syscall(SYS_socket, domain, type | SOCK_CLOEXEC, protocol);
}

int socketpair(int domain, int type, int protocol, int ends[2]) {
    return (int)syscall(SYS_socketpair, domain, type | SOCK_CLOEXEC, protocol, ends);
}

int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags) {
    return (int)syscall(SYS_accept4, descriptor, address, length, flags | SOCK_CLOEXEC);
}

int accept(int descriptor, struct sockaddr *address, socklen_t *length) {
    return (int)syscall(SYS_accept4, descriptor, address, length, SOCK_CLOEXEC);
}

int epoll_create(int size) {
    (void)size;
    return (int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC);
}

int pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    // Asked for where a file may be made, and of no meaning elsewhere.
    int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, int) : 0;
    va_end(rest);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
}

// The same by the name that code for large files knows.
int open64(const char *path, int flags, ...) __attribute__((nonnull(1), alias("open")));

int dup(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

// What this program was itself given by whoever started it, but for its standard streams (Linux 5.11; an older kernel refuses).
__attribute__((constructor)) static void keep_what_was_inherited(void) {
#ifdef SYS_close_range
    const unsigned int close_on_exec = 4;
    syscall(SYS_close_range, 3, ~0U, close_on_exec);
#endif
}

#endif

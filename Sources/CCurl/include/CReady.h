// Which of many sockets are ready, at a cost that does not grow with their number: epoll, or kqueue where there is none.
// The set is itself a descriptor that can be polled, so that it fits into curl_multi_poll.
#ifndef CREADY_H
#define CREADY_H

#include <stdbool.h>

struct cready_event {
    int socket;
    bool can_read;
    bool can_write;
};

#if defined(__linux__)
#include <sys/epoll.h>

static inline int cready_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

// Always for reading. A socket leaves the set when it is closed.
static inline int cready_watch(int set, int socket, bool for_writing, bool is_new) {
    struct epoll_event event = {.events = EPOLLIN | (for_writing ? EPOLLOUT : 0), .data = {.fd = socket}};
    return epoll_ctl(set, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

static inline int cready_forget(int set, int socket) { return epoll_ctl(set, EPOLL_CTL_DEL, socket, 0); }

static inline int cready_take(int set, struct cready_event *_Nonnull ready, int most) {
    struct epoll_event events[64];
    int count = epoll_wait(set, events, most < 64 ? most : 64, 0);
    for (int i = 0; i < count; i++) {
        ready[i].socket = events[i].data.fd;
        ready[i].can_read = (events[i].events & ~EPOLLOUT) != 0;
        ready[i].can_write = (events[i].events & ~EPOLLIN) != 0;
    }
    return count;
}

#else
#include <sys/event.h>
#include <sys/time.h>

static inline int cready_open(void) { return kqueue(); }

static inline int cready_watch(int set, int socket, bool for_writing, bool is_new) {
    struct kevent changes[2];
    EV_SET(&changes[0], socket, EVFILT_READ, EV_ADD, 0, 0, 0);
    EV_SET(&changes[1], socket, EVFILT_WRITE, for_writing ? EV_ADD : EV_DELETE, 0, 0, 0);
    return kevent(set, changes, is_new && !for_writing ? 1 : 2, 0, 0, 0);
}

static inline int cready_forget(int set, int socket) {
    struct kevent changes[2];
    EV_SET(&changes[0], socket, EVFILT_READ, EV_DELETE, 0, 0, 0);
    EV_SET(&changes[1], socket, EVFILT_WRITE, EV_DELETE, 0, 0, 0);
    kevent(set, &changes[0], 1, 0, 0, 0);
    return kevent(set, &changes[1], 1, 0, 0, 0);
}

static inline int cready_take(int set, struct cready_event *_Nonnull ready, int most) {
    struct kevent events[64];
    struct timespec now = {0, 0};
    int count = kevent(set, 0, 0, events, most < 64 ? most : 64, &now);
    for (int i = 0; i < count; i++) {
        ready[i].socket = (int)events[i].ident;
        ready[i].can_read = events[i].filter != EVFILT_WRITE;
        ready[i].can_write = events[i].filter == EVFILT_WRITE;
    }
    return count;
}
#endif

#endif

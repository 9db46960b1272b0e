// libcurl as Swift sees it. curl's setters and getters are variadic, which Swift cannot call: each kind of argument has
// a typed doorway here, and everything else of <curl/curl.h> comes along.
#ifndef CCURL_H
#define CCURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <fcntl.h>
#include <sys/socket.h>
#include "CReady.h"

typedef size_t (*ccurl_bytes_callback)(char *_Nonnull bytes, size_t size, size_t count, void *_Nullable context);

static inline CURLcode ccurl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLcode ccurl_set_long(CURL *_Nonnull handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

// curl copies the string; NULL restores curl's default or switches the option off.
static inline CURLcode ccurl_set_string(CURL *_Nonnull handle, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *_Nonnull handle, CURLoption option, const void *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *_Nonnull handle, CURLoption option, struct curl_slist *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_callback(CURL *_Nonnull handle, CURLoption option, ccurl_bytes_callback _Nonnull value) {
    return curl_easy_setopt(handle, option, value);
}

static inline long ccurl_get_long(CURL *_Nonnull handle, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

static inline const char *_Nullable ccurl_get_string(CURL *_Nonnull handle, CURLINFO info) {
    const char *value = NULL;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : NULL;
}

static inline void *_Nullable ccurl_get_pointer(CURL *_Nonnull handle, CURLINFO info) {
    void *value = NULL;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : NULL;
}

static inline curl_socket_t ccurl_get_socket(CURL *_Nonnull handle) {
    curl_socket_t value = CURL_SOCKET_BAD;
    return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &value) == CURLE_OK ? value : CURL_SOCKET_BAD;
}

static inline curl_off_t ccurl_get_offset(CURL *_Nonnull handle, CURLINFO info) {
    curl_off_t value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

// Asks before each address of a name; a refused one is passed over for the next.
static inline CURLcode ccurl_set_opensocket(
    CURL *_Nonnull handle, curl_opensocket_callback _Nonnull callback, void *_Nonnull context) {
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
}

// Asks once there is a connection, before anything of the request is sent on it.
static inline CURLcode ccurl_set_prerequest(CURL *_Nonnull handle, curl_prereq_callback _Nonnull callback) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}

static inline const void *_Nonnull ccurl_address(const struct curl_sockaddr *_Nonnull address) { return &address->addr; }

static inline curl_socket_t ccurl_open_socket(const struct curl_sockaddr *_Nonnull address) {
    curl_socket_t made = socket(address->family, address->socktype, address->protocol);
    if (made != CURL_SOCKET_BAD) fcntl(made, F_SETFD, FD_CLOEXEC);
    return made;
}

static inline CURLMcode ccurl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

typedef int (*ccurl_socket_callback)(
    CURL *_Nullable handle, curl_socket_t socket, int what, void *_Nullable context, void *_Nullable own);
typedef int (*ccurl_timer_callback)(CURLM *_Nullable multi, long milliseconds, void *_Nullable context);

// Which sockets a multi wants watched and when it wants to be called, for who waits by himself (curl_multi_socket_action).
static inline void ccurl_multi_listen(
    CURLM *_Nonnull multi, ccurl_socket_callback _Nonnull sockets, ccurl_timer_callback _Nonnull timer,
    void *_Nonnull context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, sockets);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

// The transfer's result: CURLMsg keeps it in a union.
static inline CURLcode ccurl_result(const CURLMsg *_Nonnull message) { return message->data.result; }

#endif

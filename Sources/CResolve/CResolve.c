#include "CResolve.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

static int prepare(struct __res_state *state, const char *server, uint16_t port, int seconds) {
    memset(state, 0, sizeof *state);
    if (res_ninit(state) != 0) return 0;
    state->retrans = seconds;
    state->retry = 2;
    if (server == NULL) return 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, server, &address.sin_addr) != 1) {
        res_nclose(state);
        return 0;
    }
    state->nsaddr_list[0] = address;
    state->nscount = 1;
    return 1;
}

static int outcome(int failure) {
    switch (failure) {
    case HOST_NOT_FOUND: return courant_dns_no_name;
    case NO_DATA: return courant_dns_no_record;
    default: return courant_dns_unknown;
    }
}

int courant_dns_ask(
    const char *name, int type, const char *server, uint16_t port, int seconds, uint8_t *answer, int room, int *count) {
    struct __res_state state;
    *count = 0;
    if (!prepare(&state, server, port, seconds)) return courant_dns_unknown;
    int length = res_nquery(&state, name, ns_c_in, type, answer, room);
    int failure = state.res_h_errno;
    res_nclose(&state);
    if (length < 0) return outcome(failure);
    // What did not fit cannot be read.
    if (length > room) return courant_dns_unknown;
    *count = length;
    return courant_dns_answered;
}

int courant_dns_record(
    const uint8_t *answer, int count, int index, char owner[1025], int *type, uint32_t *ttl, int *data, int *length) {
    ns_msg message;
    ns_rr record;
    if (ns_initparse(answer, count, &message) != 0 || ns_parserr(&message, ns_s_an, index, &record) != 0) return 0;
    strncpy(owner, ns_rr_name(record), 1024);
    owner[1024] = 0;
    *type = ns_rr_type(record);
    *ttl = ns_rr_ttl(record);
    *data = (int)(ns_rr_rdata(record) - answer);
    *length = ns_rr_rdlen(record);
    return 1;
}

int courant_dns_name(const uint8_t *answer, int count, int place, char name[1025]) {
    if (place < 0 || place >= count) return 0;
    return ns_name_uncompress(answer, answer + count, answer + place, name, 1025) >= 0;
}

#ifndef COURANT_RESOLVE_H
#define COURANT_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

// libresolv for Swift, which does not see what its headers make of macros.

enum courant_dns_outcome {
    courant_dns_answered = 0,
    courant_dns_no_name = 1,
    courant_dns_no_record = 2,
    // Nobody answered, or nobody could: it says nothing about what is there.
    courant_dns_unknown = 3,
};

// Asks this machine's name servers, or `server` (an IPv4 address) on `port` where it is given. `*count` is the answer's length.
// Waits `seconds` for each server, twice. Blocks.
int courant_dns_ask(
    const char *name, int type, const char *server, uint16_t port, int seconds, uint8_t *answer, int room, int *count);

// The answer's record of that index. `data` lies within the answer. 0 where there is none (any more), or the answer is garbled.
int courant_dns_record(
    const uint8_t *answer, int count, int index, char owner[1025], int *type, uint32_t *ttl, int *data, int *length);

// The name that begins at `place` in the answer, decompressed. 0 where there is none.
int courant_dns_name(const uint8_t *answer, int count, int place, char name[1025]);

#endif

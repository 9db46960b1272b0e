// A call that has ended leaves its locals on its thread's stack until another call happens to lie over them, and a thread
// that waits in a pool may wait for long.

#include "CForget.h"
#include <string.h>

__attribute__((noinline)) void courant_forget_frames(void) {
    char frames[64 * 1024];
    memset(frames, 0, sizeof frames);
    // Keeps the compiler from leaving out what nobody reads.
    __asm__ volatile("" : : "r"(frames) : "memory");
}

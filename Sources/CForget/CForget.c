// Memory that is given back is overwritten first, in the whole process: whoever is erased is then not to be read in
// what the heap has freed. Swift's strings, NIO's buffers and libcurl's all go through free.
//
// A program's own free stands before the C library's (ELF symbol interposition, as glibc's manual describes for
// "Replacing malloc"); glibc's own are called by their other names. Elsewhere than on glibc this file is empty.

#include "CForget.h"
#include <features.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

// Large blocks have pages of their own, which go back to the kernel, and the kernel wipes them before anybody gets them.
static int has_own_pages(void *block) { return (((size_t *)block)[-1] & 2) != 0; }

void free(void *block) {
    if (block == NULL) return;
    int error = errno;
    if (!has_own_pages(block)) {
        memset(block, 0, malloc_usable_size(block));
        // Keeps the compiler from leaving out what nobody reads.
        __asm__ volatile("" : : "r"(block) : "memory");
    }
    __libc_free(block);
    errno = error;
}

// The C library's would leave the old place behind as it is when a block has to move.
void *realloc(void *block, size_t size) {
    if (block == NULL || size == 0 || has_own_pages(block)) return __libc_realloc(block, size);
    size_t old = malloc_usable_size(block);
    if (size <= old && size > old / 2) return block;
    void *moved = __libc_malloc(size);
    if (moved == NULL) return NULL;
    memcpy(moved, block, old < size ? old : size);
    free(block);
    return moved;
}

#endif

// Whether bytes of a file can be read without waiting for a disk, and what to do when they cannot.

#ifndef MILLRACE_PAGE_CACHE_H
#define MILLRACE_PAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Never waits. Says true as well where the kernel or the file system cannot tell.
bool is_in_page_cache(int file, off_t position, size_t length);

// Waits for the disk: to be called on a thread that may. Answers the bytes there are, or a negative errno.
ssize_t read_into_page_cache(int file, off_t position, size_t length);

#endif

// Blocks of a file that is going to grow, set aside before they are written.

#ifndef MILLRACE_RESERVE_BLOCKS_H
#define MILLRACE_RESERVE_BLOCKS_H

#include <sys/types.h>

// 0, or a negative errno: EOPNOTSUPP where the file system cannot. The file's size stays what it is; cutting the file gives back what lies behind its end.
ssize_t reserve_blocks(int file, off_t position, size_t length);

#endif

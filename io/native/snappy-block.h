// One raw snappy block. Source: snappy's format_description.txt.

#ifndef MILLRACE_SNAPPY_BLOCK_H
#define MILLRACE_SNAPPY_BLOCK_H

#include "block-bytes.h"

// Decompresses; answers how many bytes were written, or -1 when the block is damaged or does not fit. The length that it
// declares is not looked at.
int64_t snappy_block(struct block_bytes *bytes);

#endif

// One lz4 block. Source: lz4_Block_format.md.

#ifndef MILLRACE_LZ4_BLOCK_H
#define MILLRACE_LZ4_BLOCK_H

#include "block-bytes.h"

// Decompresses; answers how many bytes were written, or -1 when the block is damaged or does not fit.
int64_t lz4_block(struct block_bytes *bytes);

#endif

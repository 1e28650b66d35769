// Where a block is read from and written to while it is decompressed, and the copies that both formats are made of.
// Invariant: nothing is read or written outside of the two buffers, whatever the block says; callers compare a length with
// `input_left` and `output_left` before they copy it. Bytes of the output behind `to` may be overwritten.

#ifndef MILLRACE_BLOCK_BYTES_H
#define MILLRACE_BLOCK_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct block_bytes {
  const uint8_t *at, *end;
  uint8_t *start, *to, *limit;
};

// Most copies are this short, and copying so many bytes without asking how many are needed is the fastest way.
enum { AT_ONCE = 16 };

static inline size_t input_left(const struct block_bytes *bytes) { return (size_t)(bytes->end - bytes->at); }
static inline size_t output_left(const struct block_bytes *bytes) { return (size_t)(bytes->limit - bytes->to); }
static inline size_t output_made(const struct block_bytes *bytes) { return (size_t)(bytes->to - bytes->start); }

static inline void copy_literals(struct block_bytes *bytes, size_t length) {
  if (length <= AT_ONCE && input_left(bytes) >= AT_ONCE && output_left(bytes) >= AT_ONCE)
    memcpy(bytes->to, bytes->at, AT_ONCE);
  else memcpy(bytes->to, bytes->at, length);
  bytes->at += length;
  bytes->to += length;
}

// Repeats what was written `offset` bytes ago, which may reach into what is being written.
static inline void copy_match(struct block_bytes *bytes, size_t offset, size_t length) {
  const uint8_t *from = bytes->to - offset;
  uint8_t *to = bytes->to;
  bytes->to += length;
  if (offset >= AT_ONCE && output_left(bytes) >= AT_ONCE) {
    for (uint8_t *end = bytes->to; to < end; to += AT_ONCE, from += AT_ONCE) memcpy(to, from, AT_ONCE);
    return;
  }
  // What can be copied without an overlap doubles with each copy.
  for (; length > offset; offset *= 2) {
    memcpy(to, from, offset);
    to += offset;
    length -= offset;
  }
  memcpy(to, from, length);
}

#endif

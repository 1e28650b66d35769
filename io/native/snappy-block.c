// One raw snappy block: the length as a varint, then elements: literals (tag 00), copies with an 11-bit offset (01), a 16-bit
// offset (10), a 32-bit offset (11). The same rules as in protocol/records/snappy-block.ts, which serves where there is no
// compiled code.

#include "snappy-block.h"

#include <stdbool.h>

enum { LENGTH_BYTES_MAX = 5 };

static bool skip_length(struct block_bytes *bytes) {
  for (int i = 0; i < LENGTH_BYTES_MAX && bytes->at < bytes->end; i++) {
    if (*bytes->at++ < 0x80) return true;
  }
  return false;
}

// A number of 1 to 4 bytes, the lowest one first.
static bool number(struct block_bytes *bytes, size_t length, size_t *value) {
  if (length > input_left(bytes)) return false;
  *value = 0;
  for (size_t i = 0; i < length; i++) *value |= (size_t)bytes->at[i] << (8 * i);
  bytes->at += length;
  return true;
}

static bool literal(struct block_bytes *bytes, uint8_t tag) {
  size_t length = tag >> 2;
  if (length >= 60 && !number(bytes, length - 59, &length)) return false;
  // Compared before 1 is added, which could wrap round.
  if (length >= input_left(bytes) || length >= output_left(bytes)) return false;
  copy_literals(bytes, length + 1);
  return true;
}

static bool copy(struct block_bytes *bytes, uint8_t tag) {
  size_t offset, length = (size_t)(tag >> 2) + 1;
  unsigned kind = tag & 3;
  if (!number(bytes, kind == 3 ? 4 : kind, &offset)) return false;
  if (kind == 1) {
    offset |= (size_t)(tag & 0xe0) << 3;
    length = ((size_t)(tag >> 2) & 7) + 4;
  }
  if (offset == 0 || offset > output_made(bytes) || length > output_left(bytes)) return false;
  copy_match(bytes, offset, length);
  return true;
}

int64_t snappy_block(struct block_bytes *bytes) {
  if (!skip_length(bytes)) return -1;
  while (bytes->at < bytes->end) {
    uint8_t tag = *bytes->at++;
    if (!((tag & 3) == 0 ? literal(bytes, tag) : copy(bytes, tag))) return -1;
  }
  return (int64_t)output_made(bytes);
}

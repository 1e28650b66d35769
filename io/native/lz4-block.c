// One lz4 block: sequences of a token (literal length, match length less 4), more length bytes while they are 255, the
// literals, and a 16-bit offset back to the match; the last sequence has literals only. The same rules as in
// protocol/records/lz4-block.ts, which serves where there is no compiled code.

#include "lz4-block.h"

#include <stdbool.h>

enum { LENGTH_FOLLOWS = 15, MATCH_BYTES_MIN = 4 };

static bool add_length(struct block_bytes *bytes, size_t *length) {
  uint8_t byte;
  do {
    // More than there is room for is an error already; going on could make the sum wrap round.
    if (bytes->at == bytes->end || *length > output_left(bytes)) return false;
    byte = *bytes->at++;
    *length += byte;
  } while (byte == 255);
  return true;
}

static bool literals(struct block_bytes *bytes, size_t length) {
  if (length == LENGTH_FOLLOWS && !add_length(bytes, &length)) return false;
  if (length > input_left(bytes) || length > output_left(bytes)) return false;
  copy_literals(bytes, length);
  return true;
}

static bool match(struct block_bytes *bytes, size_t length) {
  if (input_left(bytes) < 2) return false;
  size_t offset = bytes->at[0] | (size_t)bytes->at[1] << 8;
  bytes->at += 2;
  if (length == LENGTH_FOLLOWS && !add_length(bytes, &length)) return false;
  length += MATCH_BYTES_MIN;
  if (offset == 0 || offset > output_made(bytes) || length > output_left(bytes)) return false;
  copy_match(bytes, offset, length);
  return true;
}

int64_t lz4_block(struct block_bytes *bytes) {
  while (bytes->at < bytes->end) {
    uint8_t token = *bytes->at++;
    if (!literals(bytes, token >> 4)) return -1;
    if (bytes->at == bytes->end) return (int64_t)output_made(bytes);
    if (!match(bytes, token & 15)) return -1;
  }
  return -1;
}

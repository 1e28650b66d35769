// Bytes and ranges of files onto a socket, in order, without waiting for anything.

#ifndef MILLRACE_SEND_PARTS_H
#define MILLRACE_SEND_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SEND_PARTS_MAX = 128 };

struct part {
  int file; // negative: bytes
  off_t position;
  const uint8_t *bytes;
  size_t length; // never 0: a sendfile of nothing would look like the end of the file
};

enum outcome {
  ALL_TAKEN = 0,
  WOULD_BLOCK = 1, // the socket takes no more for now
  COLD = 2,        // the next part is of a file, and not in the page cache
  FILE_ENDED = 3,  // the next part promises more than its file has
  FAILED = 4,
};

struct progress {
  enum outcome outcome;
  int error; // errno when FAILED
  size_t taken_bytes;
};

// What has happened since the addon was loaded. Doubles, because JavaScript looks at them where they are.
struct counters {
  double sends, sendmsg_bytes, sendfile_bytes, would_block, cold_ranges, blocked_sends;
  double writes, written_bytes, blocked_writes; // of cached-write.c
};
enum { COUNTERS = sizeof(struct counters) / sizeof(double) };

// `first_is_warm`: the first part's bytes were just read for it and are not asked about again, or a page cache that is
// too small for both of us would keep it from ever leaving.
struct progress send_parts(int socket, const struct part *parts, size_t count, bool first_is_warm, struct counters *counters);

#endif

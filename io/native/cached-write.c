// Writing into the page cache on the thread that asks: a copy of some kilobytes, for which a thread of the pool would cost
// more than the write. Invariant: no page is read from a disk for it. A write that begins or ends within a page needs the
// rest of that page, so nothing is written unless the page cache has it. What else could make it wait (too many dirty pages,
// a journal that is full) the caller has to judge, since Linux has no buffered write on ext4 that refuses to wait; that it
// did wait is counted.

#define _GNU_SOURCE
#include "cached-write.h"
#include "send-parts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

enum { BUFFERS_MAX = 64 };
enum { SMALLEST_PAGE_BYTES = 4096 };

// How many of the bytes from the position on are in the page cache, of at most two; 0 behind the end of the file, -1 when
// a disk would have to be waited for.
static ssize_t at_hand(int file, off_t position, size_t bytes) {
  uint8_t read[2];
  struct iovec vector = {read, bytes};
  return preadv2(file, &vector, 1, position, RWF_NOWAIT);
}

// Neither the first nor the last page has to be read first. Where the file ends at the position, as a log does, nothing lies
// behind that would have to be kept, and one question tells both.
static bool has_its_pages(int file, off_t from, off_t to) {
  if (from % SMALLEST_PAGE_BYTES != 0) {
    ssize_t around = at_hand(file, from - 1, 2);
    if (around < 0) return false;
    if (around < 2) return true;
  }
  return to % SMALLEST_PAGE_BYTES == 0 || at_hand(file, to, 1) >= 0;
}

// Answers how many vectors were filled; 0 when there are too many or one is not bytes.
static uint32_t read_vectors(napi_env env, napi_value buffers, struct iovec *vectors, size_t *bytes) {
  uint32_t count;
  if (napi_get_array_length(env, buffers, &count) != napi_ok || count > BUFFERS_MAX) return 0;
  *bytes = 0;
  for (uint32_t i = 0; i < count; i++) {
    napi_value buffer;
    napi_typedarray_type type;
    if (napi_get_element(env, buffers, i, &buffer) != napi_ok ||
        napi_get_typedarray_info(env, buffer, &type, &vectors[i].iov_len, &vectors[i].iov_base, NULL, NULL) != napi_ok ||
        type != napi_uint8_array)
      return 0;
    *bytes += vectors[i].iov_len;
  }
  return count;
}

// How often this thread gave up its processor to wait. To be made to give it up, by others who want to run, is not counted.
static long waits(void) {
  struct rusage usage;
  return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : 0;
}

static ssize_t write_vectors(int file, const struct iovec *vectors, uint32_t count, off_t position, struct counters *counters) {
  long waits_before = waits();
  ssize_t written;
  do written = pwritev(file, vectors, (int)count, position);
  while (written < 0 && errno == EINTR);
  if (waits() != waits_before) counters->blocked_writes += 1;
  if (written < 0) return -1;
  counters->writes += 1;
  counters->written_bytes += (double)written;
  return written;
}

// writeCached(file, buffers, position): how many bytes were written, which may be fewer than there are; -1 when nothing
// was written, be it for a page that is not at hand or for an error, which who writes again will be told.
napi_value write_cached(napi_env env, napi_callback_info info) {
  size_t count = 3, bytes;
  napi_value arguments[3], answer;
  int32_t file;
  int64_t position;
  bool is_array;
  struct counters *counters;
  struct iovec vectors[BUFFERS_MAX];
  if (napi_get_cb_info(env, info, &count, arguments, NULL, (void **)&counters) != napi_ok ||
      napi_get_value_int32(env, arguments[0], &file) != napi_ok ||
      napi_is_array(env, arguments[1], &is_array) != napi_ok || !is_array ||
      napi_get_value_int64(env, arguments[2], &position) != napi_ok || position < 0) {
    napi_throw_type_error(env, NULL, "not what writeCached takes");
    return NULL;
  }
  uint32_t vectors_count = read_vectors(env, arguments[1], vectors, &bytes);
  ssize_t written = -1;
  if (vectors_count > 0 && has_its_pages(file, position, position + (off_t)bytes))
    written = write_vectors(file, vectors, vectors_count, position, counters);
  return napi_create_int64(env, written, &answer) == napi_ok ? answer : NULL;
}

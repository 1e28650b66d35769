// Reading what the page cache has, at once: the header of a batch, for which a thread of the pool would cost more than the
// read. Invariant: never waits for a disk; where the kernel cannot promise that, nothing is read.

#define _GNU_SOURCE
#include "cached-read.h"

#include <errno.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

static ssize_t read_now(int file, void *into, size_t length, off_t position) {
  struct iovec vector = {into, length};
  ssize_t count;
  do count = preadv2(file, &vector, 1, position, RWF_NOWAIT);
  while (count < 0 && errno == EINTR);
  return count;
}

// readCached(file, into, position): the bytes that were read, or -1 when a disk, or nobody, knows them.
napi_value read_cached(napi_env env, napi_callback_info info) {
  size_t count = 3, length;
  napi_value arguments[3], answer;
  int32_t file;
  int64_t position;
  napi_typedarray_type type;
  void *into;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok ||
      napi_get_value_int32(env, arguments[0], &file) != napi_ok ||
      napi_get_typedarray_info(env, arguments[1], &type, &length, &into, NULL, NULL) != napi_ok ||
      type != napi_uint8_array || napi_get_value_int64(env, arguments[2], &position) != napi_ok || position < 0) {
    napi_throw_type_error(env, NULL, "not what readCached takes");
    return NULL;
  }
  int64_t taken = read_now(file, into, length, (off_t)position);
  return napi_create_int64(env, taken, &answer) == napi_ok ? answer : NULL;
}

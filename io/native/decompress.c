// Decompressing into memory of the caller's, for JavaScript: whole blocks, members and frames, in one call, without taking
// memory for each.
//
// Invariant: a library's state is made with the first call that needs it and serves all of the environment's calls, one after
// the other; it is freed when the environment ends. What is damaged leaves nothing behind in it.

#include "decompress.h"

#include <stdint.h>
#include <stdlib.h>

#include "codec-libraries.h"
#include "lz4-block.h"
#include "snappy-block.h"

struct decompression {
  struct zlib zlib;
  struct zstd zstd;
  bool has_inflater;
  z_stream inflater;
  void *zstd_context;
};

typedef int64_t decompress_function(struct decompression *state, struct block_bytes *bytes);

static int64_t lz4(struct decompression *state, struct block_bytes *bytes) {
  (void)state;
  return lz4_block(bytes);
}

static int64_t snappy(struct decompression *state, struct block_bytes *bytes) {
  (void)state;
  return snappy_block(bytes);
}

static bool ready_inflater(struct decompression *state) {
  if (state->has_inflater) return state->zlib.inflateReset(&state->inflater) == Z_OK;
  // Only the first digit of the version is compared.
  int result = state->zlib.inflateInit2_(&state->inflater, GZIP_WINDOW_BITS, "1", (int)sizeof state->inflater);
  return state->has_inflater = result == Z_OK;
}

// One member that is all of the input; several, or something behind it, are -1 as well.
static int64_t gzip_member(struct decompression *state, struct block_bytes *bytes) {
  z_stream *stream = &state->inflater;
  if (input_left(bytes) > UINT32_MAX || output_left(bytes) > UINT32_MAX || !ready_inflater(state)) return -1;
  stream->next_in = bytes->at;
  stream->avail_in = (unsigned int)input_left(bytes);
  stream->next_out = bytes->to;
  stream->avail_out = (unsigned int)output_left(bytes);
  int result = state->zlib.inflate(stream, Z_FINISH);
  return result == Z_STREAM_END && stream->avail_in == 0 ? (int64_t)(stream->next_out - bytes->to) : -1;
}

static int64_t zstd_frame(struct decompression *state, struct block_bytes *bytes) {
  if (state->zstd_context == NULL && (state->zstd_context = state->zstd.createDCtx()) == NULL) return -1;
  size_t result = state->zstd.decompressDCtx(state->zstd_context, bytes->to, output_left(bytes), bytes->at, input_left(bytes));
  return state->zstd.isError(result) ? -1 : (int64_t)result;
}

// ---- the side of JavaScript

static bool bytes_of(napi_env env, napi_value value, uint8_t **bytes, size_t *length) {
  napi_typedarray_type type;
  return napi_get_typedarray_info(env, value, &type, length, (void **)bytes, NULL, NULL) == napi_ok &&
         type == napi_uint8_array;
}

static napi_value call(napi_env env, napi_callback_info info, decompress_function *decompress) {
  size_t count = 2, length, room;
  napi_value arguments[2], answer;
  uint8_t *from, *to;
  void *state;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, &state) != napi_ok ||
      !bytes_of(env, arguments[0], &from, &length) || !bytes_of(env, arguments[1], &to, &room)) {
    napi_throw_type_error(env, NULL, "decompressing takes two Uint8Arrays");
    return NULL;
  }
  // The memory of an empty array is nowhere, and nowhere is no place to count from.
  static uint8_t nowhere[1];
  if (length == 0) from = nowhere;
  if (room == 0) to = nowhere;
  struct block_bytes bytes = {from, from + length, to, to, to + room};
  return napi_create_int64(env, decompress(state, &bytes), &answer) == napi_ok ? answer : NULL;
}

static napi_value call_lz4(napi_env env, napi_callback_info info) { return call(env, info, lz4); }
static napi_value call_snappy(napi_env env, napi_callback_info info) { return call(env, info, snappy); }
static napi_value call_gzip(napi_env env, napi_callback_info info) { return call(env, info, gzip_member); }
static napi_value call_zstd(napi_env env, napi_callback_info info) { return call(env, info, zstd_frame); }

static void on_environment_ends(void *data) {
  struct decompression *state = data;
  if (state->has_inflater) state->zlib.inflateEnd(&state->inflater);
  if (state->zstd_context != NULL) state->zstd.freeDCtx(state->zstd_context);
  free(state);
}

static bool export_function(napi_env env, napi_value exports, const char *name, napi_callback function, void *state) {
  const napi_property_descriptor property = {name, NULL, function, NULL, NULL, NULL, napi_enumerable, state};
  return napi_define_properties(env, exports, 1, &property) == napi_ok;
}

bool export_decompression(napi_env env, napi_value exports) {
  struct decompression *state = calloc(1, sizeof *state);
  if (state == NULL) return false;
  if (napi_add_env_cleanup_hook(env, on_environment_ends, state) != napi_ok) {
    free(state);
    return false;
  }
  return export_function(env, exports, "lz4Block", call_lz4, state) &&
         export_function(env, exports, "snappyBlock", call_snappy, state) &&
         (!find_zlib(&state->zlib) || export_function(env, exports, "gzipMember", call_gzip, state)) &&
         (!find_zstd(&state->zstd) || export_function(env, exports, "zstdFrame", call_zstd, state));
}

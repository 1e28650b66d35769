// The few functions of zlib and of zstd that are called, found while the process runs, and declared here because their
// headers may not be installed. zlib is in Node; zstd is in Node from 22.15 on, and otherwise the system's libzstd.so.1 serves.
// Invariant: structures are those that both libraries promise not to change (zlib 1, zstd 1).

#ifndef MILLRACE_CODEC_LIBRARIES_H
#define MILLRACE_CODEC_LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  const unsigned char *next_in;
  unsigned int avail_in;
  unsigned long total_in;
  unsigned char *next_out;
  unsigned int avail_out;
  unsigned long total_out;
  const char *msg;
  void *state;
  void *(*zalloc)(void *opaque, unsigned int items, unsigned int size);
  void (*zfree)(void *opaque, void *address);
  void *opaque;
  int data_type;
  unsigned long adler;
  unsigned long reserved;
} z_stream;

enum { Z_OK = 0, Z_STREAM_END = 1, Z_FINISH = 4 };
// A window of 32 KiB, and the framing of gzip around the data.
enum { GZIP_WINDOW_BITS = 15 + 16 };

struct zlib {
  int (*inflateInit2_)(z_stream *stream, int window_bits, const char *version, int stream_size);
  int (*inflate)(z_stream *stream, int flush);
  int (*inflateReset)(z_stream *stream);
  int (*inflateEnd)(z_stream *stream);
};

struct zstd {
  void *(*createDCtx)(void);
  size_t (*freeDCtx)(void *context);
  size_t (*decompressDCtx)(void *context, void *target, size_t room, const void *bytes, size_t length);
  unsigned (*isError)(size_t result);
};

// False when the library is not there.
bool find_zlib(struct zlib *zlib);
bool find_zstd(struct zstd *zstd);

#endif

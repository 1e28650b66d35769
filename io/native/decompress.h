// Decompressing into memory of the caller's, for JavaScript.

#ifndef MILLRACE_DECOMPRESS_H
#define MILLRACE_DECOMPRESS_H

#include <node_api.h>
#include <stdbool.h>

// Adds to the exports: lz4Block, snappyBlock, and gzipMember and zstdFrame where there are the libraries for them. Each takes
// the compressed bytes and the target, and answers how many bytes it wrote, or -1 when the bytes are damaged or make more.
bool export_decompression(napi_env env, napi_value exports);

#endif

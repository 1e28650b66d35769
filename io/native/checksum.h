// CRC-32C with the instructions that processors have for it, for JavaScript.

#ifndef MILLRACE_CHECKSUM_H
#define MILLRACE_CHECKSUM_H

#include <node_api.h>
#include <stdbool.h>

// Adds `crc32c(bytes, previous)` to the exports where the processor has the instruction; otherwise nothing.
bool export_checksum(napi_env env, napi_value exports);

#endif

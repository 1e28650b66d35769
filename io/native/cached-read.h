// Reading what the page cache has, without waiting.

#ifndef MILLRACE_CACHED_READ_H
#define MILLRACE_CACHED_READ_H

#include <node_api.h>

// readCached(file, into, position) for JavaScript.
napi_value read_cached(napi_env env, napi_callback_info info);

#endif

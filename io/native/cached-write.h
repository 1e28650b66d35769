// Writing into the page cache at once.

#ifndef MILLRACE_CACHED_WRITE_H
#define MILLRACE_CACHED_WRITE_H

#include <node_api.h>

// writeCached(file, buffers, position) for JavaScript.
napi_value write_cached(napi_env env, napi_callback_info info);

#endif

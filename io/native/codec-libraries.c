// Finding zlib and zstd: in this process first, then zstd among the system's libraries.

#define _GNU_SOURCE
#include "codec-libraries.h"

#include <dlfcn.h>

// Function pointers and what dlsym answers are of one size wherever dlsym exists.
static bool find(void *library, const char *name, void *function) {
  return (*(void **)function = dlsym(library, name)) != NULL;
}

bool find_zlib(struct zlib *zlib) {
  return find(RTLD_DEFAULT, "inflateInit2_", &zlib->inflateInit2_) && find(RTLD_DEFAULT, "inflate", &zlib->inflate) &&
         find(RTLD_DEFAULT, "inflateReset", &zlib->inflateReset) && find(RTLD_DEFAULT, "inflateEnd", &zlib->inflateEnd);
}

static bool find_zstd_in(void *library, struct zstd *zstd) {
  return find(library, "ZSTD_createDCtx", &zstd->createDCtx) && find(library, "ZSTD_freeDCtx", &zstd->freeDCtx) &&
         find(library, "ZSTD_decompressDCtx", &zstd->decompressDCtx) && find(library, "ZSTD_isError", &zstd->isError);
}

bool find_zstd(struct zstd *zstd) {
  if (find_zstd_in(RTLD_DEFAULT, zstd)) return true;
  void *library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
  return library != NULL && find_zstd_in(library, zstd);
}

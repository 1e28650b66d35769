// The few functions of libuv that the addon calls, declared here because Node's headers are a download and these have not
// changed since libuv 1.0 (handle data: 1.19). Invariant: nothing here depends on the size or the layout of a libuv
// structure; a handle is memory of uv_handle_size() bytes that only libuv looks into.

#ifndef MILLRACE_LIBUV_POLL_H
#define MILLRACE_LIBUV_POLL_H

#include <stddef.h>

struct uv_loop_s;
struct uv_poll_s;
struct uv_handle_s;
typedef struct uv_loop_s uv_loop_t;
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_handle_s uv_handle_t;

// Positions in libuv's lists of handle types and of poll events.
enum { UV_POLL = 8 };
enum { UV_READABLE = 1, UV_WRITABLE = 2 };

extern size_t uv_handle_size(int type);
extern void uv_handle_set_data(uv_handle_t *handle, void *data);
extern void *uv_handle_get_data(const uv_handle_t *handle);
extern int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
extern int uv_poll_start(uv_poll_t *handle, int events, void (*callback)(uv_poll_t *, int status, int events));
extern int uv_poll_stop(uv_poll_t *handle);
extern void uv_close(uv_handle_t *handle, void (*callback)(uv_handle_t *));

#endif

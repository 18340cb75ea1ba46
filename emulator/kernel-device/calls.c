/* The calls that are answered here, and the table of descriptors that are ours. */
#define _GNU_SOURCE
#include "device.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { HANDLES = 1024, NO_DEVICE = 0xffff, MAGIC = 0x56454b4c, LAYOUT = 1 };
#define GONE "/nonexistent"
static const char bufsiz_path[] = "/sys/module/spidev/parameters/bufsiz", chip_path[] = "/dev/gpiochip";

struct state *state;
int log_fd = -1;
static struct handle handles[HANDLES];
static char folder[PATH_MAX - 16];
static int probe_fd = -1; /* of `locks`, and never holds a lock itself */

static char *inside(char *path, const char *name) { snprintf(path, PATH_MAX, "%s/%s", folder, name); return path; }

__attribute__((constructor)) static void start(void) {
  const char *given = getenv("LOOP_KERNEL_DEVICE");
  char path[PATH_MAX];
  if (!given || strlen(given) >= sizeof folder) return;
  strcpy(folder, given);
  int fd = NEXT(open)(inside(path, "state"), O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  struct state *found = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  NEXT(close)(fd);
  if (found == MAP_FAILED || found->magic != MAGIC || found->layout != LAYOUT) {
    fprintf(stderr, "kernel-device: %s is not its state\n", path);
    abort();
  }
  log_fd = NEXT(open)(inside(path, "log"), O_WRONLY | O_APPEND | O_CLOEXEC);
  probe_fd = NEXT(open)(inside(path, "locks"), O_RDWR | O_CLOEXEC);
  state = found;
}

/* ---- descriptors ---- */

struct handle *find(int fd) { return (unsigned)fd < HANDLES && handles[fd].kind ? &handles[fd] : NULL; }

struct handle *adopt(int fd, struct handle handle) {
  if (fd >= HANDLES) { NEXT(close)(fd); errno = EMFILE; return NULL; }
  handles[fd] = handle;
  return &handles[fd];
}

int open_locks(int flags) {
  char path[PATH_MAX];
  return NEXT(open)(inside(path, "locks"), O_RDWR | (flags & O_CLOEXEC));
}

int lock_byte(int fd, int command, int type, int byte) {
  struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
  int result = fcntl(fd, command, &lock);
  return command == F_OFD_GETLK ? lock.l_type != F_UNLCK : result;
}
int is_locked(int byte) { return lock_byte(probe_fd, F_OFD_GETLK, F_WRLCK, byte); }

/* ---- paths ---- */

/* Index of the bus a path names; NO_DEVICE: a bus that is not there; -1: another path. */
static int bus_of(const char *path) {
  unsigned bus, select;
  char rest;
  if (!state || !path || strncmp(path, "/dev/spidev", 11)) return -1;
  if (sscanf(path + 11, "%u.%u%c", &bus, &select, &rest) != 2) return NO_DEVICE;
  for (int i = 0; i < DEVICES; i++)
    if (state->devices[i].bus == bus && state->devices[i].select == select) return state->devices[i].generation % 2 ? NO_DEVICE : i;
  return NO_DEVICE;
}
static int is_chip(const char *path) { return state && path && !strncmp(path, chip_path, sizeof chip_path - 1); }
static int is_bufsiz(const char *path) { return state && path && !strcmp(path, bufsiz_path); }

/* The real file that stands for a path where a path is only looked at. */
static const char *seen(const char *path) {
  static __thread char own[PATH_MAX];
  int bus = bus_of(path);
  if (bus >= 0) return bus == NO_DEVICE ? GONE : "/dev/null";
  if (is_chip(path)) return strcmp(path + sizeof chip_path - 1, "0") ? GONE : "/dev/null";
  return is_bufsiz(path) ? inside(own, "bufsiz") : path;
}

static int open_own(const char *path, int flags) {
  int bus = bus_of(path);
  if (!strcmp(seen(path), GONE)) return fail(ENOENT);
  if (state->denies) return fail(EACCES);
  int fd = open_locks(flags);
  if (fd < 0) return fd;
  if (bus >= 0) return bus_open(fd, bus, flags);
  return adopt(fd, (struct handle){ .kind = CHIP }) ? fd : -1;
}

/* ---- the calls ---- */

#define OPEN(name, ...)                                                        \
  va_list more;                                                                \
  va_start(more, flags);                                                       \
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;    \
  va_end(more);                                                                \
  if (bus_of(path) >= 0 || is_chip(path)) return open_own(path, flags);        \
  if (is_bufsiz(path) && (flags & O_ACCMODE) != O_RDONLY) return fail(EACCES); \
  return NEXT(name)(__VA_ARGS__ seen(path), flags, mode);
int open(const char *path, int flags, ...) { OPEN(open, ) }
int open64(const char *path, int flags, ...) { OPEN(open64, ) }
int openat(int at, const char *path, int flags, ...) { OPEN(openat, at,) }
int openat64(int at, const char *path, int flags, ...) { OPEN(openat64, at,) }

int access(const char *path, int mode) { return NEXT(access)(seen(path), mode); }
int faccessat(int at, const char *path, int mode, int flags) { return NEXT(faccessat)(at, seen(path), mode, flags); }
int stat(const char *restrict path, struct stat *restrict to) { return NEXT(stat)(seen(path), to); }
int lstat(const char *restrict path, struct stat *restrict to) { return NEXT(lstat)(seen(path), to); }
int statx(int at, const char *restrict path, int flags, unsigned mask, struct statx *restrict to) {
  return NEXT(statx)(at, seen(path), flags, mask, to);
}

int close(int fd) {
  struct handle *handle = find(fd);
  if (handle && handle->kind == REQUEST) release_lines(handle);
  if (handle && handle->kind == BUS) note(CLOSED, handle->device, "");
  if (handle) handle->kind = NOTHING;
  return NEXT(close)(fd);
}

int ioctl(int fd, unsigned long request, ...) {
  va_list more; va_start(more, request); void *to = va_arg(more, void *); va_end(more);
  struct handle *handle = find(fd);
  if (!handle) return NEXT(ioctl)(fd, request, to);
  switch (handle->kind) { /* the kernel looks at 32 bits of the number; a foreign function interface may extend its sign */
    case BUS: return bus_ioctl(handle, (uint32_t)request, to);
    case CHIP: return chip_ioctl((uint32_t)request, to);
    default: return request_ioctl(handle, (uint32_t)request, to);
  }
}

ssize_t write(int fd, const void *from, size_t bytes) {
  struct handle *handle = find(fd);
  if (!handle) return NEXT(write)(fd, from, bytes);
  ADD(write_calls, 1);
  return bus_write(handle, &(struct iovec){ (void *)from, bytes }, 1);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct handle *handle = find(fd);
  if (!handle) return NEXT(writev)(fd, parts, count);
  ADD(writev_calls, 1);
  return bus_write(handle, parts, count);
}
ssize_t read(int fd, void *to, size_t bytes) {
  struct handle *handle = find(fd);
  return handle ? bus_read(handle, to, bytes) : NEXT(read)(fd, to, bytes);
}
/* A stream has no positions. */
ssize_t pread64(int fd, void *to, size_t bytes, off64_t at) {
  return find(fd) ? fail(ESPIPE) : NEXT(pread64)(fd, to, bytes, at);
}
ssize_t pwrite64(int fd, const void *from, size_t bytes, off64_t at) {
  return find(fd) ? fail(ESPIPE) : NEXT(pwrite64)(fd, from, bytes, at);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  return find(fd) ? fail(ESPIPE) : NEXT(pwritev64)(fd, parts, count, at);
}

/* libuv closes and looks at files by number. */
long syscall(long number, ...) {
  long given[6];
  va_list more;
  va_start(more, number);
  for (int i = 0; i < 6; i++) given[i] = va_arg(more, long);
  va_end(more);
  if (number == SYS_close) return close(given[0]);
  if (number == SYS_statx) given[1] = (long)seen((const char *)given[1]);
  return NEXT(syscall)(number, given[0], given[1], given[2], given[3], given[4], given[5]);
}

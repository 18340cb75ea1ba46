/* The log, and the time that bytes take. */
#define _GNU_SOURCE
#include "device.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SPIN_NS = 60000 };       /* a sleep wakes up to 50 us late (timer slack): the rest of a wait is spun */
enum { PUNCH_BYTES = 8 << 20 }; /* read parts of the log are given back to the disk in portions of this size */

uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* One append for all messages of a call: no order is lost between threads or processes. */
static void append(const struct iovec *parts, int count) {
  size_t bytes = 0;
  for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
  uint64_t end = __atomic_add_fetch(&state->log_bytes, bytes, __ATOMIC_RELAXED);
  if (end - state->log_read > state->log_limit) state->is_log_full = 1;
  if (state->is_log_full) return;
  if (NEXT(writev)(log_fd, parts, count) != (ssize_t)bytes) state->is_log_full = 1;
  uint64_t read = state->log_read & ~4095ull;
  if (read - state->log_punched > PUNCH_BYTES) {
    fallocate(log_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, state->log_punched, read - state->log_punched);
    state->log_punched = read;
  }
}

void note(enum record kind, int subject, const char *text) {
  if (!state->is_logging) return;
  struct header header = { .length = strlen(text), .kind = kind, .subject = subject, .time_ns = now_ns(), .process = getpid() };
  if (kind == LINE) { header.level = state->lines[subject].level; header.is_output = state->lines[subject].is_output; }
  append((struct iovec[]){ { &header, sizeof header }, { (void *)text, header.length } }, 2);
}

static void flush(struct batch *batch) {
  if (batch->parts) append(batch->parts_of, batch->parts);
  batch->messages = batch->parts = 0;
}

void note_message(struct batch *batch, struct header header, const struct iovec *parts, int count) {
  if (batch->messages == BATCH || batch->parts + 1 + count > PARTS) flush(batch);
  struct header *kept = &batch->headers[batch->messages++];
  *kept = header;
  batch->parts_of[batch->parts++] = (struct iovec){ kept, sizeof *kept };
  size_t left = header.length;
  for (int i = 0; i < count && left; i++) {
    size_t portion = parts[i].iov_len < left ? parts[i].iov_len : left;
    batch->parts_of[batch->parts++] = (struct iovec){ parts[i].iov_base, portion };
    left -= portion;
  }
}

/* Ends a call: writes its messages down, then waits until the last of them has left the bus. So a process that is killed while it waits
 * has sent all of them, as with the kernel. */
void finish(struct batch *batch) {
  flush(batch);
  if (!batch->done_ns) return;
  struct timespec until = { (batch->done_ns - SPIN_NS) / 1000000000, (batch->done_ns - SPIN_NS) % 1000000000 };
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR);
  while (now_ns() < batch->done_ns);
}

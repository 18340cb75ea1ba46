/*
 * A stand-in for the kernel's spidev and GPIO drivers, for quick tests without a panel: preloaded into a process (LD_PRELOAD), it answers
 * for /dev/spidevB.C, /dev/gpiochip0 and /sys/module/spidev/parameters/bufsiz, and writes down every byte and every line change.
 * It behaves as Linux 6.12 does on a Raspberry Pi Zero 2 W; where the two differ, the kernel is right (test/kernel-device/steps.ts runs on both).
 *
 * LOOP_KERNEL_DEVICE names a folder: `state` (struct state, shared by all processes and the test that steers them), `log` (records, appended),
 * `locks` (empty) and `bufsiz`. A descriptor of ours is a real descriptor of `locks`: a requested line and an open bus are kernel locks on a byte
 * of it, so they belong to the descriptor, hold between processes, and end with the last close or with the process, however it ends.
 *
 * Read on in log.c, spi.c, gpio.c, calls.c. Needs glibc 2.33 or newer, on x86-64 or aarch64.
 */
#ifndef DEVICE_H
#define DEVICE_H
#include <errno.h>
#include <limits.h>
#include <linux/gpio.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { DEVICES = 4, LINES = 64, NAME = 32 };
#define EVER UINT32_MAX

struct device { uint16_t bus, select; uint32_t generation /* odd: gone */, mode, bits, speed_hz, unused; };
struct line {
  uint8_t level, is_output, was_output, is_active_low, is_requested, unused[3];
  char name[NAME], consumer[NAME], held_by[NAME];
};
struct fault { uint32_t times, after, error /* 0: a short count */, bytes /* that still go out */, least; };
struct counters { uint64_t bytes, lost_bytes, messages, write_calls, writev_calls, transfer_calls, line_set_calls, opens; };
/* test/kernel-device/device-state.ts knows the same offsets. */
struct state {
  uint32_t magic, layout;
  uint32_t bufsiz, line_count, core_hz /* 0: bytes take no time */, gap_ns, is_logging, keeps_outputs, refuses_long_writev, denies;
  uint32_t is_log_full, are_pins_lost;
  struct fault fault;
  uint32_t unused[11];
  uint64_t log_limit, log_bytes, log_read, log_punched, bus_free_ns;
  struct counters counters;
  struct device devices[DEVICES];
  struct line lines[LINES];
};
_Static_assert(offsetof(struct state, fault) == 48 && offsetof(struct state, log_limit) == 112 && offsetof(struct state, counters) == 152 &&
  offsetof(struct state, devices) == 216 && offsetof(struct state, lines) == 312 && sizeof(struct line) == 104, "device-state.ts");

/* What a record of the log begins with; `length` bytes follow. test/kernel-device/device-log.ts reads it. */
enum record { MESSAGE = 1, LINE, REQUESTED, RELEASED, OPENED, CLOSED };
struct header {
  uint32_t length;
  uint8_t kind, subject /* device or line */, level /* or SPI mode */, is_output;
  uint64_t time_ns;
  uint32_t speed_hz, process;
};
_Static_assert(sizeof(struct header) == 24, "device-log.ts");

/* What one of our descriptors stands for. */
enum kind { NOTHING, BUS, CHIP, REQUEST };
struct handle { uint8_t kind, device, access, count; uint32_t generation; uint8_t lines[GPIO_V2_LINES_MAX]; };

/* Messages of one call, on their way to the log, and the time at which the last of them has left the bus. */
enum { BATCH = 128, TRANSFERS = 528 /* of one ioctl: 511, and what a read of 65536 is made of */, PARTS = TRANSFERS + 1 };
struct batch { int messages, parts; uint64_t done_ns; struct header headers[BATCH]; struct iovec parts_of[PARTS]; };
static inline void start_batch(struct batch *batch) { batch->messages = batch->parts = 0; batch->done_ns = 0; }

/* The call of this name in the next library, which is the C library. */
#define NEXT(name) ({ static __typeof__(&name) next; if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name); next; })
#define ADD(counter, n) __atomic_fetch_add(&state->counters.counter, (n), __ATOMIC_RELAXED)
static inline int fail(int error) { errno = error; return -1; }

#pragma GCC visibility push(hidden) /* a name of ours must not stand in for one of the program's */
extern struct state *state; /* null: this process is not meant */
extern int log_fd;

struct handle *find(int fd);                                   /* null: not ours */
struct handle *adopt(int fd, struct handle handle);            /* null and EMFILE: there is no room for it */
int open_locks(int flags);
int lock_byte(int fd, int command, int type, int byte);
int is_locked(int byte);

uint64_t now_ns(void);
void note(enum record kind, int subject, const char *text);
void note_message(struct batch *batch, struct header header, const struct iovec *parts, int count);
void finish(struct batch *batch);

int bus_open(int fd, int device, int flags);
ssize_t bus_write(struct handle *handle, const struct iovec *parts, int count);
ssize_t bus_read(struct handle *handle, void *to, size_t bytes);
int bus_ioctl(struct handle *handle, uint32_t request, void *to);

int chip_ioctl(uint32_t request, void *to);
int request_ioctl(struct handle *handle, uint32_t request, void *to);
void release_lines(struct handle *handle);
#pragma GCC visibility pop
#endif

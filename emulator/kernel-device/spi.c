/* spidev: messages, their limits, their time, and the faults a test asks for. */
#define _GNU_SOURCE
#include "device.h"
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <string.h>
#include <unistd.h>

enum { TREE_HZ = 125000000 }; /* spi-max-frequency of the device tree: what a bus is opened with */
enum { DMA_ALIGNMENT = 128 }; /* each transfer of a message counts rounded up to it on arm64 (spidev_message) */

/* spi-bcm2835 has even dividers only: the clock is never faster than asked, and often slower. */
static uint32_t real_hz(uint32_t asked) {
  if (asked >= state->core_hz / 2) return state->core_hz / 2;
  uint32_t divider = (state->core_hz + asked - 1) / asked;
  return state->core_hz / (divider + divider % 2);
}

/* Takes the bus for a message from the moment it is free; returns the start of it. */
static uint64_t take_bus(struct batch *batch, size_t bytes, uint32_t speed_hz) {
  uint64_t now = now_ns(), begin, end, free_ns = __atomic_load_n(&state->bus_free_ns, __ATOMIC_RELAXED);
  if (batch->done_ns > now) now = batch->done_ns;
  if (!state->core_hz) return now;
  do {
    begin = free_ns > now ? free_ns : now;
    end = begin + state->gap_ns + bytes * 8000000000ull / real_hz(speed_hz);
  } while (!__atomic_compare_exchange_n(&state->bus_free_ns, &free_ns, end, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  batch->done_ns = end;
  return begin;
}

/* Whether the fault that the test asked for hits this message. */
static int is_hit(size_t bytes) {
  struct fault *fault = &state->fault;
  if (!fault->times || bytes < fault->least) return 0;
  if (fault->after) return fault->after--, 0;
  if (fault->times != EVER) fault->times--;
  return 1;
}

struct message { const struct iovec *parts; int count; size_t bytes; uint32_t speed_hz; };

static void put_on_wire(struct batch *batch, const struct handle *handle, struct message message) {
  ADD(messages, 1);
  if (state->are_pins_lost) { ADD(lost_bytes, message.bytes); return; }
  ADD(bytes, message.bytes);
  if (!state->is_logging && !state->core_hz) return;
  uint64_t begin = take_bus(batch, message.bytes, message.speed_hz);
  if (!state->is_logging || !message.bytes) return;
  struct header header = {
    .length = message.bytes, .kind = MESSAGE, .subject = handle->device, .level = state->devices[handle->device].mode,
    .time_ns = begin, .speed_hz = message.speed_hz, .process = getpid(),
  };
  note_message(batch, header, message.parts, message.count);
}

/* Returns the bytes sent, or a negative error. */
static ssize_t send_message(struct batch *batch, const struct handle *handle, struct message message) {
  if (state->devices[handle->device].generation != handle->generation) return -ESHUTDOWN;
  ssize_t result = message.bytes;
  if (state->fault.times && is_hit(message.bytes)) {
    if (state->fault.bytes < message.bytes) message.bytes = state->fault.bytes;
    result = state->fault.error ? -(ssize_t)state->fault.error : (ssize_t)message.bytes;
  }
  if (message.bytes || result >= 0) put_on_wire(batch, handle, message);
  return result;
}

/* write and writev: spidev has no write_iter, so each part is a message of its own, and the first that fails ends the call. */
ssize_t bus_write(struct handle *handle, const struct iovec *parts, int count) {
  if (handle->access == O_RDONLY) return fail(EBADF);
  if (handle->kind != BUS) return fail(EINVAL);
  struct batch batch;
  start_batch(&batch);
  size_t sent = 0, whole = 0;
  ssize_t result = 0;
  uint32_t speed_hz = state->devices[handle->device].speed_hz;
  for (int i = 0; i < count; i++) whole += parts[i].iov_len;
  if (count > 1 && state->refuses_long_writev && whole > state->bufsiz) return fail(EMSGSIZE);
  for (int i = 0; i < count; i++) {
    size_t bytes = parts[i].iov_len;
    if (count > 1 && !bytes) continue;
    result = bytes > state->bufsiz ? -EMSGSIZE : send_message(&batch, handle, (struct message){ &parts[i], 1, bytes, speed_hz });
    if (result > 0) sent += result;
    if (result < (ssize_t)bytes) break;
  }
  finish(&batch);
  return result < 0 && !sent ? fail(-result) : (ssize_t)sent;
}

static const uint8_t zeros[4096];

/* What goes out while something is only read. */
static int add_zeros(struct iovec *parts, int count, size_t bytes) {
  for (; bytes; count++) {
    size_t portion = bytes < sizeof zeros ? bytes : sizeof zeros;
    parts[count] = (struct iovec){ (void *)zeros, portion };
    bytes -= portion;
  }
  return count;
}

ssize_t bus_read(struct handle *handle, void *to, size_t bytes) {
  if (handle->access == O_WRONLY) return fail(EBADF);
  if (handle->kind != BUS) return fail(EAGAIN);
  if (bytes > state->bufsiz) return fail(EMSGSIZE);
  struct batch batch;
  start_batch(&batch);
  struct iovec parts[TRANSFERS];
  int count = add_zeros(parts, 0, bytes);
  ssize_t result = send_message(&batch, handle, (struct message){ parts, count, bytes, state->devices[handle->device].speed_hz });
  finish(&batch);
  if (result < 0) return fail(-result);
  memset(to, 0, result);
  return result;
}

static int transfer(struct handle *handle, const struct spi_ioc_transfer *transfers, int count) {
  size_t out = 0, in = 0, bytes = 0;
  uint32_t speed_hz = state->devices[handle->device].speed_hz;
  struct iovec parts[TRANSFERS];
  int used = 0;
  ADD(transfer_calls, 1);
  for (int i = 0; i < count; i++) {
    const struct spi_ioc_transfer *one = &transfers[i];
    size_t counted = (one->len + DMA_ALIGNMENT - 1) / DMA_ALIGNMENT * DMA_ALIGNMENT;
    if (one->tx_buf) out += counted;
    if (one->rx_buf || !one->tx_buf) in += counted;
    if (one->bits_per_word && one->bits_per_word != 8) return fail(EINVAL);
    bytes += one->len;
    if (one->speed_hz) speed_hz = one->speed_hz;
    if (out > state->bufsiz || in > state->bufsiz) return fail(EMSGSIZE);
    if (!one->tx_buf) used = add_zeros(parts, used, one->len);
    else parts[used++] = (struct iovec){ (void *)(uintptr_t)one->tx_buf, one->len };
  }
  struct batch batch;
  start_batch(&batch);
  ssize_t result = send_message(&batch, handle, (struct message){ parts, used, bytes, speed_hz });
  finish(&batch);
  for (int i = 0; result >= 0 && i < count; i++)
    if (transfers[i].rx_buf) memset((void *)(uintptr_t)transfers[i].rx_buf, 0, transfers[i].len);
  return result < 0 ? fail(-result) : (int)result;
}

static int set_mode(struct device *device, uint32_t mode) {
  if (mode & ~(uint32_t)(SPI_CPHA | SPI_CPOL | SPI_CS_HIGH | SPI_NO_CS | SPI_3WIRE)) return fail(EINVAL); /* what spi-bcm2835 can do */
  device->mode = mode;
  return 0;
}

int bus_ioctl(struct handle *handle, uint32_t request, void *to) {
  struct device *device = &state->devices[handle->device];
  if (_IOC_TYPE(request) != SPI_IOC_MAGIC) return fail(ENOTTY);
  if (device->generation != handle->generation) return fail(ESHUTDOWN);
  switch (request) {
    case SPI_IOC_RD_MODE: return *(uint8_t *)to = device->mode, 0;
    case SPI_IOC_RD_MODE32: return *(uint32_t *)to = device->mode, 0;
    case SPI_IOC_WR_MODE: return set_mode(device, *(uint8_t *)to | (device->mode & ~0xffu));
    case SPI_IOC_WR_MODE32: return set_mode(device, *(uint32_t *)to);
    case SPI_IOC_RD_LSB_FIRST: return *(uint8_t *)to = 0, 0;
    case SPI_IOC_WR_LSB_FIRST: return *(uint8_t *)to ? fail(EINVAL) : 0;
    case SPI_IOC_RD_BITS_PER_WORD: return *(uint8_t *)to = device->bits, 0;
    case SPI_IOC_WR_BITS_PER_WORD: return *(uint8_t *)to == 0 || *(uint8_t *)to == 8 ? 0 : fail(EINVAL);
    case SPI_IOC_RD_MAX_SPEED_HZ: return *(uint32_t *)to = device->speed_hz, 0;
    case SPI_IOC_WR_MAX_SPEED_HZ: return *(uint32_t *)to ? device->speed_hz = *(uint32_t *)to, 0 : fail(EINVAL);
  }
  if (_IOC_NR(request) != 0 || _IOC_DIR(request) != _IOC_WRITE) return fail(ENOTTY);
  if (_IOC_SIZE(request) % sizeof(struct spi_ioc_transfer)) return fail(EINVAL);
  return transfer(handle, to, _IOC_SIZE(request) / sizeof(struct spi_ioc_transfer));
}

int bus_open(int fd, int index, int flags) {
  struct device *device = &state->devices[index];
  struct handle handle = { .kind = BUS, .device = index, .access = flags & O_ACCMODE, .generation = device->generation };
  if (!adopt(fd, handle)) return -1;
  if (!is_locked(LINES + index)) device->speed_hz = TREE_HZ; /* the speed lasts as long as any descriptor is open */
  lock_byte(fd, F_OFD_SETLK, F_RDLCK, LINES + index);
  ADD(opens, 1);
  note(OPENED, index, "");
  return fd;
}

/* GPIO character device, ABI v2 (Linux include/uapi/linux/gpio.h). */
#define _GNU_SOURCE
#include "device.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Upstream's default makes a released output an input; Raspberry Pi's own kernels leave level and direction as they are. */
static void release_line(int n) {
  struct line *line = &state->lines[n];
  line->is_requested = 0;
  note(RELEASED, n, line->consumer);
  if (!line->is_output || state->keeps_outputs) return;
  line->is_output = 0;
  note(LINE, n, "");
}

void release_lines(struct handle *handle) {
  for (int i = 0; i < handle->count; i++) release_line(handle->lines[i]);
}

static void drive(int n, int value) {
  struct line *line = &state->lines[n];
  int level = !!value ^ line->is_active_low;
  if (line->is_output && line->level == level) return;
  line->level = level;
  line->is_output = line->was_output = 1;
  note(LINE, n, "");
}

static void configure(struct handle *handle, const struct gpio_v2_line_config *config) {
  for (int i = 0; i < handle->count; i++) {
    struct line *line = &state->lines[handle->lines[i]];
    uint64_t flags = config->flags, value = 0;
    for (unsigned a = 0; a < config->num_attrs && a < GPIO_V2_LINE_NUM_ATTRS_MAX; a++) {
      const struct gpio_v2_line_config_attribute *one = &config->attrs[a];
      if (!(one->mask >> i & 1)) continue;
      if (one->attr.id == GPIO_V2_LINE_ATTR_ID_FLAGS) flags = one->attr.flags;
      if (one->attr.id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES) value = one->attr.values >> i & 1;
    }
    line->is_active_low = !!(flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW);
    if (flags & GPIO_V2_LINE_FLAG_OUTPUT) drive(handle->lines[i], value);
    else if (flags & GPIO_V2_LINE_FLAG_INPUT) {
      if (line->is_output) { line->is_output = 0; note(LINE, handle->lines[i], ""); }
      line->was_output = 0;
    }
  }
}

static int check_request(const struct gpio_v2_line_request *request) {
  uint64_t both = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_OUTPUT;
  if (request->num_lines < 1 || request->num_lines > GPIO_V2_LINES_MAX || (request->config.flags & both) == both) return EINVAL;
  for (unsigned i = 0; i < request->num_lines; i++) {
    if (request->offsets[i] >= state->line_count) return EINVAL;
    if (state->lines[request->offsets[i]].held_by[0]) return EBUSY;
    for (unsigned j = 0; j < i; j++) if (request->offsets[i] == request->offsets[j]) return EBUSY;
  }
  return 0;
}

static int request_lines(struct gpio_v2_line_request *request) {
  int error = check_request(request);
  if (error) return fail(error);
  int fd = open_locks(O_CLOEXEC);
  if (fd < 0) return fd;
  for (unsigned i = 0; i < request->num_lines; i++)
    if (lock_byte(fd, F_OFD_SETLK, F_WRLCK, request->offsets[i])) return close(fd), fail(EBUSY);
  struct handle *handle = adopt(fd, (struct handle){ .kind = REQUEST, .count = request->num_lines });
  if (!handle) return -1;
  for (int i = 0; i < handle->count; i++) {
    int n = handle->lines[i] = request->offsets[i];
    if (state->lines[n].is_requested) release_line(n); /* who held it has died */
    if (n == 10 || n == 11) state->are_pins_lost = 1;  /* MOSI or SCLK leaves the SPI function for good, without any error */
    memcpy(state->lines[n].consumer, request->consumer, NAME - 1);
    state->lines[n].is_requested = 1;
    note(REQUESTED, n, state->lines[n].consumer);
  }
  configure(handle, &request->config);
  request->fd = fd;
  return 0;
}

static int line_info(struct gpio_v2_line_info *info) {
  uint32_t n = info->offset;
  if (n >= state->line_count) return fail(EINVAL);
  const struct line *line = &state->lines[n];
  int is_used = line->held_by[0] || is_locked(n);
  *info = (struct gpio_v2_line_info){ .offset = n };
  memcpy(info->name, line->name, NAME);
  if (is_used) memcpy(info->consumer, line->held_by[0] ? line->held_by : line->consumer, NAME);
  info->flags = (is_used ? GPIO_V2_LINE_FLAG_USED : 0) | (line->is_active_low ? GPIO_V2_LINE_FLAG_ACTIVE_LOW : 0) |
    (line->was_output ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT); /* still OUTPUT after a release, as the kernel says it */
  return 0;
}

int chip_ioctl(uint32_t request, void *to) {
  struct gpiochip_info *info = to;
  switch (request) {
    case GPIO_GET_CHIPINFO_IOCTL:
      *info = (struct gpiochip_info){ .name = "gpiochip0", .label = "pinctrl-bcm2835", .lines = state->line_count };
      return 0;
    case GPIO_V2_GET_LINEINFO_IOCTL: return line_info(to);
    case GPIO_V2_GET_LINE_IOCTL: return request_lines(to);
  }
  return fail(EINVAL);
}

int request_ioctl(struct handle *handle, uint32_t request, void *to) {
  struct gpio_v2_line_values *values = to;
  if (request == GPIO_V2_LINE_SET_CONFIG_IOCTL) return configure(handle, to), 0;
  if (request != GPIO_V2_LINE_GET_VALUES_IOCTL && request != GPIO_V2_LINE_SET_VALUES_IOCTL) return fail(EINVAL);
  uint64_t mask = values->mask & (handle->count == 64 ? ~0ull : (1ull << handle->count) - 1), bits = 0;
  if (!mask) return fail(EINVAL);
  for (int i = 0; i < handle->count; i++) {
    if (!(mask >> i & 1)) continue;
    const struct line *line = &state->lines[handle->lines[i]];
    if (request == GPIO_V2_LINE_SET_VALUES_IOCTL && !line->is_output) return fail(EPERM);
    bits |= (uint64_t)(line->is_output ? line->level ^ line->is_active_low : 0) << i;
  }
  if (request == GPIO_V2_LINE_GET_VALUES_IOCTL) return values->bits = bits, 0;
  ADD(line_set_calls, 1);
  for (int i = 0; i < handle->count; i++) if (mask >> i & 1) drive(handle->lines[i], values->bits >> i & 1);
  return 0;
}

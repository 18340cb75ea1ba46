import * as z from 'zod/mini';

z.config(z.locales.en());

/** Adds the sentence that documents an option: docs/config.md, the app's translations and error messages are made from it. */
function option<Schema extends z.ZodMiniType>(description: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}
function group<Shape extends z.core.$ZodShape>(description: string, shape: Shape) {
  return option(description, z.prefault(z.strictObject(shape), {} as never));
}
const text = (fallback: string) => z._default(z.string().check(z.maxLength(1000)), fallback);
const integer = (low: number, high: number, fallback: number) =>
  z._default(z.int().check(z.gte(low), z.lte(high)), fallback);

/** GPIO 7 to 11 are SPI0 itself: asked for as a line, the kernel takes MOSI or SCLK off the bus without any error, and it does not come back. */
const SPI_PINS = [7, 8, 9, 10, 11];
const line = (fallback: number) =>
  z._default(
    z.int().check(
      z.gte(0),
      z.lte(53),
      z.refine((pin) => !SPI_PINS.includes(pin), { error: 'GPIO 7 to 11 belong to the SPI bus; choose another pin' }),
    ),
    fallback,
  );
const timeOfDay = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a time as HH:MM' }));

const displayOptions = z.strictObject({
  id: option(
    'Short name of the display in addresses and topics',
    z._default(z.string().check(z.regex(/^[a-z0-9_]{1,32}$/, { error: '1 to 32 of a-z, 0-9 and _' })), 'loop'),
  ),
  name: option('Name people see', z._default(z.string().check(z.minLength(1), z.maxLength(100)), 'LOOP')),
  panel: option(
    'Controller chip of the panel',
    z._default(z.enum(['ili9341', 'st7789', 'st7735', 'ili9488', 'gc9a01']), 'ili9341'),
  ),
  bus: option(
    '`emulated`, or the SPI device the panel hangs on',
    z._default(
      z.string().check(z.regex(/^(emulated|\/dev\/spidev\d{1,3}\.\d{1,3})$/, { error: 'emulated or /dev/spidevB.C' })),
      'emulated',
    ),
  ),
  speed_hz: option('SPI clock asked for, in hertz', integer(100_000, 125_000_000, 40_000_000)),
  gpiochip: option(
    'GPIO character device with the lines below',
    z._default(z.string().check(z.regex(/^\/dev\/gpiochip\d{1,2}$/, { error: '/dev/gpiochipN' })), '/dev/gpiochip0'),
  ),
  dc_line: option('GPIO line of the data/command pin (DC)', line(25)),
  reset_line: option('GPIO line of the reset pin (RST)', line(27)),
  backlight_line: option('GPIO line of the backlight pin (BL)', line(18)),
  rotation: option(
    'Degrees clockwise the picture is turned on the glass',
    z._default(
      z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)], { error: '0, 90, 180 or 270' }),
      90,
    ),
  ),
  bgr: option('Swap red and blue, when colours are exchanged', z._default(z.nullable(z.boolean()), null)),
  invert: option('Invert colours, when the picture is a negative', z._default(z.nullable(z.boolean()), null)),
});

/** The one schema of what can be set. Every part may be missing; what is missing has its default. */
export const options = z.strictObject({
  displays: option(
    'The displays LOOP drives',
    z.prefault(
      z.array(displayOptions).check(
        z.minLength(1),
        z.maxLength(8),
        z.refine((all) => new Set(all.map((one) => one.id)).size === all.length, {
          error: 'each display needs an id of its own',
        }),
      ),
      [{}],
    ),
  ),
  display: group('What holds for every display', {
    framerate: option('Frames a second video is converted to', integer(1, 60, 25)),
    show_progress: option('Draw upload and conversion progress on the panel', z._default(z.boolean(), true)),
    brightness: option('Brightness at the first start, percent', integer(0, 100, 100)),
    on_exit: option('What stays on the panel when LOOP ends', z._default(z.enum(['black', 'keep']), 'black')),
    night: option(
      'Other brightness between two times of day (no effect yet)',
      z._default(
        z.nullable(z.strictObject({ from: timeOfDay, to: timeOfDay, brightness: z.int().check(z.gte(0), z.lte(100)) })),
        null,
      ),
    ),
  }),
  media: group('The loop and uploads', {
    loop_count: option('Plays of a clip before the next one', integer(1, 1000, 2)),
    static_image_duration_sec: option(
      'Seconds a picture stands',
      z._default(z.number().check(z.gte(0.1), z.lte(86_400)), 10),
    ),
    auto_advance_enabled: option('Go on to the next clip by itself', z._default(z.boolean(), true)),
    max_file_size_mb: option(
      'Largest original that is kept, or that comes by multipart, in MB',
      integer(1, 10_000, 50),
    ),
  }),
  web: group('The web server', {
    max_concurrent_requests: option('Requests worked on at once; more wait', integer(1, 1000, 12)),
    request_timeout_seconds: option('Seconds a request may take to arrive', integer(1, 86_400, 300)),
    token: option('Token for every address but loopback; empty: one is made', text('')),
    allowed_origins: option(
      'Other web pages that may use LOOP, as https://host[:port]',
      z._default(z.array(z.string().check(z.maxLength(300))), []),
    ),
    playlist_cache_ttl: option('Seconds a TV may keep the playlist (no effect yet)', integer(0, 86_400, 5)),
  }),
  mqtt: group('The MQTT broker', {
    url: option('mqtt://host:port; empty: ask the Supervisor, else none (no effect yet)', text('')),
    username: option('User at the broker (no effect yet)', text('')),
    password: option('Password at the broker (no effect yet)', text('')),
    discovery_prefix: option("Home Assistant's discovery prefix (no effect yet)", text('homeassistant')),
    base_topic: option('First part of every topic of LOOP (no effect yet)', text('loop')),
  }),
  home_assistant: group('The connection to Home Assistant', {
    url: option('http://host:8123; empty: ask the Supervisor, else none (no effect yet)', text('')),
    token: option('Long-lived access token (no effect yet)', text('')),
  }),
  node_red: group('Node-RED beside LOOP', {
    enabled: option(
      'auto: on with 900 MB of memory or more (no effect yet)',
      z._default(z.union([z.boolean(), z.literal('auto')], { error: 'true, false or auto' }), 'auto'),
    ),
    credential_secret: option("Key of Node-RED's credentials; empty: one is made (no effect yet)", text('')),
  }),
  log_level: option('Least weight of what is logged', z._default(z.enum(['debug', 'info', 'warn', 'error']), 'info')),
});
export type Options = z.infer<typeof options>;
export type DisplayOptions = Options['displays'][number];

/** One thing wrong with the options. */
export interface OptionFault {
  /** Where, as `displays[0].speed_hz`. */
  readonly path: string;
  readonly value: unknown;
  readonly rule: string;
  readonly mend: string;
}

/** Reads options of any completeness. Never throws: either all is well, or every fault is named. */
export function parseOptions(
  input: unknown,
): { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly faults: readonly OptionFault[] } {
  const result = options.safeParse(input);
  if (result.success) return { ok: true, options: result.data };
  const faults = result.error.issues.flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    return keys.map((key) => {
      const path = key === undefined ? issue.path : [...issue.path, key];
      return { path: pathText(path), value: valueAt(input, path), rule: issue.message, mend: mendFor(issue, path) };
    });
  });
  return { ok: false, faults };
}

function mendFor(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): string {
  const place = pathText(path) || 'the file';
  return issue.code === 'unrecognized_keys'
    ? `Remove ${place}, or correct its spelling.`
    : `Correct ${place}, or remove it to take the default.`;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    '',
  );
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    input,
  );
}

/**
 * Lays `over` on `base`, key by key; a list replaces a list. Neither is changed.
 * Used for settings.json (what the page changed) over options.json (what the user or the Supervisor wrote).
 */
export function mergeOptions(base: unknown, over: unknown): unknown {
  if (!isPlainObject(base) || !isPlainObject(over)) return over === undefined ? base : over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over))
    merged[key] = key in merged ? mergeOptions(merged[key], value) : value;
  return merged;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

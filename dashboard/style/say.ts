/** `350 kB`, `12.4 MB`: decimal units, as storage makers and Home Assistant count. */
export function sayBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value < 10 && step > 1 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}

/** `4 s`, `1:05`, `1:02:03` from milliseconds. */
export function sayDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds < 10_000) return `${Math.round(milliseconds / 100) / 10} s`;
  if (seconds < 60) return `${seconds} s`;
  const pad = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${pad(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

/** `40 MHz`, `31.25 MHz` from hertz. */
export function sayHertz(hertz: number): string {
  return `${Number((hertz / 1e6).toFixed(2))} MHz`;
}

/** The sentence of any thrown value, without the code that ends a LoopError's message. */
export function sayError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ \([A-Z_]+\)$/, '');
}

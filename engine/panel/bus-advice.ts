/** Gaps between messages of 4096 bytes cost up to a tenth of a full frame's time; less than this share is the clock's fault. */
const ENOUGH = 0.88;

/** Below this share the core clock itself sank: 400 MHz to 250 while the CPU idles, the divider staying what it was. */
const SUNK = 0.7;

/** What to do about a bus that runs slower than asked, in a sentence or two; null when all is well. */
export function busAdvice(askedHz: number, realHz: number): string | null {
  if (realHz >= askedHz * ENOUGH) return null;
  const found = `The bus runs at ${megahertz(realHz)} MHz of ${megahertz(askedHz)} asked`;
  if (realHz < askedHz * SUNK)
    return `${found}: the core clock sinks while the Pi idles. Set core_freq=250 in config.txt, then 31.2 and 62.5 MHz are exact and steady; or force_turbo=1.`;
  return `${found}: a Pi divides its core clock by even numbers only. Set core_freq=250 in config.txt for exactly 31.2 or 62.5 MHz, or set speed_hz to what is measured.`;
}

function megahertz(hertz: number): string {
  return (hertz / 1e6).toFixed(1);
}

// Q565 once more, written from the table in docs/clip-format.md alone: slow, obvious, one row of the table after another.

type Channels = [red: number, green: number, blue: number];

export function slowDecode(data: readonly number[], previous: readonly number[], width: number): number[] {
  const pixels: number[] = [];
  const bytes = [...data];
  const next = (): number => {
    const byte = bytes.shift();
    if (byte === undefined) throw new Error('data ended');
    return byte;
  };
  const left = (): number => pixels.at(-1) ?? 0;
  const above = (): number => pixels[pixels.length - width] ?? 0;
  const before = (): number => previous[pixels.length] as number;
  const repeat = (count: number, pixel: () => number): void => {
    for (let i = 0; i < count; i++) pixels.push(pixel());
  };
  while (bytes.length > 0) {
    const op = next();
    const bits = op.toString(2).padStart(8, '0');
    if (bits.startsWith('00')) pixels.push(smallStep(above(), bits));
    else if (bits.startsWith('01')) pixels.push(smallStep(left(), bits));
    else if (bits.startsWith('10')) pixels.push(smallStep(before(), bits));
    else if (bits.startsWith('110')) pixels.push(lumaStep(left(), bits, next().toString(2).padStart(8, '0')));
    else if (op <= 0xe9) repeat(op - 0xe0 + 1, left);
    else if (op <= 0xf9) repeat(op - 0xea + 1, before);
    else if (op <= 0xfd) repeat((op - 0xfa) * 256 + next() + 17, before);
    else if (op === 0xfe) pixels.push(next() * 256 + next());
    else repeat(next() + 11, left);
  }
  return pixels;
}

function smallStep(from: number, bits: string): number {
  const [red, green, blue] = split(from);
  const step = (start: number): number => Number.parseInt(bits.slice(start, start + 2), 2) - 2;
  return unite([red + step(2), green + step(4), blue + step(6)]);
}

function lumaStep(from: number, bits: string, second: string): number {
  const [red, green, blue] = split(from);
  const dg = Number.parseInt(bits.slice(3), 2) - 16;
  const dr = Number.parseInt(second.slice(0, 4), 2) - 8 + Math.floor(dg / 2);
  const db = Number.parseInt(second.slice(4), 2) - 8 + Math.floor(dg / 2);
  return unite([red + dr, green + dg, blue + db]);
}

function split(pixel: number): Channels {
  return [Math.floor(pixel / 2048), Math.floor(pixel / 32) % 64, pixel % 32];
}

function unite([red, green, blue]: Channels): number {
  return ((red + 32) % 32) * 2048 + ((green + 64) % 64) * 32 + ((blue + 32) % 32);
}

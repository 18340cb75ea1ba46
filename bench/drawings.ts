import sharp from 'sharp';

/** Two kinds of picture that no camera made, drawn as vectors: 320x240, 25 frames a second. */
export type Drawing = 'toon' | 'ui';

const width = 320;
const height = 240;

/** The frames of a drawing as RGBA8888, 320x240, opaque. */
export async function* drawnFrames(drawing: Drawing, frames: number): AsyncGenerator<Uint8Array> {
  const draw = drawing === 'toon' ? toon : ui;
  for (let frame = 0; frame < frames; frame++) {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${draw(frame)}</svg>`;
    const rgba = await sharp(Buffer.from(svg)).flatten({ background: '#000' }).ensureAlpha().raw().toBuffer();
    yield new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.length);
  }
}

/** A landscape with a sun, a ball that bounces across it and a bird: flat colours, outlines, two things moving. */
function toon(frame: number): string {
  const x = 30 + ((frame * 3) % 260);
  const y = 178 - Math.abs(Math.sin(frame / 8)) * 90;
  const wing = Math.sin(frame / 2) * 6;
  const bird = 320 - ((frame * 1.5) % 360);
  return `
    <rect width="320" height="240" fill="#8fd3f4"/>
    <circle cx="262" cy="48" r="26" fill="#ffd34e" stroke="#d9922e" stroke-width="3"/>
    <path d="M0 170 Q80 110 160 165 T320 150 V240 H0Z" fill="#6bbf59" stroke="#356b2c" stroke-width="3"/>
    <path d="M0 205 Q110 165 200 205 T320 195 V240 H0Z" fill="#4f9d45" stroke="#356b2c" stroke-width="3"/>
    <g transform="translate(${bird} 70)" fill="none" stroke="#333" stroke-width="3" stroke-linecap="round">
      <path d="M-9 ${-wing} Q-4 -4 0 0 Q4 -4 9 ${-wing}"/></g>
    <circle cx="${x}" cy="${y}" r="17" fill="#e8553d" stroke="#7c2216" stroke-width="3"/>
    <path d="M${x - 16} ${y} Q${x} ${y + 8} ${x + 16} ${y}" fill="none" stroke="#7c2216" stroke-width="2"/>`;
}

/** A wall panel: a clock with seconds, a meter, a graph that moves on each second, a list that scrolls now and then. */
function ui(frame: number): string {
  const second = Math.floor(frame / 25);
  const load = 0.5 + 0.4 * Math.sin(frame / 20);
  const graph = Array.from({ length: 60 }, (_, i) => {
    const at = i + second;
    return `${10 + i * 2.5},${212 - 22 * Math.sin(at / 5) - 9 * Math.sin(at / 1.7)}`;
  }).join(' ');
  const scroll = Math.min(1, (frame % 125) / 15) + Math.floor(frame / 125);
  const rows = Array.from({ length: 9 }, (_, i) => {
    const y = 54 + i * 24 - scroll * 24;
    const hue = (i * 47) % 360;
    return `<rect x="180" y="${y}" width="16" height="16" rx="4" fill="hsl(${hue} 60% 55%)"/>
      <rect x="204" y="${y + 2}" width="${46 + ((i * 37) % 50)}" height="5" fill="#c9d1d9"/>
      <rect x="204" y="${y + 10}" width="${30 + ((i * 23) % 40)}" height="4" fill="#6e7681"/>`;
  }).join('');
  return `
    <defs><clipPath id="list"><rect x="172" y="48" width="140" height="184"/></clipPath></defs>
    <rect width="320" height="240" fill="#0d1117"/>
    <rect x="8" y="8" width="304" height="30" rx="6" fill="#161b22"/>
    ${digits(second, 18, 14)}
    <rect x="200" y="18" width="104" height="10" rx="5" fill="#30363d"/>
    <rect x="200" y="18" width="${104 * load}" height="10" rx="5" fill="#3fb950"/>
    <rect x="8" y="48" width="156" height="120" rx="6" fill="#161b22"/>
    <circle cx="86" cy="108" r="44" fill="none" stroke="#30363d" stroke-width="12"/>
    <path d="M86 64 A44 44 0 0 1 130 108" fill="none" stroke="#58a6ff" stroke-width="12"/>
    <rect x="8" y="176" width="156" height="56" rx="6" fill="#161b22"/>
    <polyline points="${graph}" fill="none" stroke="#d29922" stroke-width="2"/>
    <rect x="172" y="48" width="140" height="184" rx="6" fill="#161b22"/>
    <g clip-path="url(#list)">${rows}</g>`;
}

const segments = ['abcdef', 'bc', 'abged', 'abgcd', 'fgbc', 'afgcd', 'afgedc', 'abc', 'abcdefg', 'abcdfg'];
const strokes: Readonly<Record<string, string>> = {
  a: 'M0 0H8',
  b: 'M8 0V8',
  c: 'M8 8V16',
  d: 'M0 16H8',
  e: 'M0 8V16',
  f: 'M0 0V8',
  g: 'M0 8H8',
};

/** Minutes and seconds in seven segments. */
function digits(seconds: number, x: number, y: number): string {
  const text = `${String(Math.floor(seconds / 60)).padStart(2, '0')}${String(seconds % 60).padStart(2, '0')}`;
  return [...text]
    .map((digit, i) => {
      const path = [...(segments[Number(digit)] ?? '')].map((name) => strokes[name]).join('');
      return `<path transform="translate(${x + i * 15 + (i > 1 ? 8 : 0)} ${y})" d="${path}" fill="none" stroke="#e6edf3" stroke-width="3"/>`;
    })
    .join('');
}

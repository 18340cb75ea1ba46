import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Options, parseOptions } from '../contract/config.ts';
import { convertFile } from '../engine/convert/convert-file.ts';
import { openFile } from '../engine/file-byte-source.ts';
import { nodeInflate } from '../engine/node-inflate.ts';
import { playFile } from '../engine/player/play-file.ts';
import { checkClip } from '../format/clip-check.ts';
import { openClip } from '../format/clip-reader.ts';
import { LoopError } from '../format/errors.ts';
import type { Fit, Geometry, Quality } from '../format/frame.ts';

const usage = `npm run loop -- COMMAND

  convert IN OUT.loop [--size 320x240] [--fit contain|cover|stretch] [--quality exact|t6|t8b] [--dither] [--framerate 25]
  info CLIP                what a clip is, as JSON
  check CLIP               every checksum and every frame
  play CLIP [--options FILE] [--frames N] [--free]
                           on the first display of the options; --free: as fast as it goes
`;

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => controller.abort(new LoopError('ABORTED', `Stopped by ${name}. Start it again to go on.`)));
}
const { signal } = controller;

const commands: Readonly<Record<string, (files: readonly string[], flags: Flags) => Promise<void>>> = {
  convert,
  info,
  check,
  play,
};

type Flags = ReturnType<typeof parse>['values'];

function readArguments() {
  try {
    return parse();
  } catch (error) {
    // What Node adds after its first sentence is about operands that begin with a dash.
    throw wrong((error as Error).message.split('. ')[0] ?? 'The arguments cannot be read');
  }
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      size: { type: 'string', default: '320x240' },
      fit: { type: 'string', default: 'contain' },
      quality: { type: 'string', default: 't6' },
      dither: { type: 'boolean', default: false },
      framerate: { type: 'string', default: '25' },
      options: { type: 'string' },
      frames: { type: 'string' },
      free: { type: 'boolean', default: false },
    },
  });
}

async function convert([input, output]: readonly string[], flags: Flags): Promise<void> {
  if (input === undefined || output === undefined) throw wrong('convert takes two files, IN and OUT.loop');
  const summary = await convertFile({
    input,
    output,
    geometry: geometryOf(flags.size),
    fit: oneOf<Fit>('fit', flags.fit, ['contain', 'cover', 'stretch']),
    quality: oneOf<Quality>('quality', flags.quality, ['exact', 't6', 't8b']),
    dither: flags.dither ? 'bayer' : 'none',
    framerate: wholeNumber('framerate', flags.framerate, 1, 60),
    signal,
    onProgress: (fraction) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${Math.round(fraction * 100)} %`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\r');
  print({ file: output, ...summary });
}

async function info([file]: readonly string[]): Promise<void> {
  await using source = await openFile(named(file, 'info'));
  const clip = await openClip(source, { inflate: nodeInflate, signal });
  const { description, frameCount, durationUs, isWhole, chunks } = clip;
  print({
    ...description,
    frames: frameCount,
    duration_ms: Math.round(durationUs / 1000),
    size_bytes: source.size,
    chunks: chunks.length,
    whole: isWhole,
    statistics: await clip.statistics({ signal }),
  });
}

async function check([file]: readonly string[]): Promise<void> {
  await using source = await openFile(named(file, 'check'));
  const { frames } = await checkClip(source, { inflate: nodeInflate, signal });
  process.stdout.write(`${file}: ${frames} frames, every checksum holds\n`);
}

async function play([file]: readonly string[], flags: Flags): Promise<void> {
  const frames = flags.frames === undefined ? undefined : wholeNumber('frames', flags.frames, 1, 1_000_000_000);
  const options = await readOptions(flags.options);
  print(await playFile({ file: named(file, 'play'), options, frames, isFree: flags.free, signal }));
}

async function readOptions(file: string | undefined): Promise<Options> {
  const parsed = parseOptions(file === undefined ? {} : jsonOf(await readFile(file, 'utf8'), file));
  if (parsed.ok) return parsed.options;
  const faults = parsed.faults.map(({ path, rule, mend }) => `${path}: ${rule}. ${mend}`).join(' ');
  throw new LoopError('OPTIONS_INVALID', `${file} cannot be used: ${faults}`);
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new LoopError('OPTIONS_INVALID', `${file} is no JSON: ${(error as Error).message}. Correct it.`);
  }
}

function geometryOf(size: string): Geometry {
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/.exec(size) ?? [];
  if (width === undefined || height === undefined) throw wrong(`--size is "${size}"; it is WIDTHxHEIGHT, as 320x240`);
  return { width: Number(width), height: Number(height) };
}

function oneOf<Value extends string>(flag: string, value: string, allowed: readonly Value[]): Value {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw wrong(`--${flag} is "${value}"; it is one of ${allowed.join(', ')}`);
  return found;
}

function wholeNumber(flag: string, value: string, low: number, high: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < low || number > high) {
    throw wrong(`--${flag} is "${value}"; it is a whole number from ${low} to ${high}`);
  }
  return number;
}

function named(file: string | undefined, command: string): string {
  if (file === undefined) throw wrong(`${command} takes a clip file`);
  return file;
}

function wrong(what: string): LoopError {
  return new LoopError('INVALID_REQUEST', `${what}. Run "npm run loop" to see how.`);
}

/** As JSON, with names as the API has them. */
function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, withWireNames, 2)}\n`);
}

function withWireNames(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const wireName = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [wireName(name), one]));
}

/** The sentence for a person; what the system says of a file gets the mend that it has not. */
function sayError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isFile = 'path' in error && 'syscall' in error;
  return isFile ? `${error.message}. Name a file that is there, in a folder that may be written.` : error.message;
}

try {
  const { positionals, values } = readArguments();
  const [name, ...files] = positionals;
  const command = name === undefined ? undefined : commands[name];
  if (command === undefined) {
    process.stderr.write(name === undefined ? usage : `There is no command "${name}".\n\n${usage}`);
    process.exitCode = name === undefined ? 0 : 1;
  } else {
    await command(files, values);
  }
} catch (error) {
  process.stderr.write(`${sayError(error)}\n`);
  process.exitCode = 1;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Options } from '../../contract/config.ts';
import { LoopError } from '../../format/errors.ts';
import { openBusHost } from '../bus/bus-host.ts';
import { silentLog } from '../log.ts';
import { openOutput } from '../panel/output.ts';
import { openClip } from '../source/clip-source.ts';
import { fitted } from '../source/fitted-source.ts';
import { openPlayer, type Player } from './player.ts';

/** What playing one file came to. */
export interface PlayedFile {
  readonly shown: number;
  readonly dropped: number;
  readonly late: number;
  readonly bus_bytes: number;
  readonly bus_hz_real: number | null;
  readonly seconds: number;
  /** Shown, a second. */
  readonly fps: number;
  /** Of the whole process, all threads, while it played. */
  readonly cpu_seconds: number;
  /** Start of the write - due; null without a clock. */
  readonly presentation_error_ms: { readonly p50: number; readonly p99: number; readonly over_40: number } | null;
}

interface FileToPlay {
  readonly file: string;
  /** Its first display is the one. */
  readonly options: Options;
  /** Undefined: one play. */
  readonly frames: number | undefined;
  readonly signal: AbortSignal;
}

/** Plays a clip on a display and tells what it took; `isFree`: without a clock, as fast as decoding and the bus go. */
export function playFile({ isFree, ...play }: FileToPlay & { readonly isFree: boolean }): Promise<PlayedFile> {
  return isFree ? playFree(play) : playClocked(play);
}

async function playClocked({ file, options, frames, signal }: FileToPlay): Promise<PlayedFile> {
  const { display: settings, media } = options;
  const length = await lengthOf(file, { signal });
  await using player = await openPlayer({ display: firstDisplay(options), settings, media, log: silentLog, signal });
  const { promise: broken, reject } = Promise.withResolvers<never>();
  player.on('problem', ({ error }) => reject(error));
  const meter = new Meter();
  const item = { id: 'item', slug: file, path: file, plays: 1000, durationUs: null };
  await player.load([item], { itemId: null, positionUs: 0, mode: 'loop_one', playing: true, seed: 0 });
  await Promise.race([framesShown(player, frames ?? length.frames, { ...length, signal }), broken]);
  const time = meter.read();
  const stats = player.stats();
  const { p50Us, p99Us, over40Ms } = player.presentationErrors();
  return {
    shown: stats.frames_shown,
    dropped: stats.frames_dropped,
    late: stats.frames_late,
    bus_bytes: stats.bus_bytes,
    bus_hz_real: stats.bus_hz_real,
    ...time,
    fps: (stats.frames_shown - 1) / time.seconds,
    presentation_error_ms: { p50: p50Us / 1000, p99: p99Us / 1000, over_40: over40Ms },
  };
}

/** Looks again after half of the time that is left, so that looking costs nothing and the last frame is met. */
async function framesShown(
  player: Player,
  frames: number,
  { frameMs, signal }: { frameMs: number; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    const { frames_shown, frames_dropped } = player.stats();
    const left = frames - frames_shown - frames_dropped;
    if (left <= 0) return;
    await sleep(Math.max(1, (left * frameMs) / 2), undefined, { signal });
  }
}

async function playFree({ file, options, frames, signal }: FileToPlay): Promise<PlayedFile> {
  const display = firstDisplay(options);
  await using host = await openBusHost(display, { signal });
  const requestGrant = () => host.reopen({ signal });
  const { brightness } = options.display;
  await using output = await openOutput({ display, grant: host.grant, requestGrant, brightness, signal });
  await using source = fitted(await openClip(file, { signal }), output.geometry);
  const busBytesBefore = output.figures.busBytes;
  const meter = new Meter();
  let shown = 0;
  for (let isOver = false; !isOver && !signal.aborted; shown++) {
    const frame = await source.next({ again: true });
    if (frame.rectangles.length > 0) output.present(source.pixels, frame.rectangles);
    isOver = frames === undefined ? frame.isLast : shown + 1 === frames;
  }
  const time = meter.read();
  const { busBytes, hertzReal } = output.figures;
  return {
    shown,
    dropped: 0,
    late: 0,
    bus_bytes: busBytes - busBytesBefore,
    bus_hz_real: hertzReal,
    ...time,
    fps: shown / time.seconds,
    presentation_error_ms: null,
  };
}

async function lengthOf(
  file: string,
  { signal }: { signal: AbortSignal },
): Promise<{ frames: number; frameMs: number }> {
  await using source = await openClip(file, { signal });
  return { frames: source.frameCount, frameMs: source.durationUs / 1000 / source.frameCount };
}

function firstDisplay({ displays: [display] }: Options) {
  if (display) return display;
  throw new LoopError('OPTIONS_INVALID', 'displays is empty; a clip is played on its first one. Add a display.');
}

/** Wall clock and processor from when it was made. */
class Meter {
  readonly #startedMs = performance.now();
  readonly #cpu = process.cpuUsage();

  read(): { seconds: number; cpu_seconds: number } {
    const { user, system } = process.cpuUsage(this.#cpu);
    return { seconds: (performance.now() - this.#startedMs) / 1000, cpu_seconds: (user + system) / 1_000_000 };
  }
}

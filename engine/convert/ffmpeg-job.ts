import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { LoopError } from '../../format/errors.ts';
import { Turnstile } from './turnstile.ts';

/** Bytes of what ffmpeg says that are kept: its last lines name the fault. */
const MAX_SAID = 8192;
/** A job that brings nothing for so long hangs. */
const STALL_MS = 120_000;

/** One job at a time in the whole process: the panel's CPU comes first, and two jobs are no faster than one after the other. */
const turn = new Turnstile('ffmpeg', 1, 100);

/** One run of ffmpeg or ffprobe. */
export interface FfmpegJob {
  readonly program: 'ffmpeg' | 'ffprobe';
  /** Paths in it come from `inputArguments`, so that no file name is read as an option or a protocol. */
  readonly arguments: readonly string[];
  readonly signal: AbortSignal;
  /** Takes what the program writes. While the promise is open nothing more is read: ffmpeg waits. */
  readonly onOutput: (bytes: Uint8Array) => Promise<void> | void;
}

/** Arguments that read a local file with one named demuxer: no protocols, no playlists that point elsewhere. */
export function inputArguments(path: string, demuxer: string): string[] {
  return ['-protocol_whitelist', 'file,pipe', '-f', demuxer, '-i', `file:${path}`];
}

/**
 * Runs a job when its turn comes, at low priority, and resolves when it has ended well.
 * @throws LoopError FFMPEG_MISSING, CONVERSION_FAILED with the program's last words, TOO_BUSY, or the signal's reason
 */
export async function runFfmpeg(job: FfmpegJob): Promise<void> {
  using _place = await turn.enter(job);
  const child = spawn(job.program, ['-hide_banner', '-v', 'error', ...job.arguments], {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const stop = () => child.kill('SIGKILL');
  job.signal.addEventListener('abort', stop, { once: true });
  try {
    const said = keepLastWords(child.stderr);
    const ended = once(child, 'close');
    ended.catch(() => {});
    if (child.pid !== undefined) lowerPriority(child.pid);
    await drain(child, job);
    const [code] = (await ended) as [number | null];
    job.signal.throwIfAborted();
    if (code !== 0) throw failed(job.program, said());
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? missing(job.program, error) : error;
  } finally {
    job.signal.removeEventListener('abort', stop);
    stop();
  }
}

/** The version of the ffmpeg there is, as `5.1.9`; null where there is none. */
export async function ffmpegVersion({ signal }: { signal: AbortSignal }): Promise<string | null> {
  let said = '';
  const onOutput = (bytes: Uint8Array) => {
    said += new TextDecoder().decode(bytes);
  };
  try {
    await runFfmpeg({ program: 'ffmpeg', arguments: ['-version'], signal, onOutput });
    return /version (\S+)/.exec(said)?.[1] ?? 'unknown';
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function drain(child: ChildProcessByStdio<null, Readable, Readable>, job: FfmpegJob): Promise<void> {
  let stalled = false;
  const stall = setTimeout(() => {
    stalled = true;
    child.kill('SIGKILL');
  }, STALL_MS);
  try {
    for await (const bytes of child.stdout as AsyncIterable<Uint8Array>) {
      await job.onOutput(bytes);
      stall.refresh();
    }
  } finally {
    clearTimeout(stall);
  }
  job.signal.throwIfAborted();
  if (stalled) throw failed(job.program, `it brought nothing for ${STALL_MS / 1000} seconds`);
}

function keepLastWords(stderr: Readable): () => string {
  let said = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_SAID);
  });
  return () => said;
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or this system has no priorities.
  }
}

/** The last line that says something, without the path of the file and ffmpeg's own addresses. */
function failed(program: string, said: string): LoopError {
  const lines = said.split('\n').map((line) =>
    line
      .replace(/^\[[^\]]*\]\s*/, '')
      .replace(/file:\S*[/\\]/g, '')
      .trim(),
  );
  const reason = (lines.findLast((line) => line !== '') ?? 'it gave no reason').slice(0, 300);
  return new LoopError(
    'CONVERSION_FAILED',
    `${program} could not read the file: ${reason}. It reads what it has a decoder for. Try another file or format.`,
    { details: { reason } },
  );
}

function missing(program: string, cause: unknown): LoopError {
  return new LoopError(
    'FFMPEG_MISSING',
    `${program} was not found on this machine; LOOP needs it to convert videos and GIFs that a browser did not. Install it (apt install ffmpeg), or convert on the page in a browser with WebCodecs.`,
    { cause },
  );
}

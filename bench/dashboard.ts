import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { addClip } from '../test/e2e/add-clip.ts';
import type { BenchRow } from './bench-row.ts';
import { type BuiltLoop, startBuiltLoop } from './built-loop.ts';

const CLIPS = 500;
const CLIENTS = 15;
const SECONDS = 3;

/** What a view asks for first, with a full library, against the same answer made anew for each request. */
export async function rows(): Promise<BenchRow[]> {
  await using loop = await startBuiltLoop();
  for (let i = 0; i < CLIPS; i++) await addClip(loop.url, { title: `Clip ${i}`, frames: 1 });
  const peer = await startPeer(loop);
  try {
    return [await row(loop, peer.url, 'plain', 5), await row(loop, peer.url, 'gzip', 10)];
  } finally {
    peer.child.kill();
  }
}

async function row(loop: BuiltLoop, peerUrl: string, encoding: 'plain' | 'gzip', bar: number): Promise<BenchRow> {
  const ours = await load(new URL('api/dashboard', loop.url), encoding);
  const theirs = await load(new URL(peerUrl), encoding);
  const ratio = ours.perSecond / theirs.perSecond;
  return {
    what: `GET /api/dashboard, ${CLIPS} clips, ${CLIENTS} keep-alive clients, ${encoding}, against the same answer made anew`,
    bar: `>= ${bar}x, p99 < 20 ms`,
    measured: `${ratio.toFixed(1)}x (${ours.perSecond.toFixed(0)} of ${theirs.perSecond.toFixed(0)} a second), p99 ${ours.p99.toFixed(1)} ms`,
    holds: ratio >= bar && ours.p99 < 20,
  };
}

/** Every client asks again as soon as it has its answer. */
async function load(url: URL, encoding: 'plain' | 'gzip'): Promise<{ perSecond: number; p99: number }> {
  const times: number[] = [];
  const began = performance.now();
  const client = async () => {
    await using asking = await openAsking(url, encoding);
    while (performance.now() - began < SECONDS * 1000) {
      const asked = performance.now();
      await asking.ask();
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  times.sort((a, b) => a - b);
  return { perSecond: times.length / SECONDS, p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
}

/** One connection that asks for the same thing again and again; it only counts bytes, for it shares the processors with what it measures. */
async function openAsking(url: URL, encoding: 'plain' | 'gzip'): Promise<AsyncDisposable & { ask(): Promise<void> }> {
  const socket = connect(Number(url.port), url.hostname);
  await once(socket, 'connect');
  const accept = encoding === 'gzip' ? 'Accept-Encoding: gzip\r\n' : '';
  const question = `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n${accept}\r\n`;
  let missing = 0;
  let answered = Promise.withResolvers<void>();
  socket.on('error', (error) => answered.reject(error));
  socket.on('data', (bytes) => {
    if (missing === 0) missing = lengthOf(bytes);
    missing -= bytes.length;
    if (missing === 0) answered.resolve();
  });
  return {
    ask() {
      answered = Promise.withResolvers<void>();
      socket.write(question);
      return answered.promise;
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}

/** Bytes of a whole answer, by its first packet. */
function lengthOf(first: Buffer): number {
  const head = first.indexOf('\r\n\r\n');
  const text = first.toString('latin1', 0, head);
  const length = /^content-length: (\d+)/im.exec(text)?.[1];
  if (!text.startsWith('HTTP/1.1 200') || length === undefined) throw new Error(`The answer is not as wanted: ${text}`);
  return head + 4 + Number(length);
}

async function startPeer(loop: BuiltLoop): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'dashboard-peer.ts'), loop.folder, loop.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { url: `http://127.0.0.1:${port.trim()}/`, child };
}

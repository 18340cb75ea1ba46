import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
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
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const headers = encoding === 'gzip' ? { 'Accept-Encoding': 'gzip' } : {};
  const times: number[] = [];
  const began = performance.now();
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        response.resume().once('end', resolve);
      }).once('error', reject);
    });
  const client = async () => {
    while (performance.now() - began < SECONDS * 1000) {
      const asked = performance.now();
      await ask();
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  times.sort((a, b) => a - b);
  return { perSecond: times.length / SECONDS, p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
}

async function startPeer(loop: BuiltLoop): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'dashboard-peer.ts'), loop.folder, loop.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { url: `http://127.0.0.1:${port.trim()}/`, child };
}

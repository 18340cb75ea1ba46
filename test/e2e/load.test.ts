import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { addClip } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { Canary } from './canary.ts';
import { openListener } from './listener.ts';

let loop: RunningLoop;
before(async () => {
  loop = await startLoop();
  await addClip(loop.url, { title: 'Film', frames: 100 });
  await loop.client.changePlayback({ mode: 'loop_one', playing: true });
});
after(() => loop[Symbol.asyncDispose]());

async function figures() {
  const stats = await loop.client.stats();
  const { frames_shown: shown = 0, frames_late: late = 0, frames_dropped: dropped = 0 } = stats.displays.loop ?? {};
  return { shown, late, dropped, rss: Number(stats.process.rss_bytes) };
}

function deaf(request: string): Socket {
  const { hostname, port } = new URL(loop.url);
  const socket = connect(Number(port), hostname, () => socket.write(request));
  socket.on('error', () => {});
  socket.pause();
  return socket;
}

const upgrade =
  'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
/** Subscribes to the preview: a masked text frame (RFC 6455, 5.2). */
function subscribe(): Buffer {
  const text = '{"type":"subscribe","rooms":["preview:loop","progress"]}';
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

/** What a browser does to the panel it does every time; a machine that stands still for a moment does so once. */
const TRIES = 3;

test('50 browsers that watch, 20 that never read, 30 requests that never end: the panel does not notice, memory stays bounded', async (t) => {
  for (let tries = 1; ; tries++) {
    const { missed, allowed, report } = await crowd(t);
    if (missed <= allowed) return;
    assert.ok(tries < TRIES, `no frame waits for a browser: ${report}`);
  }
});

/** Eight seconds of it: frames that the panel missed, and what is bad luck of the machine. */
async function crowd(t: TestContext): Promise<{ missed: number; allowed: number; report: string }> {
  const listeners = await Promise.all(Array.from({ length: 50 }, () => openListener(loop.url)));
  for (const listener of listeners) listener.send({ type: 'subscribe', rooms: ['preview:loop', 'progress'] });
  await pause(1000);
  await using canary = new Canary();
  const before = await figures();

  const silent = Array.from({ length: 20 }, () => deaf(upgrade));
  await pause(300);
  for (const socket of silent) socket.write(subscribe());
  const slow = Array.from({ length: 30 }, (_, i) =>
    deaf(
      i % 2
        ? 'GET /api/media HTTP/1.1\r\nHost: localhost\r\nX-Slow: '
        : `POST /api/nothing${i} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{`,
    ),
  );
  const end = performance.now() + 8000;
  let asked = 0;
  while (performance.now() < end) {
    await Promise.all([
      loop.client.dashboard(),
      loop.client.media(),
      loop.client.patchClip('film', { tags: [`t${asked++}`] }),
    ]);
    for (const socket of slow) socket.write('x');
    await pause(50);
  }
  const after = await figures();
  const unlucky = canary.late;
  for (const socket of [...silent, ...slow]) socket.destroy();
  const status = await loop.client.socketStatus();
  const frames = listeners.reduce((sum, one) => sum + one.frames.length, 0);
  for (const listener of listeners) await listener[Symbol.asyncDispose]();

  const shown = after.shown - before.shown;
  const report = JSON.stringify({ before, after, unlucky, asked, frames, status });
  t.diagnostic(report);
  assert.ok(shown >= 150, `the panel plays on: ${report}`);
  const missed = after.dropped - before.dropped + after.late - before.late;
  assert.ok(after.rss - before.rss < 60_000_000, `memory is bounded: ${report}`);
  assert.ok(frames > 50 * 20, `those who read see it move: ${report}`);
  return { missed, allowed: shown / 50 + 3 * unlucky, report };
}

test('a request that waits in line behind slow ones is told so after ten seconds, and health is not', async () => {
  const slow = Array.from({ length: 12 }, () =>
    deaf('POST /api/actions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{'),
  );
  await pause(300);
  const begun = performance.now();
  const waiting = fetch(new URL('api/media', loop.url));
  assert.equal((await fetch(new URL('api/health', loop.url))).status, 200);
  const answer = await waiting;
  const waited = performance.now() - begun;
  for (const socket of slow) socket.destroy();
  assert.equal(answer.status, 503);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
  assert.ok(waited > 9000, `${waited} ms`);
  assert.equal((await fetch(new URL('api/media', loop.url))).status, 200);
});

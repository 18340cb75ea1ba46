import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Preview } from '../../addon/socket/preview.ts';
import { PREVIEW_HEADER_BYTES, readPreviewHeader } from '../../contract/messages.ts';
import { decodeFrame } from '../../format/frame-codec.ts';
import { openClient, openDeafClient, openHub } from './socket-server.ts';

/** A glass to look at: a picture that changes when it is told to. */
class Glass {
  readonly width = 160;
  readonly height = 120;
  pixels = new Uint16Array(160 * 120);
  looks = 0;
  #version = 1;

  change(pixel: (i: number) => number): void {
    this.pixels = this.pixels.map((_, i) => pixel(i));
    this.#version++;
  }

  version(): number {
    return this.#version;
  }

  picture() {
    this.looks++;
    return { width: this.width, height: this.height, pixels: this.pixels.slice() };
  }
}

async function openRoom(glass: Glass) {
  const server = await openHub();
  const preview = new Preview({
    room: 'preview:loop',
    display: 3,
    source: glass,
    members: () => server.hub.members('preview:loop'),
  });
  server.hub.onMembership(() => preview.wake());
  return {
    ...server,
    preview,
    async [Symbol.asyncDispose]() {
      preview[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function watch(port: number) {
  const client = await openClient(port);
  client.send({ type: 'subscribe', rooms: ['preview:loop'] });
  await client.waitFrames(1);
  return client;
}

/** What a client that decodes every frame sees; undefined when one cannot be decoded on what it has. */
function seen(frames: readonly Uint8Array[]): Uint16Array | undefined {
  let pixels: Uint16Array | undefined;
  let last = -1;
  for (const frame of frames) {
    const header = readPreviewHeader(frame);
    assert.equal(header?.display, 3);
    if (header.kind === 'delta' && header.sequence !== last + 1) return undefined;
    pixels ??= new Uint16Array(header.width * header.height);
    decodeFrame(frame.subarray(PREVIEW_HEADER_BYTES), pixels, header.width, header.kind);
    last = header.sequence;
  }
  return pixels;
}

test('a watcher sees a key frame at once, then what changed', async () => {
  const glass = new Glass();
  glass.change((i) => i & 0xffff);
  await using room = await openRoom(glass);
  await using client = await watch(room.port);
  glass.change((i) => (i < 50 ? 0xf800 : i & 0xffff));
  await client.waitFrames(2);
  assert.deepEqual(
    client.frames.map((frame) => readPreviewHeader(frame)?.kind),
    ['key', 'delta'],
  );
  assert.ok((client.frames[1]?.length ?? 0) < 2000, 'few pixels, few bytes');
  assert.deepEqual(seen(client.frames), glass.pixels);
});

test('who joins later gets a key frame of the same picture; the others nothing twice', async () => {
  const glass = new Glass();
  await using room = await openRoom(glass);
  await using first = await watch(room.port);
  await using second = await watch(room.port);
  assert.equal(readPreviewHeader(second.frames[0] as Uint8Array)?.kind, 'key');
  assert.equal(
    readPreviewHeader(second.frames[0] as Uint8Array)?.sequence,
    readPreviewHeader(first.frames[0] as Uint8Array)?.sequence,
  );
  glass.change((i) => i);
  await Promise.all([first.waitFrames(2), second.waitFrames(2)]);
  assert.equal(first.frames.length, 2);
  assert.deepEqual(first.frames[1], second.frames[1], 'encoded once for both');
  assert.equal(room.preview.encodings, 3);
});

test('nobody watching, or nothing changing, costs nothing', async () => {
  const glass = new Glass();
  await using room = await openRoom(glass);
  glass.change((i) => i);
  await pause(100);
  assert.equal(glass.looks, 0);
  const client = await watch(room.port);
  await pause(100);
  assert.deepEqual([glass.looks, room.preview.encodings], [1, 1]);
  await client[Symbol.asyncDispose]();
  glass.change((i) => i + 1);
  await pause(100);
  assert.equal(glass.looks, 1);
});

test('a watcher that does not read is skipped, and mended by a key frame when it reads again', async () => {
  const glass = new Glass();
  await using room = await openRoom(glass);
  await using client = await watch(room.port);
  const deaf = await openDeafClient(room.port);
  deaf.write(masked('{"type":"subscribe","rooms":["preview:loop"]}'));
  while (room.hub.members('preview:loop').length < 2) await pause(5);
  let changes = 0;
  while (room.hub.figures.frames_skipped === 0) {
    glass.change((i) => (i * 2654435761 + changes * 40503) & 0xffff);
    const before = client.frames.length;
    changes++;
    assert.ok(changes < 2000);
    await client.waitFrames(before + 1);
  }
  assert.deepEqual(seen(client.frames), glass.pixels, 'the other one missed nothing');
  deaf.destroy();
});

/** A client's text message under 126 bytes, masked with zeros (RFC 6455, 5.2). */
function masked(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

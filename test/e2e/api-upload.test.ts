import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { type UploadOptions, uploadMedia } from '../../client/upload.ts';
import { clipBytes, originalOf } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { openListener } from './listener.ts';

let loop: RunningLoop;
before(async () => {
  loop = await startLoop({ options: { media: { max_file_size_mb: 1 } } });
});
after(() => loop[Symbol.asyncDispose]());

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** An upload of a GIF of our own with this title, and its clip where it is wanted. */
async function uploadOf(
  title: string,
  extraBytes = 0,
): Promise<UploadOptions & { readonly clip: AsyncGenerator<Uint8Array> }> {
  const gif = Buffer.concat([originalOf(title), Buffer.alloc(extraBytes, title)]);
  return {
    base: loop.url,
    file: new Blob([gif]),
    filename: `${title}.gif`,
    hash: createHash('sha256').update(gif).digest('hex'),
    settings: { title },
    clip: inPieces(await clipBytes({ title, frames: 20 }), 1000),
    signal: AbortSignal.timeout(60_000),
  };
}

/** Passes bytes to LOOP, and cuts the connections when it is told to. */
class BadLine implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  passed = 0;
  /** Cuts every connection as soon as this many bytes went through it. */
  cutAfter = Number.POSITIVE_INFINITY;
  cuts = 0;

  constructor(target: URL) {
    this.#server = createServer((client) => {
      const onward = connect(Number(target.port), target.hostname);
      let through = 0;
      for (const socket of [client, onward]) this.#sockets.add(socket.on('error', () => socket.destroy()));
      client.on('data', (bytes) => {
        through += bytes.length;
        this.passed += bytes.length;
        if (through > this.cutAfter) {
          this.cuts++;
          this.cutAfter *= 2; // a line that gets better, or nothing would ever pass
          client.destroy();
          onward.destroy();
        } else onward.write(bytes);
      });
      onward.pipe(client);
      client.on('close', () => onward.destroy());
      onward.on('close', () => client.destroy());
    });
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => this.#server.once('listening', resolve));
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose]() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

test('an original and the clip that is still being made arrive as one', async () => {
  await using listener = await openListener(loop.url);
  listener.send({ type: 'subscribe', rooms: ['progress'] });
  const upload = await uploadOf('Both');
  const progress: { sentBytes: number; totalBytes: number | null }[] = [];
  const clip = await uploadMedia({ ...upload, onProgress: (step) => progress.push(step) });
  assert.deepEqual([clip.title, clip.slug, clip.content_hash, clip.frame_count], ['Both', 'both', upload.hash, 20]);
  const end = progress.at(-1);
  assert.equal(end?.sentBytes, end?.totalBytes);
  assert.deepEqual(
    progress.map(({ sentBytes }) => sentBytes),
    progress.map(({ sentBytes }) => sentBytes).sort((a, b) => a - b),
  );
  await listener.wait(({ type, media }) => type === 'media_uploaded' && media?.slug === 'both');
  assert.deepEqual(await loop.client.uploads(), []);
});

test('an original alone is converted by LOOP', async () => {
  const { clip: _clip, ...upload } = await uploadOf('Alone');
  const clip = await uploadMedia(upload);
  assert.deepEqual([clip.title, clip.type], ['Alone', 'gif']);
});

test('the same original again gives the clip that is there', async () => {
  const first = await uploadMedia(await uploadOf('Again'));
  const second = await uploadMedia(await uploadOf('Again'));
  assert.equal(second.slug, first.slug);
  assert.equal((await loop.client.media()).filter(({ content_hash }) => content_hash === first.content_hash).length, 1);
});

test('an original too large to be kept is left out, its clip comes', async () => {
  const upload = await uploadOf('Large', 1_500_000);
  const clip = await uploadMedia(upload);
  assert.equal(clip.slug, 'large');
  const { clip: _clip, ...alone } = await uploadOf('Larger', 1_500_001);
  await assert.rejects(uploadMedia(alone), { code: 'FILE_TOO_LARGE' });
});

test('a line that breaks again and again costs only what was on it', async () => {
  await using line = new BadLine(new URL(loop.url));
  const base = await line.open();
  line.cutAfter = 60_000;
  const upload = await uploadOf('Bad line', 900_000);
  const clip = await uploadMedia({ ...upload, base });
  assert.equal(clip.slug, 'bad-line');
  assert.ok(line.cuts >= 3, `${line.cuts} cuts`);
  const stored = await (await fetch(new URL('api/media/bad-line/original', loop.url))).bytes();
  assert.equal(createHash('sha256').update(stored).digest('hex'), upload.hash);
});

test('what was stopped goes on from what is there', async () => {
  await using line = new BadLine(new URL(loop.url));
  const base = await line.open();
  const stop = new AbortController();
  const { clip: _clip, ...upload } = await uploadOf('Stopped', 900_000);
  const stopped = uploadMedia({
    ...upload,
    base,
    onProgress: ({ sentBytes }) => sentBytes > 0 && stop.abort(new Error('enough')),
    signal: stop.signal,
  });
  await assert.rejects(stopped, /enough/);
  const before = line.passed;
  assert.equal((await uploadMedia({ ...upload, base })).slug, 'stopped');
  assert.ok(line.passed - before < 600_000, `${line.passed - before} bytes the second time`);
});

test("a fault of the clip's maker ends the upload with that fault, and nothing half is there", async () => {
  const upload = await uploadOf('Broken');
  async function* broken() {
    yield new Uint8Array(5000);
    throw new Error('no more frames');
  }
  await assert.rejects(uploadMedia({ ...upload, clip: broken() }), /no more frames/);
  assert.equal(
    (await loop.client.media()).some(({ title }) => title === 'Broken'),
    false,
  );
  await loop.client.cancelUpload(upload.hash);
  assert.deepEqual(await loop.client.uploads(), []);
});

test('a clip that is no clip is refused by name', async () => {
  const upload = await uploadOf('Wrong');
  await assert.rejects(uploadMedia({ ...upload, clip: inPieces(new Uint8Array(5000), 500) }), { code: 'NOT_A_CLIP' });
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { copyFile, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { uploadMedia } from '../../client/upload.ts';
import type { Clip } from '../../contract/domain.ts';
import { media } from '../media/media.ts';
import { clipBytes } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { until } from './page-browser.ts';

const MB = 1_000_000;
const LARGE = 200 * MB;
/** A film that was held in memory would take 200 MB more. */
const MOST_GROWTH = 80 * MB;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loop-large-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A real film with so much room behind it that it has `bytes`: a `free` box (ISO/IEC 14496-12, 8.1.2), most of it a hole in the file. */
async function largeFilm(name: string, bytes: number) {
  const path = join(folder, name);
  await copyFile(await media('tiny.mp4'), path);
  const { size } = await stat(path);
  await using file = await open(path, 'r+');
  const box = Buffer.from('....free');
  box.writeUInt32BE(bytes - size);
  await file.write(box, 0, box.length, size);
  await file.truncate(bytes);
  const sum = createHash('sha256');
  await pipeline(createReadStream(path), sum);
  return { name, path, hash: sum.digest('hex'), blob: await openAsBlob(path) };
}

/** What `work` answers, and by how much the memory of LOOP grew meanwhile at most, in bytes. */
async function growth<Result>({ client }: RunningLoop, work: () => Promise<Result>) {
  const rss = async () => Number((await client.stats()).process.rss_bytes);
  const before = await rss();
  let most = before;
  let samples = 0;
  const watch = new AbortController();
  const watching = (async () => {
    for (; !watch.signal.aborted; samples++) {
      most = Math.max(most, await rss());
      await pause(20);
    }
  })();
  try {
    const result = await work();
    return { result, bytes: Math.max(most, await rss()) - before, samples: () => samples };
  } finally {
    watch.abort();
    await watching;
  }
}

async function isStored({ url }: RunningLoop, { slug }: Clip, hash: string): Promise<void> {
  const answer = await fetch(new URL(`api/media/${slug}/original`, url));
  const sum = createHash('sha256');
  assert.ok(answer.body);
  for await (const bytes of answer.body) sum.update(bytes);
  assert.equal(sum.digest('hex'), hash);
}

async function nothingIsLeft({ folder: data }: RunningLoop): Promise<void> {
  await until(
    () => readdir(join(data, 'uploads')),
    (names) => names.length === 0,
  );
}

describe('where media.max_file_size_mb is raised', () => {
  let loop: RunningLoop;
  before(async () => {
    // With the memory settings of `npm start`.
    const env = { NODE_OPTIONS: '--max-semi-space-size=1' };
    loop = await startLoop({ options: { media: { max_file_size_mb: 210 } }, env });
    // What the first upload of all loads into memory is not what its size takes.
    const small = await largeFilm('small.mp4', 100_000);
    const form = new FormData();
    form.set('original', small.blob, small.name);
    assert.equal((await fetch(new URL('api/media', loop.url), { method: 'POST', body: form })).status, 201);
  });
  after(() => loop[Symbol.asyncDispose]());

  test('200 MB by multipart pass through a little memory', async (t) => {
    const film = await largeFilm('by-form.mp4', LARGE);
    const form = new FormData();
    form.set('original', film.blob, film.name);
    const { result, bytes, samples } = await growth(loop, async () => {
      const answer = await fetch(new URL('api/media', loop.url), { method: 'POST', body: form });
      assert.equal(answer.status, 201, await answer.clone().text());
      return ((await answer.json()) as { media: Clip }).media;
    });
    t.diagnostic(`${Math.round(bytes / MB)} MB more at most, of ${samples()} looks`);
    assert.deepEqual([result.original_size_bytes, result.content_hash, result.frame_count], [LARGE, film.hash, 10]);
    assert.ok(bytes < MOST_GROWTH, `${bytes} bytes more`);
    assert.ok(samples() > 3);
    await isStored(loop, result, film.hash);
    await nothingIsLeft(loop);
  });

  test('200 MB in parts pass through a little memory', async (t) => {
    const film = await largeFilm('in-parts.mp4', LARGE + 1000);
    const { result, bytes, samples } = await growth(loop, () =>
      uploadMedia({
        base: loop.url,
        file: film.blob,
        filename: film.name,
        hash: film.hash,
        signal: new AbortController().signal,
      }),
    );
    t.diagnostic(`${Math.round(bytes / MB)} MB more at most, of ${samples()} looks`);
    assert.deepEqual([result.original_size_bytes, result.content_hash], [LARGE + 1000, film.hash]);
    assert.ok(bytes < MOST_GROWTH, `${bytes} bytes more`);
    assert.ok(samples() > 3);
    await isStored(loop, result, film.hash);
    await nothingIsLeft(loop);
  });
});

describe('where originals have at most 50 MB, which is the default', () => {
  let loop: RunningLoop;
  before(async () => {
    loop = await startLoop();
  });
  after(() => loop[Symbol.asyncDispose]());

  test('a form with more is refused as soon as that many bytes have come', async () => {
    const boundary = 'a-boundary';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="original"; filename="film.mp4"\r\nContent-Type: video/mp4\r\n\r\n`;
    const req = request(new URL('api/media', loop.url), {
      method: 'POST',
      headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}`, 'Content-Length': LARGE },
    });
    const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
      req.once('error', reject).once('response', async (answer) => {
        let text = '';
        for await (const chunk of answer.setEncoding('utf8')) text += chunk;
        resolve({ status: answer.statusCode ?? 0, text });
      });
    });
    req.write(head);
    const megabyte = Buffer.alloc(MB);
    // One more than are taken; the other 149 are never sent.
    for (let sent = 0; sent < 51; sent++) await new Promise((resolve) => req.write(megabyte, resolve));
    const { status, text } = await answered;
    req.destroy();
    assert.deepEqual([status, JSON.parse(text).error.code], [413, 'FILE_TOO_LARGE']);
    assert.match(text, /50000000 bytes.*raise media\.max_file_size_mb/);
    await nothingIsLeft(loop);
    assert.deepEqual(await loop.client.media(), []);
  });

  test('in parts it is refused before a byte is sent', async () => {
    const film = await largeFilm('too-large.mp4', LARGE);
    const { blob: file, name: filename, hash } = film;
    let sent = 0;
    const onProgress = () => void sent++;
    const { signal } = new AbortController();
    await assert.rejects(uploadMedia({ base: loop.url, file, filename, hash, onProgress, signal }), {
      code: 'FILE_TOO_LARGE',
    });
    assert.equal(sent, 0);
    await nothingIsLeft(loop);
  });

  test('with its clip made in the browser it is taken without the original', async () => {
    const { blob: file, name: filename, hash } = await largeFilm('with-clip.mp4', LARGE);
    const clip = await clipBytes({ title: 'With clip', frames: 20 });
    let sentBytes = 0;
    const taken = await uploadMedia({
      base: loop.url,
      file,
      filename,
      hash,
      clip: (async function* () {
        yield clip;
      })(),
      onProgress: (progress) => {
        sentBytes = progress.sentBytes;
      },
      signal: new AbortController().signal,
    });
    assert.equal(sentBytes, clip.length, 'nothing but the clip was sent');
    const { content_hash, original_size_bytes, original_filename, frame_count } = taken;
    assert.deepEqual(
      [content_hash, original_size_bytes, original_filename, frame_count],
      [hash, LARGE, 'with-clip.mp4', 20],
    );
    assert.equal((await fetch(new URL(`api/media/${taken.slug}/original`, loop.url))).status, 404);
    const stored = await (await fetch(new URL(`api/media/${taken.slug}/clip`, loop.url))).bytes();
    assert.deepEqual(stored, clip);
    assert.equal((await loop.client.playback()).slug, taken.slug, 'and it plays');
    await nothingIsLeft(loop);
  });
});

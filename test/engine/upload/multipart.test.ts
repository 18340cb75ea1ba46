import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { Clip } from '../../../contract/domain.ts';
import { media } from '../../media/media.ts';
import { clipBytes, temporaryFolder } from '../store/made-clips.ts';
import { uploadsFolder } from './house.ts';
import { openWeb } from './web.ts';

type Part = readonly [name: string, value: string | Uint8Array, filename?: string];

interface Answer {
  readonly media: Clip;
  readonly transaction: string;
  readonly error?: { readonly code: string };
}

async function post(url: string, parts: readonly Part[], headers: Record<string, string> = {}) {
  const form = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([Uint8Array.from(value)]), filename ?? 'file.bin');
  }
  const response = await fetch(`${url}media`, { method: 'POST', body: form, headers });
  return { status: response.status, body: (await response.json()) as Answer };
}

const picture = async () => readFile(await media('bbb.png'));

test('a form with an original answers 201 with the clip, and 200 when it is sent again', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path);
  const parts: Part[] = [
    ['title', '日本 🎉'],
    ['tags', 'a, b'],
    ['fit', 'cover'],
    ['original', await picture(), 'bild.png'],
  ];
  const first = await post(web.url, parts);
  assert.equal(first.status, 201);
  const { title, tags, original_filename } = first.body.media;
  assert.deepEqual([title, tags, original_filename], ['日本 🎉', ['a', 'b'], 'bild.png']);
  assert.deepEqual(web.store.records()[0]?.renditions[0]?.conversion.fit, 'cover');
  const again = await post(web.url, parts);
  assert.deepEqual([again.status, again.body.media.slug], [200, first.body.media.slug]);
  assert.deepEqual(await readdir(uploadsFolder(folder.path)), []);
});

test('a form may bring the clip too, and may keep it out of the loop', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path);
  const clip = await clipBytes({ frames: 7 });
  const { status, body } = await post(web.url, [
    ['clip', clip],
    ['original', Buffer.from('film'), '../../evil\\path/film.mp4'],
    ['add_to_loop', 'false'],
  ]);
  assert.deepEqual([status, body.media.frame_count, body.media.original_filename], [201, 7, 'film.mp4']);
  assert.deepEqual(web.store.loop().items, []);
});

test('Prefer: respond-async answers 202 with the transaction, which tells how it ended', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path);
  const prefer = { Prefer: 'respond-async' };
  const good = await post(web.url, [['original', await picture(), 'a.png']], prefer);
  assert.equal(good.status, 202);
  const ended = await fetch(`${web.url}uploads/${good.body.transaction}?wait=30`);
  assert.equal((await ended.json()).media.slug, 'a');

  const bad = await post(web.url, [['original', Buffer.from('text')]], prefer);
  const failed = await (await fetch(`${web.url}uploads/${bad.body.transaction}?wait=30`)).json();
  assert.equal(failed.transaction.error.code, 'MEDIA_UNSUPPORTED');
  const list = await (await fetch(`${web.url}uploads`)).json();
  assert.deepEqual(
    list.uploads.map((one: { transaction: string }) => one.transaction),
    [bad.body.transaction],
  );
  assert.equal((await fetch(`${web.url}uploads/${bad.body.transaction}`, { method: 'DELETE' })).status, 204);
  assert.equal((await fetch(`${web.url}uploads/${bad.body.transaction}`)).status, 404);
});

test('what cannot be taken has a code of its own and leaves nothing behind', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path, { media: { max_file_size_mb: 1 } });
  const file = await picture();
  const clip = await clipBytes();
  const cases: [readonly Part[], number, string][] = [
    [[], 400, 'FILE_MISSING'],
    [[['title', 'x']], 400, 'FILE_MISSING'],
    [[['original', 'text, no file']], 400, 'FILE_MISSING'],
    [[['file', file]], 400, 'FILE_MISSING'],
    [[['clip', clip]], 400, 'FILE_MISSING'],
    [[['original', new Uint8Array()]], 422, 'FILE_EMPTY'],
    [[['original', Buffer.alloc(1_000_001)]], 413, 'FILE_TOO_LARGE'],
    [[['original', Buffer.alloc(20_000_000)]], 413, 'FILE_TOO_LARGE'],
    [Array.from({ length: 10 }, (): Part => ['original', file]), 400, 'TOO_MANY_FILES'],
    [
      [
        ['original', file],
        ['bundle', file],
      ],
      400,
      'TOO_MANY_FILES',
    ],
    [[['bundle', file]], 422, 'BUNDLE_INVALID'],
    [[['original', Buffer.from('just text')]], 415, 'MEDIA_UNSUPPORTED'],
    [[['original', file.subarray(0, file.length / 2)]], 422, 'MEDIA_DAMAGED'],
    [[['original', await readFile(await media('huge.png'))]], 415, 'MEDIA_UNSUPPORTED'],
    [
      [
        ['original', file],
        ['clip', clip.subarray(0, 100)],
      ],
      422,
      'CLIP_TRUNCATED',
    ],
    [
      [
        ['original', file],
        ['clip', file],
      ],
      422,
      'NOT_A_CLIP',
    ],
    [
      [
        ['original', file],
        ['fit', 'sideways'],
      ],
      400,
      'INVALID_REQUEST',
    ],
    [
      [
        ['original', file],
        ['tags', '[1]'],
      ],
      400,
      'INVALID_REQUEST',
    ],
    [
      [
        ['original', file],
        ['title', 'x'.repeat(301)],
      ],
      400,
      'INVALID_REQUEST',
    ],
    [
      [
        ['original', file],
        ['title', 'x'.repeat(100_000)],
      ],
      400,
      'INVALID_REQUEST',
    ],
    [[['original', file], ...Array.from({ length: 100 }, (_, i): Part => [`f${i}`, 'x'])], 400, 'INVALID_REQUEST'],
  ];
  for (const [parts, status, code] of cases) {
    const { status: got, body } = await post(web.url, parts);
    assert.deepEqual(
      [got, body.error?.code],
      [status, code],
      `${parts.map(([name]) => name)}: ${JSON.stringify(body)}`,
    );
  }
  assert.deepEqual([web.store.clips(), web.uploads.transactions()], [[], []]);
  assert.deepEqual(await readdir(uploadsFolder(folder.path)), []);
});

test('a body that is no form, or ends in the middle of one, is refused by name', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path);
  const send = async (type: string, body: string) => {
    const response = await fetch(`${web.url}media`, { method: 'POST', headers: { 'Content-Type': type }, body });
    return [response.status, (await response.json()).error.code];
  };
  assert.deepEqual(await send('application/json', '{}'), [400, 'FILE_MISSING']);
  assert.deepEqual(await send('multipart/form-data', 'x'), [400, 'FILE_MISSING']);
  assert.deepEqual(await send('multipart/form-data; boundary=b', 'no form at all'), [400, 'INVALID_REQUEST']);
  const cut = '--b\r\nContent-Disposition: form-data; name="original"; filename="a"\r\n\r\nhalf';
  assert.deepEqual(await send('multipart/form-data; boundary=b', cut), [400, 'INVALID_REQUEST']);
  assert.deepEqual(await readdir(uploadsFolder(folder.path)), []);
});

test('a client that leaves in the middle leaves nothing; one that leaves after it does not cancel', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path);
  const { port } = new URL(web.url);
  const body = Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="original"; filename="left.png"\r\n\r\n'),
    await picture(),
    Buffer.from('\r\n--b--\r\n'),
  ]);
  const head = `POST /api/media HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`;
  const leaveAfter = async (bytes: number) => {
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise<void>((sent) =>
      socket.write(Buffer.concat([Buffer.from(head), body.subarray(0, bytes)]), () => sent()),
    );
    return socket;
  };
  const early = await leaveAfter(body.length - 1000);
  while ((await readdir(uploadsFolder(folder.path))).length === 0) await new Promise(setImmediate);
  early.destroy();
  while ((await readdir(uploadsFolder(folder.path))).length > 0) await new Promise((go) => setTimeout(go, 5));
  assert.deepEqual(web.uploads.transactions(), []);
  const late = await leaveAfter(body.length);
  while (web.uploads.transactions().length === 0) await new Promise(setImmediate);
  late.destroy();
  await web.uploads.outcome(web.uploads.transactions()[0]?.transaction as string);
  assert.deepEqual(
    web.store.clips().map(({ slug }) => slug),
    ['left'],
  );
});

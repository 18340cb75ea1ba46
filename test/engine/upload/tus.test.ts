import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Upload } from 'tus-js-client';
import { media } from '../../media/media.ts';
import { clipBytes, sha256, temporaryFolder } from '../store/made-clips.ts';
import { openWeb, type Web } from './web.ts';

const TUS = { 'Tus-Resumable': '1.0.0' };
const BYTES = { ...TUS, 'Content-Type': 'application/offset+octet-stream' };

function metadata(original: Uint8Array, part: string, change: Record<string, string> = {}): Record<string, string> {
  const convert = part === 'clip' ? 'browser' : 'server';
  return {
    hash: sha256(original),
    part,
    filename: 'made.png',
    convert,
    original_size: String(original.length),
    ...change,
  };
}

function encoded(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

/** Sends a part as the tus client of the page's world does. */
function send(web: Web, bytes: Buffer, values: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes, {
      endpoint: `${web.url}uploads`,
      metadata: values,
      chunkSize: 4096,
      retryDelays: [0, 0, 0, 10],
      storeFingerprintForResuming: false,
      onError: reject,
      onSuccess: () => resolve(String(upload.url)),
    });
    upload.start();
  });
}

async function committed(web: Web, hash: string) {
  return (await (await fetch(`${web.url}uploads/${hash}?wait=30`)).json()).media;
}

test('a standard tus client uploads an original, which the server converts', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path);
  const bytes = await readFile(await media('bbb.png'));
  const url = await send(web, bytes, metadata(bytes, 'original', { title: 'über tus', tags: '["x"]' }));
  assert.equal(url, `${web.url}uploads/${sha256(bytes)}.original`);
  const clip = await committed(web, sha256(bytes));
  assert.deepEqual([clip.title, clip.tags, clip.content_hash], ['über tus', ['x'], sha256(bytes)]);
  await send(web, bytes, metadata(bytes, 'original'));
  assert.equal((await committed(web, sha256(bytes))).slug, clip.slug);
});

test('original and clip, sent at once, become one clip; the clip says its length at its end', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path);
  const original = await readFile(await media('bbb.png'));
  const clip = await clipBytes({ frames: 12 });
  const hash = sha256(original);
  const values = encoded(metadata(original, 'clip'));
  const headers = { ...TUS, 'Upload-Defer-Length': '1', 'Upload-Metadata': values };
  const begun = await fetch(`${web.url}uploads`, { method: 'POST', headers });
  assert.deepEqual([begun.status, begun.headers.get('location')], [201, `uploads/${hash}.clip`]);
  const patch = (offset: number, body: Uint8Array, more: Record<string, string> = {}) =>
    fetch(`${web.url}uploads/${hash}.clip`, {
      method: 'PATCH',
      headers: { ...BYTES, 'Upload-Offset': String(offset), ...more },
      body: Uint8Array.from(body),
    });
  const sent = send(web, original, metadata(original, 'original', { convert: 'browser' }));
  assert.equal((await patch(0, clip.subarray(0, 5000))).headers.get('upload-offset'), '5000');
  const head = await fetch(`${web.url}uploads/${hash}.clip`, { method: 'HEAD', headers: TUS });
  assert.deepEqual([head.headers.get('upload-offset'), head.headers.get('upload-defer-length')], ['5000', '1']);
  const conflict = await patch(0, clip);
  assert.deepEqual([conflict.status, (await conflict.json()).error.code], [409, 'UPLOAD_CONFLICT']);
  assert.equal((await patch(5000, clip.subarray(5000), { 'Upload-Length': String(clip.length) })).status, 204);
  await sent;
  assert.equal((await committed(web, hash)).frame_count, 12);
});

test('an original that is there already need not come again when its clip does', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path);
  const original = await readFile(await media('bbb.png'));
  await send(web, original, metadata(original, 'original'));
  await committed(web, sha256(original));
  await send(web, await clipBytes({ frames: 9, fit: 'stretch' }), metadata(original, 'clip'));
  assert.equal((await committed(web, sha256(original))).frame_count, 9);
});

test('what is wrong is told as JSON with the status tus wants', async () => {
  await using folder = await temporaryFolder();
  await using web = await openWeb(folder.path, { media: { max_file_size_mb: 1 } });
  const original = Buffer.from('original');
  const hash = sha256(original);
  const id = `uploads/${hash}.original`;
  const create = (values: Record<string, string>, length: number) => ({
    method: 'POST',
    headers: { ...TUS, 'Upload-Length': String(length), 'Upload-Metadata': encoded(values) },
  });
  const patch = (headers: Record<string, string>, body = 'x') => ({
    method: 'PATCH',
    headers: { ...BYTES, ...headers },
    body,
  });
  const good = metadata(original, 'original');
  const cases: [string, RequestInit, number, string][] = [
    ['uploads', create({ ...good, hash: 'x' }, 8), 400, 'INVALID_REQUEST'],
    ['uploads', create({ ...good, part: 'third' }, 8), 400, 'INVALID_REQUEST'],
    ['uploads', create({ ...good, fit: 'round' }, 8), 400, 'INVALID_REQUEST'],
    ['uploads', create({ ...good, title: 'x'.repeat(400) }, 8), 400, 'INVALID_REQUEST'],
    ['uploads', create(good, 2_000_000), 413, 'FILE_TOO_LARGE'],
    ['uploads', create(good, 0), 422, 'FILE_EMPTY'],
    [id, patch({ 'Upload-Offset': '0' }), 404, 'UPLOAD_NOT_FOUND'],
    ['uploads/..%2f..%2fetc', patch({ 'Upload-Offset': '0' }), 404, 'UPLOAD_NOT_FOUND'],
    [`uploads/${hash}/retry`, { method: 'POST' }, 404, 'UPLOAD_NOT_FOUND'],
    [`uploads/${hash}`, { method: 'DELETE' }, 404, 'UPLOAD_NOT_FOUND'],
    [`uploads/${hash}`, {}, 404, 'UPLOAD_NOT_FOUND'],
    ['uploads/x', {}, 404, 'UPLOAD_NOT_FOUND'],
  ];
  for (const [path, request, status, code] of cases) {
    const response = await fetch(web.url + path, request);
    const body = await response.json();
    assert.deepEqual(
      [response.status, body.error?.code],
      [status, code],
      `${request.method} ${path}: ${JSON.stringify(body)}`,
    );
  }
  assert.equal((await fetch(`${web.url}uploads`, create(good, 8))).status, 201);
  const late: [Record<string, string>, string | undefined, number, string][] = [
    [{ 'Upload-Offset': '5' }, undefined, 409, 'UPLOAD_CONFLICT'],
    [{}, undefined, 400, 'INVALID_REQUEST'],
    [{ 'Upload-Offset': '0' }, 'x'.repeat(9), 413, 'PAYLOAD_TOO_LARGE'],
    [{ 'Upload-Offset': '0' }, 'x'.repeat(8 * 1024 * 1024 + 1), 413, 'PAYLOAD_TOO_LARGE'],
  ];
  for (const [headers, body, status, code] of late) {
    const response = await fetch(web.url + id, patch(headers, body));
    assert.deepEqual([response.status, (await response.json()).error?.code], [status, code], JSON.stringify(headers));
  }
  assert.deepEqual(web.uploads.part(hash, 'original'), { offset: 0, size: 8 });
});

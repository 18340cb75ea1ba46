import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readSettings } from '../../addon/options.ts';
import { openToken } from '../../addon/token.ts';
import { version } from '../../addon/version.ts';

const folder = await mkdtemp(join(tmpdir(), 'loop-options-'));
after(() => rm(folder, { recursive: true }));

async function settings(files: Record<string, string>, env: Record<string, string> = {}) {
  const data = await mkdtemp(join(folder, 'data-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(data, name), text);
  return readSettings({ LOOP_DATA: data, ...env });
}

test('without any file everything has its default', async () => {
  const { host, port, ingressFrom, options } = await settings({});
  assert.deepEqual([host, port, ingressFrom], ['127.0.0.1', 8765, undefined]);
  assert.equal(options.displays[0]?.panel, 'ili9341');
});

test('settings.json lies over options.json, key by key; a display given in part takes the defaults', async () => {
  const { options } = await settings({
    'options.json': '{"displays":[{"panel":"st7789"}],"media":{"loop_count":5,"max_file_size_mb":7}}',
    'settings.json': '{"media":{"loop_count":9}}',
  });
  assert.equal(options.displays[0]?.panel, 'st7789');
  assert.equal(options.displays[0]?.id, 'loop');
  assert.deepEqual([options.media.loop_count, options.media.max_file_size_mb], [9, 7]);
});

test('every fault is told at once, with path, value, rule and mend', async () => {
  const bad = '{"displays":[{"speed_hz":1,"dc_line":9}],"medai":{},"web":{"token":42}}';
  await assert.rejects(settings({ 'options.json': bad }, { LOOP_PORT: '99999' }), (error: Error) => {
    assert.equal((error as { code?: string }).code, 'OPTIONS_INVALID');
    assert.match(error.message, /displays\[0\]\.speed_hz is 1: .*100000.*\. Correct displays\[0\]\.speed_hz/);
    assert.match(error.message, /displays\[0\]\.dc_line is 9: GPIO 7 to 11/);
    assert.match(error.message, /medai/);
    assert.match(error.message, /LOOP_PORT is "99999": a whole number from 0 to 65535/);
    assert.doesNotMatch(error.message, /42/, 'no secret in a message');
    return true;
  });
});

test('a file that is no JSON is named', async () => {
  await assert.rejects(settings({ 'options.json': '{"a":' }), /options\.json is .*It must be JSON/);
});

test('ingress comes from the Supervisor, or from where LOOP_INGRESS_FROM says', async () => {
  assert.equal((await settings({}, { SUPERVISOR_TOKEN: 'x' })).ingressFrom, '172.30.32.2');
  assert.equal(
    (await settings({}, { SUPERVISOR_TOKEN: 'x', LOOP_INGRESS_FROM: '127.0.0.9' })).ingressFrom,
    '127.0.0.9',
  );
  await assert.rejects(settings({}, { LOOP_INGRESS_FROM: 'home' }), /LOOP_INGRESS_FROM is "home": an IP address/);
});

test('a token is made once, for this user alone', async () => {
  const data = join(folder, 'token-data');
  const first = await openToken({ given: '', folder: data });
  const second = await openToken({ given: '', folder: data });
  assert.equal(first.cookie, second.cookie);
  assert.equal((await stat(join(data, 'token'))).mode & 0o777, 0o600);
  assert.notEqual((await openToken({ given: 'mine', folder: data })).cookie, first.cookie);
});

test('the version is the one of package.json', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as object;
  assert.equal(version, 'version' in manifest && manifest.version);
});

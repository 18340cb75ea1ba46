import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { plainHost } from '../dashboard-convert/browser-page.ts';
import { type ConverterBrowser, openConverterBrowser } from '../dashboard-convert/converter-browser.ts';
import { rendererMemory } from '../dashboard-convert/renderer-memory.ts';
import { type MediaName, media } from '../media/media.ts';

let loop: ConverterBrowser;
before(async () => {
  loop = await openConverterBrowser();
});
after(() => loop[Symbol.asyncDispose]());

async function assertNothingRuns(): Promise<void> {
  // The browser tells of an ended worker a moment later.
  for (let tries = 0; tries < 250 && loop.page.workers().length > 0; tries++) await loop.page.waitForTimeout(20);
  assert.equal(loop.page.workers().length, 0);
}

describe('the plan', () => {
  const here: [MediaName, way: string, type: string][] = [
    ['bbb-2s.mp4', 'webcodecs', 'video'],
    ['bbb-2s.mkv', 'webcodecs', 'video'],
    ['bbb-2s.webm', 'webcodecs', 'video'],
    ['bbb.gif', 'image', 'gif'],
    ['bbb.apng', 'image', 'gif'],
    ['bbb.webp', 'image', 'gif'],
    ['bbb.png', 'image', 'image'],
    ['bbb.jpg', 'image', 'image'],
  ];
  for (const [name, way, type] of here) {
    it(`is to convert ${name} in the browser`, async () => {
      const plan = await loop.plan(await media(name));
      assert.deepEqual([plan.way, plan.type], [way, type]);
      assert.ok(plan.estimateSeconds !== null && plan.estimateSeconds >= 1);
    });
  }

  const there: [MediaName, why: RegExp][] = [
    ['bbb-hevc.mp4', /cannot decode HEVC/],
    ['bbb-2s.avi', /do not open AVI/],
    ['huge.png', /16384 x 16384/],
    ['sound-only.m4a', /no video track/],
    ['text.mp4', /do not open unknown/],
  ];
  for (const [name, why] of there) {
    it(`is to leave ${name} to LOOP, and says why`, async () => {
      const plan = await loop.plan(await media(name));
      assert.equal(plan.way, 'server');
      assert.match(plan.why, why);
    });
  }

  it('goes by the bytes, whatever the name says', async () => {
    const bytes = await readFile(await media('bbb.gif'));
    assert.equal((await loop.plan({ name: 'holiday.mp4', bytes })).type, 'gif');
  });

  it('refuses an empty file', async () => {
    await assert.rejects(loop.plan({ name: 'empty.mp4', bytes: new Uint8Array() }), /0 bytes.*FILE_EMPTY/);
  });

  it('leaves videos and animations to LOOP on plain http, and still converts pictures', async () => {
    await using plain = await openConverterBrowser(plainHost);
    assert.equal(await plain.page.evaluate(() => isSecureContext), false);
    for (const name of ['bbb-2s.mp4', 'bbb.gif'] as const) {
      const plan = await plain.plan(await media(name));
      assert.equal(plan.way, 'server');
      assert.match(plan.why, /plain http/);
    }
    assert.equal((await plain.plan(await media('bbb.jpg'))).way, 'image');
    const { clip, hash } = await plain.convert(await media('bbb.jpg'));
    assert.ok(clip.length > 1000);
    assert.match(hash, /^[0-9a-f]{64}$/);
  });
});

describe('a conversion', () => {
  it('ends at once when it is aborted, all of it with the reason', async () => {
    const [read, hash, done] = await loop.abort(await media('bbb-20s-1080p.mp4'));
    assert.deepEqual([read, done], ['ABORTED', 'ABORTED']);
    // The hash is often there before the first bytes of the clip.
    assert.ok(hash === 'ABORTED' || hash === 'done');
    await assertNothingRuns();
  });

  it('ends when nobody reads its clip any more', async () => {
    assert.equal(await loop.leave(await media('bbb-20s-1080p.mp4')), 'ABORTED');
    await assertNothingRuns();
  });

  it('waits for a slow reader, and then goes on to the end', async () => {
    const { fraction, waiting, bytes, made } = await loop.dawdle(await media('bbb-20s-1080p.mp4'));
    assert.ok(fraction < 0.9, `reached ${fraction} with nobody reading`);
    assert.ok(waiting > 4 << 20 && waiting < 5 << 20, `${waiting} bytes wait`);
    assert.equal(bytes, made);
  });

  it('says with a code that LOOP can do it when the decoder gives up after all', async () => {
    const bytes = await readFile(await media('bbb-2s.mp4'));
    bytes.fill(0x55, bytes.length >> 2, bytes.length >> 1);
    await assert.rejects(loop.convert({ name: 'broken.mp4', bytes }), /LOOP converts it itself.*CONVERSION_FAILED/s);
    await assertNothingRuns();
  });

  it('leaves nothing behind, twenty in a row', async () => {
    const path = await media('bbb-2s.mp4');
    const megabytes: number[] = [];
    for (let i = 0; i < 20; i++) {
      await loop.convert(path);
      await assertNothingRuns();
      await loop.page.requestGC();
      megabytes.push((await rendererMemory(loop.browser)) / 1e6);
    }
    const [early, late] = [megabytes.slice(4, 8), megabytes.slice(16)].map((some) => Math.min(...some));
    assert.ok(late! <= early! * 1.1, megabytes.map(Math.round).join(' '));
  });
});

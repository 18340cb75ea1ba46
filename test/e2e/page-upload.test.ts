import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type MediaName, media } from '../media/media.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { glassColours, isLive, openBrowser, openPage, shelfTitles, until } from './page-browser.ts';

let loop: RunningLoop;
let browser: Browser;
let anna: Page;
let ben: Page;

before(async () => {
  [loop, browser] = await Promise.all([startLoop(), openBrowser()]);
  [anna, ben] = await Promise.all([openPage(browser, loop.url), openPage(browser, loop.url)]);
});
after(async () => {
  await browser.close();
  await loop[Symbol.asyncDispose]();
});

const card = (page: Page, name: string) => page.locator('loop-upload-card', { hasText: name });
const picker = (page: Page) => page.locator('input[type=file][multiple]').first();

/** Files as the browser hands them over in a drop or a paste. */
async function handed(page: Page, names: readonly MediaName[]) {
  const files = await Promise.all(
    names.map(async (name) => ({ name, base64: (await readFile(await media(name))).toString('base64') })),
  );
  return page.evaluateHandle((given) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of given)
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return transfer;
  }, files);
}

/** Holds back every piece of a part until `release` is called. */
async function hold(page: Page, part: 'original' | 'clip'): Promise<() => Promise<void>> {
  const pattern = `**/api/uploads/*.${part}`;
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(pattern, async (route) => {
    if (route.request().method() === 'PATCH') await promise;
    // After a reload the held request is gone.
    await route.continue().catch(() => undefined);
  });
  return async () => {
    resolve();
    await page.unroute(pattern);
  };
}

/** From here on notes what every bar shows, and how many files are worked on at once. */
function watchBars(page: Page) {
  return page.locator('loop-drop-zone').evaluateHandle((zone) => {
    const seen = { bars: {} as Record<string, number[]>, most: 0, mostOfOneFile: 0, isOver: false };
    const look = () => {
      const cards = [...(zone.shadowRoot?.querySelectorAll('loop-upload-card') ?? [])];
      const bars = cards.flatMap(({ shadowRoot }) => [...(shadowRoot?.querySelectorAll('[role=progressbar]') ?? [])]);
      const names = bars.map((bar) => bar.getAttribute('aria-label'));
      for (const name of names) {
        seen.mostOfOneFile = Math.max(seen.mostOfOneFile, names.filter((other) => other === name).length);
      }
      for (const bar of bars) {
        const name = bar.getAttribute('aria-label') ?? '';
        const values = seen.bars[name] ?? [];
        seen.bars[name] = values;
        const value = Number(bar.getAttribute('aria-valuenow'));
        if (values.at(-1) !== value) values.push(value);
      }
      const working = cards.filter(({ shadowRoot }) => shadowRoot?.querySelector('.working'));
      seen.most = Math.max(seen.most, working.length);
      if (!seen.isOver) requestAnimationFrame(look);
    };
    look();
    return seen;
  });
}

/** Whether a poster has the black bar of a film that was fitted whole. */
async function topIsBlack(image: HTMLImageElement): Promise<boolean> {
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
  const context = canvas.getContext('2d');
  context?.drawImage(image, 0, 0, 320, 240);
  return (
    context
      ?.getImageData(160, 4, 1, 1)
      .data.slice(0, 3)
      .every((value) => value === 0) ?? false
  );
}

test('dropped and chosen files become clips by one rising bar each, and everybody sees them at once', async () => {
  const seen = await watchBars(anna);
  await anna.dispatchEvent('body', 'drop', { dataTransfer: await handed(anna, ['bbb.gif']) });
  await picker(anna).setInputFiles([await media('bbb-2s.mp4'), await media('bbb.png')]);
  for (const name of ['bbb.gif', 'bbb-2s.mp4', 'bbb.png']) await card(anna, name).locator('.done').waitFor();
  await until(
    () => shelfTitles(ben),
    (titles) => titles.includes('bbb-2s') && titles.filter((title) => title === 'bbb').length === 2,
  );
  const { bars, most, mostOfOneFile } = await seen.jsonValue();
  assert.equal(most, 2, 'two at once, the third waits');
  assert.equal(mostOfOneFile, 1, 'one bar through all stages');
  assert.deepEqual(Object.keys(bars).sort(), ['bbb-2s.mp4', 'bbb.gif', 'bbb.png']);
  for (const [name, values] of Object.entries(bars)) {
    assert.deepEqual(
      values,
      values.toSorted((a, b) => a - b),
      `${name} never goes back`,
    );
    assert.equal(values.at(-1), 100);
  }
  assert.ok((bars['bbb-2s.mp4']?.length ?? 0) > 3, 'the bar of a video moves');
});

test('the clip made in one browser plays on the glass that another one shows', async () => {
  await ben.getByRole('button', { name: 'Show bbb-2s now' }).click();
  await anna.locator('loop-playlist-editor li.on', { hasText: 'bbb-2s' }).waitFor();
  const places = [
    [160, 20],
    [100, 120],
    [220, 120],
  ] as const;
  // 16:9 on 4:3: a black bar above, film in the middle, which moves.
  const [bar, ...film] = await until(
    () => glassColours(anna, places),
    ([above, middle]) => above === '#000000' && middle !== '#000000',
  );
  assert.equal(bar, '#000000');
  await until(
    () => glassColours(anna, places),
    ([, ...now]) => now.join() !== film.join(),
  );
});

test('other settings make the same clip anew, beside its preview', async () => {
  const before = await loop.client.clip('bbb-2s');
  await anna.getByRole('button', { name: 'Settings of bbb-2s.mp4' }).click();
  const settings = card(anna, 'bbb-2s.mp4').locator('loop-preview-settings');
  await settings.getByText('Fill').click();
  await settings.getByText('Dithered').click();
  await settings.getByRole('button', { name: 'Convert again' }).click();
  const after = await until(
    () => loop.client.clip('bbb-2s'),
    (clip) => clip.size_bytes !== before.size_bytes,
  );
  assert.equal(after.content_hash, before.content_hash);
  const poster = ben.locator('loop-playlist-editor li', { hasText: 'bbb-2s' }).locator('img');
  await until(
    () => poster.evaluate(topIsBlack),
    (isBlack) => !isBlack,
  );
});

test('a picture from the clipboard is taken', async () => {
  const clipboardData = await handed(anna, ['bbb.jpg']);
  await anna.evaluate((data) => {
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, cancelable: true }));
  }, clipboardData);
  await card(anna, 'bbb.jpg').locator('.done').waitFor();
});

test('a file that is no media fails with a sentence, and can be tried again or closed', async () => {
  await picker(anna).setInputFiles({ name: 'notes.mp4', mimeType: 'video/mp4', buffer: Buffer.from('no film at all') });
  const failed = card(anna, 'notes.mp4');
  await failed.locator('.failed').waitFor();
  const said = (await failed.locator('.state').textContent()) ?? '';
  assert.match(said, /\.$/);
  assert.doesNotMatch(said, /[A-Z]_[A-Z]/, 'people need no code');
  await failed.getByRole('button', { name: 'Try notes.mp4 again' }).click();
  await failed.locator('.failed').waitFor();
  await failed.getByRole('button', { name: 'Close notes.mp4' }).click();
  assert.equal(await card(anna, 'notes.mp4').count(), 0);
});

test('a cancelled upload is gone from the page and from LOOP', async () => {
  const release = await hold(anna, 'clip');
  await picker(anna).setInputFiles(await media('bbb.apng'));
  await until(
    () => loop.client.uploads(),
    (uploads) => uploads.some(({ filename }) => filename === 'bbb.apng'),
  );
  await anna.getByRole('button', { name: 'Cancel bbb.apng' }).click();
  await until(
    () => loop.client.uploads(),
    (uploads) => uploads.length === 0,
  );
  assert.equal(await card(anna, 'bbb.apng').count(), 0);
  await release();
});

test('an upload goes on alone when the page is loaded anew in the middle of it', async () => {
  const release = await hold(anna, 'clip');
  await picker(anna).setInputFiles(await media('bbb-2s.mkv'));
  await until(
    () => loop.client.uploads(),
    (uploads) => uploads.some(({ parts }) => parts.some(({ part, offset }) => part === 'original' && offset > 0)),
  );
  await anna.reload();
  await release();
  await isLive(anna);
  await card(anna, 'bbb-2s.mkv').locator('.done').waitFor();
  assert.equal((await loop.client.media()).filter((clip) => clip.original_filename === 'bbb-2s.mkv').length, 1);
});

test('without a copy the page asks for the same file after a reload, and goes on with it', async () => {
  const release = await hold(anna, 'clip');
  await picker(anna).setInputFiles(await media('bbb-2s.webm'));
  await until(
    () => loop.client.uploads(),
    (uploads) => uploads.length === 1,
  );
  await anna.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('loop-uploads', 1);
        opening.onsuccess = () => {
          const work = opening.result.transaction('files', 'readwrite');
          work.objectStore('files').clear();
          work.oncomplete = resolve;
        };
      }),
  );
  await anna.reload();
  await release();
  await isLive(anna);
  await card(anna, 'bbb-2s.webm').getByText('Choose the same file').waitFor();
  await anna.getByLabel('Choose bbb-2s.webm again').setInputFiles(await media('bbb-2s.webm'));
  await card(anna, 'bbb-2s.webm').locator('.done').waitFor();
  const name = basename(await media('bbb-2s.webm'));
  assert.equal((await loop.client.media()).filter((clip) => clip.original_filename === name).length, 1);
  await anna.reload();
  await isLive(anna);
  assert.equal(await anna.locator('loop-upload-card').count(), 0, 'nothing is unfinished any more');
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { addClip } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { glassColours, isLive, loopTitles, openBrowser, openPage, shelfTitles, until } from './page-browser.ts';

let loop: RunningLoop;
let browser: Browser;
/** Two people at the same LOOP. */
let anna: Page;
let ben: Page;
const faults: string[] = [];

before(async () => {
  [loop, browser] = await Promise.all([startLoop(), openBrowser()]);
  for (const { slug } of await loop.client.media()) await loop.client.deleteClip(slug);
  for (const title of ['Harbour', 'Kettle', 'Tulips']) await addClip(loop.url, { title });
  [anna, ben] = await Promise.all([openPage(browser, loop.url, { faults }), openPage(browser, loop.url, { faults })]);
});
after(async () => {
  await browser.close();
  await loop[Symbol.asyncDispose]();
});

const grip = (page: Page, title: string) => page.getByRole('button', { name: `Move ${title}`, exact: true });
const same = (wanted: readonly string[]) => (found: readonly string[]) => found.join() === wanted.join();

test('the library and the loop show what is there, with visible titles and posters', async () => {
  assert.deepEqual(await loopTitles(anna), ['Harbour', 'Kettle', 'Tulips']);
  assert.deepEqual((await shelfTitles(anna)).sort(), ['Harbour', 'Kettle', 'Tulips']);
  const isLoaded = (image: HTMLImageElement) => image.decode().then(() => image.naturalWidth);
  assert.equal(await anna.locator('loop-playlist-editor img').first().evaluate(isLoaded), 320);
});

test('what one person does is seen by the other, without a reload and without asking', async () => {
  const asked: string[] = [];
  ben.on('request', (request) => asked.push(request.url()));
  await anna.getByRole('button', { name: 'Pause' }).click();
  await ben.getByRole('button', { name: 'Play', exact: true }).waitFor();
  assert.match(await ben.title(), /^Paused: .+ · LOOP$/);
  await ben.getByRole('button', { name: 'Play', exact: true }).click();
  await anna.getByRole('button', { name: 'Pause' }).waitFor();
  await anna.getByText('Shuffle').click();
  await until(
    () => ben.getByRole('radio', { name: 'Shuffle' }).isChecked(),
    (isChecked) => isChecked,
  );
  await ben.getByText('Loop one').click();
  await until(
    () => anna.getByRole('radio', { name: 'Loop one' }).isChecked(),
    (isChecked) => isChecked,
  );
  assert.deepEqual(
    asked.filter((url) => !url.endsWith('api/actions')),
    [],
  );
});

test('a press on a clip shows it at once, and the page shows the glass pixel for pixel', async () => {
  await addClip(loop.url, { title: 'Still', frames: 1, colour: [40, 120, 220], addToLoop: false });
  await anna.getByRole('button', { name: 'Show Still now' }).click();
  await ben.locator('loop-library li.on', { hasText: 'Still' }).waitFor();
  const places = Array.from({ length: 60 }, (_, index): [number, number] => [(index * 53) % 320, (index * 37) % 240]);
  const frame = await loop.client.frame('loop', 'png');
  const { data } = await sharp(await frame.arrayBuffer())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const wanted = places.map(([x, y]) => `#${data.toString('hex', (y * 320 + x) * 3, (y * 320 + x) * 3 + 3)}`);
  await until(() => glassColours(ben, places), same(wanted));
});

test('the loop is ordered by keys, and each step is read out', async () => {
  const said = anna.locator('loop-playlist-editor [aria-live]');
  await grip(anna, 'Harbour').focus();
  await anna.keyboard.press('Space');
  assert.match((await said.textContent()) ?? '', /^Harbour lifted\./);
  await anna.keyboard.press('ArrowDown');
  await anna.keyboard.press('ArrowDown');
  assert.equal(await said.textContent(), 'Harbour, place 3 of 3.');
  await anna.keyboard.press('Space');
  await until(() => loopTitles(ben), same(['Kettle', 'Tulips', 'Harbour']));
  assert.deepEqual(await loopTitles(anna), ['Kettle', 'Tulips', 'Harbour']);
  const focused = grip(anna, 'Harbour').evaluate((grip) => grip.matches(':focus'));
  assert.equal(await focused, true, 'the grip that was moved keeps the focus');
});

test('Escape puts a lifted row back and nothing is sent', async () => {
  const { version } = await loop.client.loop();
  await grip(anna, 'Kettle').focus();
  for (const key of ['Space', 'ArrowDown', 'Escape']) await anna.keyboard.press(key);
  assert.deepEqual(await loopTitles(anna), ['Kettle', 'Tulips', 'Harbour']);
  assert.equal((await loop.client.loop()).version, version);
});

test('the loop is ordered by dragging', async () => {
  const from = await grip(anna, 'Harbour').boundingBox();
  const to = await grip(anna, 'Kettle').boundingBox();
  assert.ok(from && to);
  await anna.mouse.move(from.x + 22, from.y + 22);
  await anna.mouse.down();
  await anna.mouse.move(from.x + 22, (from.y + to.y) / 2, { steps: 4 });
  await anna.mouse.move(to.x + 22, to.y + 10, { steps: 4 });
  await anna.mouse.up();
  await until(() => loopTitles(ben), same(['Harbour', 'Kettle', 'Tulips']));
});

test('when two people order at once, the list of LOOP wins and the page says so', async () => {
  const [first, second, third] = (await loop.client.loop()).items.map(({ id }) => id);
  assert.ok(first && second && third);
  await anna.route('**/api/loop', async (route) => {
    const { version } = await loop.client.loop();
    await loop.client.orderLoop([second, first, third], version);
    await route.continue();
  });
  await grip(anna, 'Harbour').focus();
  for (const key of ['Space', 'ArrowDown', 'ArrowDown', 'Space']) await anna.keyboard.press(key);
  await anna.getByText('Somebody else changed the loop at the same moment').first().waitFor();
  await until(() => loopTitles(anna), same(['Kettle', 'Harbour', 'Tulips']));
  await anna.unroute('**/api/loop');
});

test('how often a clip plays is set in its row', async () => {
  await anna.getByRole('spinbutton', { name: 'Times Kettle plays' }).fill('5');
  await anna.keyboard.press('Enter');
  await until(
    () => ben.getByRole('spinbutton', { name: 'Times Kettle plays' }).inputValue(),
    (count) => count === '5',
  );
});

test('a clip taken out of the loop comes back to its place by Undo', async () => {
  await anna.getByRole('button', { name: 'Take Harbour out of the loop' }).first().click();
  await until(() => loopTitles(ben), same(['Kettle', 'Tulips']));
  await anna.getByRole('button', { name: 'Undo' }).click();
  await until(() => loopTitles(ben), same(['Kettle', 'Harbour', 'Tulips']));
});

test('a clip is found by its name whatever the accents, renamed and tagged', async () => {
  await anna.getByRole('searchbox').fill('TÜLIPS');
  assert.deepEqual(await shelfTitles(anna), ['Tulips']);
  await anna.getByRole('button', { name: 'Open Tulips' }).click();
  await anna.getByRole('textbox', { name: 'Title' }).fill('Tulips in May');
  await anna.getByRole('textbox', { name: 'Tags' }).fill('garden, spring, garden');
  await anna.getByRole('button', { name: 'Save' }).click();
  await ben.getByRole('button', { name: 'spring', exact: true }).click();
  assert.deepEqual(await shelfTitles(ben), ['Tulips in May']);
  await ben.getByRole('button', { name: 'spring', exact: true }).click();
  await anna.getByRole('searchbox').fill('');
});

test('a clip is deleted after a second press, everywhere', async () => {
  await anna.getByRole('button', { name: 'Open Tulips in May' }).click();
  await anna.getByRole('button', { name: 'Delete' }).click();
  await anna.getByRole('button', { name: 'Keep' }).click();
  await anna.getByRole('button', { name: 'Delete' }).click();
  await anna.getByRole('button', { name: 'Delete for good' }).click();
  await until(
    () => shelfTitles(ben),
    (titles) => !titles.includes('Tulips in May'),
  );
  assert.deepEqual(await loopTitles(ben), ['Kettle', 'Harbour']);
  assert.equal(await anna.getByRole('dialog').count(), 0);
});

test('an element that fails to draw says so in its place, and draws again by itself', async () => {
  const library = anna.locator('loop-library');
  await library.evaluate((element: HTMLElement & { view: () => unknown; requestUpdate: () => void }) => {
    element.view = () => {
      Reflect.deleteProperty(element, 'view');
      throw new Error('injected');
    };
    element.requestUpdate();
  });
  await library.getByRole('alert').waitFor();
  assert.equal(await anna.locator('loop-playlist-editor li').count(), 2, 'the other elements do not notice');
  await library.getByText('Kettle').waitFor();
  faults.length = 0;
});

test('the light goes off and on, and dims where the display can', async () => {
  await anna.getByRole('switch', { name: 'Light' }).click();
  await ben.getByText('The light is off').waitFor();
  await ben.getByRole('switch', { name: 'Light' }).click();
  await until(
    () => anna.getByText('The light is off').count(),
    (count) => count === 0,
  );
  const { dimmable } = await loop.client.display('loop');
  assert.equal(await anna.getByRole('slider').count(), dimmable ? 1 : 0);
});

/** What the panel of true figures says under a name; numbers without the spaces between their thousands. */
async function figure(page: Page, name: string): Promise<string> {
  const entry = page.locator('loop-figures dl > div', { has: page.getByText(name, { exact: true }) });
  return ((await entry.locator('dd').textContent()) ?? '').replace(/(\d) (?=\d{3})/g, '$1');
}

test('the true figures are those of LOOP: they move while it plays, and stand while it is paused', async () => {
  await loop.client.activate('kettle');
  const { frames_shown: before } = (await loop.client.display('loop')).stats;
  const shown = await until(
    async () => Number(await figure(ben, 'Shown')),
    (frames) => frames > before,
  );
  assert.match(await figure(ben, 'Frames a second'), /^[\d.]+ of 25$/);
  await loop.client.command('pause');
  const { stats } = await loop.client.display('loop');
  assert.ok(stats.frames_shown >= shown);
  const still = {
    'Frames a second': '0 of 25',
    Shown: String(stats.frames_shown),
    'Late · dropped': `${stats.frames_late} · ${stats.frames_dropped}`,
    'Bus asked': '40 MHz',
    'Bus measured': 'takes no time',
    'Bad chunks · re-inits': '0 · 0',
  };
  await until(() => Promise.all(Object.keys(still).map((name) => figure(ben, name))), same(Object.values(still)));
  assert.match(await figure(ben, 'Processor'), /^\d+ %$/);
  assert.match(await figure(ben, 'Memory'), /^\d+ MB$/);
  assert.match(await figure(ben, 'Free for clips'), /^[\d.]+ [MGT]B$/);
});

test('nothing went wrong in the pages meanwhile', () => {
  // The refused order is the browser's own line for the 409.
  assert.deepEqual(
    faults.filter((fault) => !fault.includes('409')),
    [],
  );
});

test('with LOOP gone the page says so and comes back by itself, with what changed meanwhile', async () => {
  const port = new URL(loop.url).port;
  await loop.stop();
  await anna.getByText('No connection to LOOP').waitFor();
  assert.equal(await anna.getByRole('button', { name: 'Next' }).isEnabled(), false);
  const again = await startLoop({ folder: loop.folder, env: { LOOP_PORT: port } });
  await addClip(again.url, { title: 'Night train' });
  await isLive(anna);
  await until(
    () => shelfTitles(anna),
    (titles) => titles.includes('Night train'),
  );
  assert.equal(await anna.getByText('No connection to LOOP').count(), 0);
  await again.stop();
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { addClip } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { openBrowser, openPage } from './page-browser.ts';

let loop: RunningLoop;
let browser: Browser;

before(async () => {
  [loop, browser] = await Promise.all([startLoop(), openBrowser()]);
  const titles = ['Kettle', 'A very long title that nobody reads to its end, '.repeat(5).trim(), '雨の夜 🌧 ليلة ماطرة'];
  for (const title of titles) await addClip(loop.url, { title });
  const [first] = await loop.client.media();
  if (first) await loop.client.patchClip(first.slug, { tags: ['kitchen', 'winter'] });
});
after(async () => {
  await browser.close();
  await loop[Symbol.asyncDispose]();
});

/** Everything that can be pressed, in all shadow roots: its name and its size. What lies in a label is as large as that. */
function pressable(page: Page): Promise<{ name: string; width: number; height: number }[]> {
  return page.evaluate(() => {
    const roots: (Document | ShadowRoot)[] = [document];
    const found: { name: string; width: number; height: number }[] = [];
    for (const root of roots) {
      for (const element of root.querySelectorAll('*')) if (element.shadowRoot) roots.push(element.shadowRoot);
      for (const element of root.querySelectorAll('button, a[href], input, select')) {
        const { width, height } = (element.closest('label') ?? element).getBoundingClientRect();
        const name =
          element.getAttribute('aria-label') ?? (element.closest('label') ?? element).textContent?.trim() ?? '';
        if (width > 0) found.push({ name, width: Math.round(width), height: Math.round(height) });
      }
    }
    return found;
  });
}

for (const [width, colorScheme] of [
  [320, 'light'],
  [390, 'dark'],
  [820, 'light'],
  [1400, 'dark'],
] as const) {
  test(`at ${width} px nothing is cut off at the side, and fingers hit every key (${colorScheme})`, async () => {
    const page = await openPage(browser, loop.url, { viewport: { width, height: 844 }, colorScheme });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    const keys = await pressable(page);
    assert.ok(keys.length > 20);
    assert.deepEqual(
      keys.filter((key) => key.width < 44 || key.height < 44),
      [],
    );
    assert.deepEqual(keys.filter(({ name }) => name === '').map(({ name }) => name).length, 0, 'every key has a name');
    await page.getByRole('button', { name: 'Open Kettle' }).click();
    const dialog = await page.getByRole('dialog').boundingBox();
    assert.ok(dialog && dialog.x >= 0 && dialog.x + dialog.width <= width);
    await page.context().close();
  });
}

test('nothing moves while the page fills', async () => {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      // Chromium's LayoutShift; its type is not in the DOM library.
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) shifts.push(entry.value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(loop.url);
  await page.locator('loop-library li img').first().waitFor();
  await page.locator('.lamp.live').waitFor();
  const sum = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((a, b) => a + b, 0));
  assert.ok(sum < 0.02, `layout shift ${sum}`);
  await context.close();
});

test('without JavaScript the page says what it needs', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(loop.url);
  await page.locator('noscript p', { hasText: 'needs JavaScript' }).waitFor();
  await context.close();
});

test('the diagnostics page tells what this browser can do', async () => {
  const page = await browser.newPage();
  await page.goto(new URL('diagnostics', loop.url).href);
  const line = page.getByRole('listitem').filter({ hasText: 'H.264 video' });
  await line.waitFor();
  assert.match((await line.textContent()) ?? '', /converted in this browser/i);
  assert.equal(await page.getByRole('listitem').count(), 10);
  await page.close();
});

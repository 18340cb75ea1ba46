import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's Chromium, without what a test machine has none of. */
export function openBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'];
  return chromium.launch({ executablePath: '/usr/bin/chromium', args });
}

/** LOOP's page in a browser profile of its own, once it is live; what goes wrong in it is told in `faults`. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { faults?: string[] } = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => options.faults?.push(error.message));
  page.on('console', (message) => message.type() === 'error' && options.faults?.push(message.text()));
  await page.goto(url);
  await isLive(page);
  return page;
}

export async function isLive(page: Page): Promise<void> {
  await page.locator('.lamp.live').waitFor();
}

/** Titles of the loop's rows, from the top. */
export async function loopTitles(page: Page): Promise<string[]> {
  return page.locator('loop-playlist-editor li .title').allTextContents();
}

/** Titles on the shelf. */
export async function shelfTitles(page: Page): Promise<string[]> {
  return page.locator('loop-library li .title').allTextContents();
}

/** Waits until `look` finds what is wanted; after 15 s fails with the last thing it found. */
export async function until<Found>(look: () => Promise<Found>, isWanted: (found: Found) => boolean): Promise<Found> {
  const end = performance.now() + 15_000;
  for (;;) {
    const found = await look();
    if (isWanted(found)) return found;
    if (performance.now() > end) throw new Error(`Still not so after 15 s: ${JSON.stringify(found)}`);
    await wait(50);
  }
}

/** The picture on the page's glass, one pixel of it for each pixel of the panel, as `#rrggbb` of a few places. */
export function glassColours(page: Page, places: readonly (readonly [x: number, y: number])[]): Promise<string[]> {
  return page.locator('loop-display-preview canvas').evaluate((canvas: HTMLCanvasElement, wanted) => {
    const zoom = canvas.width / 320;
    const context = canvas.getContext('2d');
    return wanted.map(([x, y]) => {
      const [red = 0, green = 0, blue = 0] = context?.getImageData(x * zoom, y * zoom, 1, 1).data ?? [];
      return `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
    });
  }, places);
}

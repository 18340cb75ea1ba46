import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';

/**
 * Proportional set size in bytes of the largest renderer process of a browser on this machine: that of the tab that works. The others are
 * idle, and come and go as the browser likes to keep one spare.
 */
export async function rendererMemory(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => processMemory(id));
  return Math.max(0, ...(await Promise.all(sizes)));
}

/** PSS of one process by Linux's smaps_rollup; 0 when it has ended meanwhile. */
async function processMemory(id: number): Promise<number> {
  const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

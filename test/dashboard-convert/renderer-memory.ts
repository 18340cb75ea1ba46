import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';

/** Proportional set size of all renderer processes of a browser on this machine, in bytes. */
export async function rendererMemory(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => processMemory(id));
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}

/** PSS of one process by Linux's smaps_rollup; 0 when it has ended meanwhile. */
async function processMemory(id: number): Promise<number> {
  const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

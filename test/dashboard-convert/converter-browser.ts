import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { ConversionPlan, ConvertSettings } from '../../dashboard/convert/converter.ts';
import { openBrowserPage } from './browser-page.ts';
import type { ConverterPage, Dawdled, PageResult } from './converter-page.ts';

/** A file for the page: one on disk, or bytes with a name. */
export type GivenFile = string | { readonly name: string; readonly bytes: Uint8Array };

/** The converter in a real Chromium; each function is the page's. */
export interface ConverterBrowser extends AsyncDisposable {
  readonly browser: Browser;
  readonly page: Page;
  plan(file: GivenFile): Promise<ConversionPlan>;
  convert(file: GivenFile, settings?: Partial<ConvertSettings>): Promise<PageResult & { clip: Uint8Array }>;
  abort(file: GivenFile): Promise<readonly string[]>;
  leave(file: GivenFile): Promise<string>;
  dawdle(file: GivenFile): Promise<Dawdled>;
}

/** What a test that says nothing else converts with. */
export const settings: ConvertSettings = {
  width: 320,
  height: 240,
  fit: 'contain',
  quality: 'exact',
  dither: 'none',
  framerate: 25,
  title: 'Test',
};

/** Opens the converter on a page of its own. @param host a name or address of this machine */
export async function openConverterBrowser(host?: string): Promise<ConverterBrowser> {
  const entryPoints = {
    page: 'test/dashboard-convert/converter-page.ts',
    'convert.worker': 'dashboard/convert/convert.worker.ts',
  };
  const opened = await openBrowserPage(entryPoints, host);
  const page = await opened.newTab();
  async function call<Name extends keyof ConverterPage>(
    method: Name,
    file: GivenFile,
    ...rest: readonly unknown[]
  ): Promise<Awaited<ReturnType<ConverterPage[Name]>>> {
    const name = typeof file === 'string' ? basename(file) : file.name;
    opened.media.set(name, typeof file === 'string' ? file : file.bytes);
    return page.evaluate(([called, args]) => Reflect.get(globalThis, 'converterPage')[called](...args), [
      method,
      [name, ...rest],
    ] as const);
  }
  return {
    browser: opened.browser,
    page,
    plan: (file) => call('plan', file),
    async convert(file, some = {}) {
      const result = await call('convert', file, { ...settings, ...some });
      return { ...result, clip: await readFile(opened.received(result.name)) };
    },
    abort: (file) => call('abort', file, settings),
    leave: (file) => call('leave', file, settings),
    dawdle: (file) => call('dawdle', file, settings),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

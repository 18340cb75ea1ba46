// The child's side of guest.ts: runs the function that was given as text, once.
import { once } from 'node:events';
import fs from 'node:fs';
import spi from 'spi-device';
import * as gpio from './gpio.ts';
import type { GuestMessage } from './guest.ts';

/** What a guest's function works with. */
export interface Kit {
  readonly fs: typeof fs;
  readonly spi: typeof spi;
  readonly gpio: typeof gpio;
  /** The code of the error that the call throws, or what it returns. */
  readonly attempt: <Value>(call: () => Value) => Value | string;
  /** Gives control to the test until it resumes. */
  readonly pause: () => Promise<void>;
}

function tell(message: GuestMessage): void {
  process.send?.(message);
}

const kit: Kit = {
  fs,
  spi,
  gpio,
  attempt(call) {
    try {
      return call();
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code || error.message) : String(error);
    }
  },
  async pause() {
    tell({ kind: 'paused' });
    await once(process, 'message');
  },
};

try {
  const module = await import(`data:text/javascript,export default ${encodeURIComponent(process.argv[2] ?? '')}`);
  tell({ kind: 'done', result: await module.default(kit) });
} catch (error) {
  tell({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
process.disconnect?.();

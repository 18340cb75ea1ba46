import { LoopError } from '../../format/errors.ts';
import type { FromWorker } from './convert-protocol.ts';

/**
 * Starts the converter's worker and waits until it listens. The caller ends it.
 * @throws LoopError CONVERSION_FAILED when its script does not load; the signal's reason
 */
export async function openWorker({ signal }: { signal: AbortSignal }): Promise<Worker> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./convert.worker.js', import.meta.url), { type: 'module' });
  const heard = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const options = { signal: heard.signal };
      worker.addEventListener(
        'message',
        ({ data }: MessageEvent<FromWorker>) => data.kind === 'ready' && resolve(),
        options,
      );
      worker.addEventListener('error', ({ message }) => reject(notStarted(message)), options);
      signal.addEventListener('abort', () => reject(signal.reason), options);
    });
    return worker;
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    heard.abort();
  }
}

function notStarted(message: string): LoopError {
  const reason = message || 'its script did not load';
  return new LoopError(
    'CONVERSION_FAILED',
    `The converter did not start in this browser: ${reason}. LOOP converts the original itself when it is uploaded.`,
  );
}

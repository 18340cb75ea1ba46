import { LoopError } from '../../format/errors.ts';
import type { Ready } from './convert-protocol.ts';

/**
 * Starts the converter's worker and waits until it listens. The caller ends it.
 * @throws LoopError CONVERSION_FAILED when its script does not load; the signal's reason
 */
export async function openWorker(options: { signal?: AbortSignal } = {}): Promise<Worker> {
  const { signal } = options;
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./convert.worker.js', import.meta.url), { type: 'module' });
  const ended = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const heard = { signal: ended.signal };
      worker.addEventListener('message', ({ data }: MessageEvent<Ready>) => data.kind === 'ready' && resolve(), heard);
      worker.addEventListener('error', ({ message }) => reject(notStarted(message)), heard);
      signal?.addEventListener('abort', () => reject(signal.reason), heard);
    });
    return worker;
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    ended.abort();
  }
}

function notStarted(message: string): LoopError {
  const reason = message || 'its script did not load';
  return new LoopError(
    'CONVERSION_FAILED',
    `The converter did not start in this browser: ${reason}. LOOP converts the original itself when it is uploaded.`,
  );
}

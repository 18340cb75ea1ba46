import type { FromWorker, ToWorker } from './convert-protocol.ts';
import { openWorker } from './open-worker.ts';
import { packFailure, unpackFailure } from './worker-failure.ts';

/**
 * Has a worker of its own do one thing, and ends it after that, whatever happens. A port in the request is handed over.
 * @param receive hears every message; what it returns other than undefined is the result
 * @throws LoopError what the worker failed with, CONVERSION_FAILED when it broke; the signal's reason
 */
export async function inWorker<Result>(
  request: ToWorker,
  receive: (message: FromWorker, tell: (message: ToWorker) => void) => Result | undefined,
  { signal }: { signal: AbortSignal },
): Promise<Result> {
  const worker = await openWorker({ signal });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const tell = (message: ToWorker): void => worker.postMessage(message, 'port' in message ? [message.port] : []);
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'failed') return reject(unpackFailure(data));
    const result = receive(data, tell);
    if (result !== undefined) resolve(result);
  });
  worker.addEventListener('error', ({ message }) => reject(unpackFailure(packFailure(message))));
  try {
    signal.throwIfAborted();
    tell(request);
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    worker.terminate();
  }
}

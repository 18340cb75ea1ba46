import type { Lock, Locker, RequestRelease } from '@tus/server';
import { LoopError } from '../../format/errors.ts';

/** Milliseconds a request waits for the one before it. */
const WAIT_MS = 15_000;

interface Holder {
  readonly release: RequestRelease;
  readonly gone: PromiseWithResolvers<void>;
}

/**
 * One request at a time for each part. A later one asks the earlier to end, for that is most likely a connection that is dead
 * without knowing, and waits; it does not spin.
 */
export class PartLocker implements Locker {
  readonly #holders = new Map<string, Holder>();

  newLock(id: string): Lock {
    return {
      lock: (signal, release) => this.#lock(id, signal, release),
      unlock: async () => this.#unlock(id),
    };
  }

  async #lock(id: string, signal: AbortSignal, release: RequestRelease): Promise<void> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
    const gaveUp = Promise.withResolvers<never>();
    gaveUp.promise.catch(() => {});
    patience.addEventListener('abort', () => gaveUp.reject(busy(id)), { once: true });
    for (let holder = this.#holders.get(id); holder !== undefined; holder = this.#holders.get(id)) {
      await holder.release();
      await Promise.race([holder.gone.promise, gaveUp.promise]);
    }
    this.#holders.set(id, { release, gone: Promise.withResolvers<void>() });
  }

  #unlock(id: string): void {
    const holder = this.#holders.get(id);
    this.#holders.delete(id);
    holder?.gone.resolve();
  }
}

function busy(id: string): LoopError {
  return new LoopError(
    'UPLOAD_CONFLICT',
    `Another request is at work on ${id.slice(-16)}; one at a time is. Try again in a moment.`,
  );
}

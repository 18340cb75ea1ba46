import { LoopError } from '../../format/errors.ts';
import type { PlayerCall } from './player-protocol.ts';

/** Calls that wait; what is beyond is refused, so that nothing queues up behind a player that cannot follow. */
const MOST_CALLS = 100;

interface WaitingCall extends PromiseWithResolvers<void> {
  readonly call: PlayerCall;
}

/** What a player was asked for and has not done yet, in the order it came. */
export class CallQueue {
  readonly #waiting: WaitingCall[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves when the call was carried out. @throws LoopError TOO_BUSY when 100 wait already; whatever carrying it out throws */
  add(call: PlayerCall): Promise<void> {
    if (this.#waiting.length >= MOST_CALLS) {
      const message = `${MOST_CALLS} commands wait for the display already; more are refused. Send fewer, or wait for the answers.`;
      return Promise.reject(new LoopError('TOO_BUSY', message));
    }
    const waiting = { call, ...Promise.withResolvers<void>() };
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Carries out the call that waits longest, if there is one, and answers it. */
  async answerNext(carryOut: (call: PlayerCall) => Promise<void>): Promise<void> {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    try {
      await carryOut(waiting.call);
      waiting.resolve();
    } catch (error) {
      waiting.reject(error);
    }
  }
}

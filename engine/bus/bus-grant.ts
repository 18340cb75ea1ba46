import type { DisplayOptions } from '../../contract/config.ts';
import { LoopError, type LoopErrorCode } from '../../format/errors.ts';

/**
 * The right to use a bus, given by the main thread to a display's worker: plain data. File descriptors are numbers that
 * every thread of the process may use; the host that gave them closes them.
 */
export type BusGrant =
  | { readonly kind: 'emulated'; readonly panel: DisplayOptions['panel']; readonly speedHz: number }
  | SpidevGrant
  /** No bus, and why. Another try may succeed. */
  | { readonly kind: 'refused'; readonly code: LoopErrorCode; readonly message: string };

export interface SpidevGrant {
  readonly kind: 'spidev';
  /** `/dev/spidevB.C`, already opened, with mode and speed set; the worker opens it once more by `fs`. */
  readonly path: string;
  /** Most bytes one SPI message may hold. */
  readonly bufsiz: number;
  readonly speedHz: number;
  /** Descriptors of GPIO line requests. */
  readonly lines: { readonly dc: number; readonly reset: number };
  readonly light: LightGrant;
}

/** The backlight: a GPIO line (on and off), or the folder of a hardware PWM channel in sysfs (dims). */
export type LightGrant =
  | { readonly kind: 'line'; readonly fd: number }
  | { readonly kind: 'pwm'; readonly folder: string };

/** The main thread's hold on a display's bus. The worker writes by the grant; the host owns what the grant names. */
export interface BusHost extends AsyncDisposable {
  /** What came of the last try: to be handed to the worker whatever its kind. */
  readonly grant: BusGrant;
  /** Lets go of what broke and tries once more. Resolves with a refusal rather than reject; rejects only when aborted. */
  reopen(options: { signal: AbortSignal }): Promise<BusGrant>;
}

/** A fault as a grant; the message keeps the code at its end. */
export function refusal(error: LoopError): BusGrant {
  return { kind: 'refused', code: error.code, message: error.message };
}

/** The fault in a refusal, to be thrown or shown. */
export function refusalError(grant: Extract<BusGrant, { kind: 'refused' }>): LoopError {
  return new LoopError(grant.code, grant.message.replace(` (${grant.code})`, ''));
}

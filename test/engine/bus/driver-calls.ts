import type { DisplayOptions } from '../../../contract/config.ts';
import type { Display } from '../../../contract/domain.ts';
import type { BusGrant } from '../../../engine/bus/bus-grant.ts';
import type { OutputFigures } from '../../../engine/panel/output.ts';
import type { Rectangle } from '../../../format/frame.ts';

/** What the process with the real driver can be told; the first three are for its main thread, the rest for its worker. */
export interface DriverCalls {
  openHost(display: DisplayOptions): BusGrant;
  reopenHost(): BusGrant;
  closeHost(): void;

  openBus(grant: BusGrant): { speedHz: number; dimmable: boolean };
  command(code: number, parameters?: number[]): void;
  /** Sends so many bytes: 0, 1, 2, ... modulo 251. */
  pixels(count: number): { bytesWritten: number };
  setSpeed(speedHz: number): void;
  setReset(level: 0 | 1): void;
  setBacklight(percent: number): void;
  closeBus(): void;

  openOutput(display: DisplayOptions, grant: BusGrant, onExit: 'black' | 'keep'): { status: Display['status'] };
  /** Presents rectangles of the picture `noise(seed)`; returns the bytes on the bus. */
  present(seed: number, rectangles?: Rectangle[]): number;
  reassert(): void;
  setLight(on: boolean, percent: number): void;
  status(): Display['status'];
  figures(): OutputFigures;
  closeOutput(): void;
}

export interface Call {
  readonly id: number;
  readonly name: keyof DriverCalls;
  readonly values: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };

/** Runs one call against the functions of a thread. */
export async function answer(call: Call, functions: object): Promise<Answer> {
  try {
    const value = await (functions as Record<string, (...values: readonly unknown[]) => unknown>)[call.name]!(
      ...call.values,
    );
    return { id: call.id, ok: true, value };
  } catch (error) {
    const { code = 'UNKNOWN', message } = error as Error & { code?: string };
    return { id: call.id, ok: false, code, message };
  }
}

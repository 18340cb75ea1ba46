import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { StyleInfo } from 'lit/directives/style-map.js';

/** What the owner of the rows is told. */
export interface LiftEvents {
  lifted(id: string): void;
  moved(id: string, to: number): void;
  cancelled(id: string): void;
  /** The row at `from` was let go at `to`, which differs. */
  dropped(from: number, to: number): void;
}

type Lift = {
  readonly by: 'pointer' | 'keys';
  readonly id: string;
  readonly from: number;
  readonly count: number;
  /** Height of one row with its gap, px. */
  readonly stepPx: number;
  /** Pointer place in the document when it went down, px. */
  readonly startPx: number;
  to: number;
  offsetPx: number;
};

/** Closer to the window's edge than this many px, the page scrolls along, by a fifth of it for each move. */
const EDGE_PX = 60;

/**
 * Lifting one row of a list of equally high rows, by pointer or by keys. While it is lifted no row changes its place in the document,
 * they are only shown shifted: so focus stays, and putting back costs nothing.
 */
export class RowLift implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #events: LiftEvents;
  #lift: Lift | undefined;

  constructor(host: ReactiveControllerHost, events: LiftEvents) {
    this.#host = host;
    this.#events = events;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#lift = undefined;
  }

  isLifted(id: string): boolean {
    return this.#lift?.id === id;
  }

  /** How the row at `index` is shown. */
  style(id: string, index: number): StyleInfo {
    const lift = this.#lift;
    if (lift === undefined) return {};
    if (lift.id === id) return { transform: `translateY(${lift.offsetPx}px)` };
    const isAbove = index > lift.from && index <= lift.to;
    const isBelow = index < lift.from && index >= lift.to;
    return { transform: `translateY(${isAbove ? -lift.stepPx : isBelow ? lift.stepPx : 0}px)` };
  }

  /** A pointer went down on a row's grip. */
  press(event: PointerEvent, id: string, from: number, count: number): void {
    // The listener sits on the grip.
    const grip = event.currentTarget as HTMLElement;
    if (event.button !== 0) return;
    grip.setPointerCapture(event.pointerId);
    const ended = new AbortController();
    const startPx = event.clientY + scrollY;
    this.#lift = { by: 'pointer', id, from, count, to: from, offsetPx: 0, startPx, stepPx: stepOf(grip) };
    const options = { signal: ended.signal };
    grip.addEventListener('pointermove', (move) => this.#follow(move), options);
    grip.addEventListener('pointercancel', () => this.cancel(), options);
    grip.addEventListener(
      'lostpointercapture',
      () => {
        ended.abort();
        this.#drop();
      },
      options,
    );
    this.#host.requestUpdate();
  }

  /** A key went down on a row's grip. */
  key(event: KeyboardEvent, id: string, from: number, count: number): void {
    const lift = this.#lift;
    const isGrab = event.key === ' ' || event.key === 'Enter';
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (!isGrab && (lift === undefined || (step === 0 && event.key !== 'Escape'))) return;
    event.preventDefault();
    if (lift === undefined) {
      // The listener sits on the grip.
      const stepPx = stepOf(event.currentTarget as HTMLElement);
      this.#lift = { by: 'keys', id, from, count, to: from, offsetPx: 0, startPx: 0, stepPx };
      this.#events.lifted(id);
    } else if (step !== 0) {
      this.#moveTo(lift, lift.to + step);
      lift.offsetPx = (lift.to - lift.from) * lift.stepPx;
    } else if (isGrab && !event.repeat) this.#drop();
    else if (!isGrab) this.cancel();
    this.#host.requestUpdate();
  }

  /** The focus left a row's grip: what was lifted by keys goes back. */
  leave(id: string): void {
    if (this.#lift?.by === 'keys' && this.#lift.id === id) this.cancel();
  }

  /** Puts the lifted row back; nothing happens when none is lifted. */
  cancel(): void {
    const lift = this.#lift;
    if (lift === undefined) return;
    this.#lift = undefined;
    this.#events.cancelled(lift.id);
    this.#host.requestUpdate();
  }

  #follow(event: PointerEvent): void {
    const lift = this.#lift;
    if (lift === undefined) return;
    if (event.clientY < EDGE_PX) scrollBy(0, -EDGE_PX / 5);
    if (event.clientY > innerHeight - EDGE_PX) scrollBy(0, EDGE_PX / 5);
    lift.offsetPx = event.clientY + scrollY - lift.startPx;
    this.#moveTo(lift, lift.from + Math.round(lift.offsetPx / lift.stepPx));
    this.#host.requestUpdate();
  }

  #moveTo(lift: Lift, to: number): void {
    const place = Math.min(lift.count - 1, Math.max(0, to));
    if (place === lift.to) return;
    lift.to = place;
    this.#events.moved(lift.id, place);
  }

  #drop(): void {
    const lift = this.#lift;
    if (lift === undefined) return;
    this.#lift = undefined;
    if (lift.from !== lift.to) this.#events.dropped(lift.from, lift.to);
    else if (lift.by === 'keys') this.#events.cancelled(lift.id);
    this.#host.requestUpdate();
  }
}

/** The list with the item at `from` moved to `to`. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const rest = items.filter((_, index) => index !== from);
  return [...rest.slice(0, to), ...items.slice(from, from + 1), ...rest.slice(to)];
}

function stepOf(grip: HTMLElement): number {
  const row = grip.closest('li');
  const gap = row?.parentElement ? Number.parseFloat(getComputedStyle(row.parentElement).rowGap) || 0 : 0;
  return (row?.offsetHeight ?? 1) + gap;
}

import type { Dashboard } from '../../contract/domain.ts';
import type { RoomEvent } from '../../contract/messages.ts';
import type { EngineEvents } from '../../engine/engine.ts';
import type { DashboardKey, DashboardSource } from '../dashboard.ts';
import type { Caches } from '../http/handlers.ts';
import type { Hub } from './hub.ts';

type EngineEvent = {
  [Name in keyof EngineEvents]: { readonly name: Name; readonly value: EngineEvents[Name] };
}[keyof EngineEvents];

/** Which parts of the dashboard each event changes. */
const changes: { readonly [Name in keyof EngineEvents]: readonly DashboardKey[] } = {
  clip_added: ['media', 'storage', 'uploads'],
  clip_changed: ['media', 'loop'],
  clip_removed: ['media', 'storage'],
  loop_changed: ['loop', 'playlists'],
  playback_changed: ['playback', 'playbacks'],
  display_changed: ['displays'],
  upload_progress: ['uploads'],
  notice: ['system'],
};
export const engineEvents = Object.keys(changes) as (keyof EngineEvents)[];

/** Parts whose figures change by themselves; they are looked at once a second while somebody watches. */
const FIGURES: readonly DashboardKey[] = ['displays', 'system', 'storage'];
const FIGURES_MS = 1000;

/**
 * Turns what the engine tells into what is told in the rooms, and throws cached answers away at that moment.
 * Changes of one turn of the event loop go out as one dashboard_update, with only what really is another text than before.
 */
export class LiveUpdates implements Disposable {
  readonly #hub: Hub;
  readonly #source: DashboardSource;
  readonly #caches: Caches;
  readonly #told = new Map<DashboardKey, string>();
  readonly #changed = new Set<DashboardKey>();
  readonly #stages = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: { readonly hub: Hub; readonly source: DashboardSource; readonly caches: Caches }) {
    this.#hub = parts.hub;
    this.#source = parts.source;
    this.#caches = parts.caches;
    this.#timer = setInterval(() => this.#lookAtFigures(), FIGURES_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Takes one event of the engine. */
  take(event: EngineEvent): void {
    if (event.name === 'notice') this.#source.keepNotice(event.value);
    const isStep = event.name === 'upload_progress' && this.#isStep(event.value);
    if (isStep) this.#caches.dashboard.invalidate();
    else this.mark(...changes[event.name]);
    const said = sayIn(event);
    if (said) this.#hub.publish(said.room, said.event);
  }

  /** Something of these parts changed. */
  mark(...keys: readonly DashboardKey[]): void {
    this.#caches.dashboard.invalidate();
    if (keys.includes('media')) this.#caches.media.invalidate();
    if (keys.includes('loop')) this.#caches.loop.invalidate();
    this.#tellSoon(keys);
  }

  /** Somebody got the whole state: what the figures were before says nothing of what that one has. */
  forgetFigures(): void {
    for (const key of FIGURES) this.#told.delete(key);
  }

  /** Progress comes many times a second and has its own room; the list of uploads is told when one begins, changes stage or ends. */
  #isStep({ transaction, stage, progress, error }: EngineEvents['upload_progress']): boolean {
    const isStep = this.#stages.get(transaction) === stage && error === null && progress < 100;
    if (error !== null || progress >= 100) this.#stages.delete(transaction);
    else this.#stages.set(transaction, stage);
    return isStep;
  }

  #tellSoon(keys: readonly DashboardKey[]): void {
    if (this.#changed.size === 0) setImmediate(() => this.#flush());
    for (const key of keys) this.#changed.add(key);
  }

  #flush(): void {
    const keys = [...this.#changed];
    this.#changed.clear();
    if (this.#hub.members('dashboard').length === 0) {
      this.#told.clear();
      return;
    }
    const data: Partial<Dashboard> = {};
    for (const key of keys) this.#look(key, data);
    this.#tell(data);
  }

  /** Adds what is new of a part. One that has to be measured first is told alone when it is there, so that nothing waits for it. */
  #look<Key extends DashboardKey>(key: Key, data: Partial<Dashboard>): void {
    const value = this.#source.part(key);
    if (value instanceof Promise) {
      value.then(
        (measured) => this.#tell(this.#ifNew(key, measured)),
        () => {}, // what cannot be measured shows in the answer of GET /api/dashboard
      );
    } else Object.assign(data, this.#ifNew(key, value));
  }

  #ifNew<Key extends DashboardKey>(key: Key, value: Dashboard[Key]): Partial<Dashboard> {
    const text = JSON.stringify(value);
    if (this.#told.get(key) === text) return {};
    this.#told.set(key, text);
    return { [key]: value };
  }

  #tell(data: Partial<Dashboard>): void {
    if (Object.keys(data).length > 0) this.#hub.publish('dashboard', { type: 'dashboard_update', data });
  }

  #lookAtFigures(): void {
    if (this.#hub.members('dashboard').length === 0) return;
    this.#tellSoon(FIGURES);
  }
}

/** The room and words of an event that has some of its own; the others show in dashboard_update alone. */
function sayIn(event: EngineEvent): { readonly room: string; readonly event: RoomEvent } | undefined {
  switch (event.name) {
    case 'clip_added':
      return { room: 'dashboard', event: { type: 'media_uploaded', media: event.value } };
    case 'clip_removed':
      return { room: 'dashboard', event: { type: 'media_deleted', slug: event.value.slug } };
    case 'loop_changed':
      return { room: 'dashboard', event: { type: 'loop_updated', loop: event.value } };
    case 'playback_changed':
      return { room: 'dashboard', event: { type: 'playback_changed', playback: event.value } };
    case 'upload_progress':
      return { room: 'progress', event: { type: 'upload_progress', ...event.value } };
    case 'notice':
      return { room: 'system', event: { type: 'notice', ...event.value } };
    case 'clip_changed':
    case 'display_changed':
      return undefined;
  }
}

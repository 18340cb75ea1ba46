import type { Action } from '../contract/actions.ts';
import type { BodyOf, PlaybackCommand } from '../contract/api.ts';
import type {
  Clip,
  Dashboard,
  Display,
  DisplayStats,
  Loop,
  Playback,
  State,
  Storage,
  Transaction,
} from '../contract/domain.ts';
import { askWell, type Place } from './request.ts';

export interface Health {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly services?: Readonly<Record<string, string>>;
}
export interface Stats {
  readonly displays: Readonly<Record<string, DisplayStats>>;
  readonly process: Readonly<Record<string, unknown>>;
  readonly http: Readonly<Record<string, unknown>>;
}
type Options = { readonly signal?: AbortSignal };
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** LOOP's API, a method a route; in browsers and in Node. Every fault is thrown as the LoopError the server told, or as one of its own. */
export class LoopClient {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  async media(options?: Options): Promise<Clip[]> {
    return (await this.#json<{ media: Clip[] }>('GET', 'api/media', undefined, options)).media;
  }

  async clip(slug: string, options?: Options): Promise<Clip> {
    return (await this.#json<{ media: Clip }>('GET', `api/media/${part(slug)}`, undefined, options)).media;
  }

  async patchClip(slug: string, change: BodyOf<'changeClip'>, options?: Options): Promise<Clip> {
    return (await this.#json<{ media: Clip }>('PATCH', `api/media/${part(slug)}`, change, options)).media;
  }

  async deleteClip(slug: string, options?: Options): Promise<void> {
    await this.#send('DELETE', `api/media/${part(slug)}`, undefined, options);
  }

  /** Plays a clip; resolves once its first frame is on the panel. */
  activate(slug: string, display?: string, options?: Options): Promise<Playback> {
    return this.#playback('POST', `api/media/${part(slug)}/activate`, onDisplay(display), options);
  }

  loop(options?: Options): Promise<Loop> {
    return this.#json('GET', 'api/loop', undefined, options);
  }

  addToLoop(slug: string, addition: Omit<BodyOf<'addToLoop'>, 'slug'> = {}, options?: Options): Promise<Loop> {
    return this.#json('POST', 'api/loop', { slug, ...addition }, options);
  }

  /** `order`: every item of the loop once, by id or slug. @throws LoopError LOOP_CHANGED when `version` is not the loop's any more. */
  orderLoop(order: readonly string[], version: number, options?: Options): Promise<Loop> {
    return this.#json('PUT', 'api/loop', { order, version }, options);
  }

  setLoopCount(itemId: string, loopCount: number, options?: Options): Promise<Loop> {
    return this.#json('PATCH', `api/loop/${part(itemId)}`, { loop_count: loopCount }, options);
  }

  removeFromLoop(idOrSlug: string, options?: Options): Promise<Loop> {
    return this.#json('DELETE', `api/loop/${part(idOrSlug)}`, undefined, options);
  }

  playback(display?: string, options?: Options): Promise<Playback> {
    const query = display === undefined ? '' : `?display=${part(display)}`;
    return this.#playback('GET', `api/playback${query}`, undefined, options);
  }

  changePlayback(change: BodyOf<'changePlayback'>, options?: Options): Promise<Playback> {
    return this.#playback('PUT', 'api/playback', change, options);
  }

  command(command: PlaybackCommand, display?: string, options?: Options): Promise<Playback> {
    return this.#playback('POST', `api/playback/${command}`, onDisplay(display), options);
  }

  async displays(options?: Options): Promise<Display[]> {
    return (await this.#json<{ displays: Display[] }>('GET', 'api/displays', undefined, options)).displays;
  }

  display(id: string, options?: Options): Promise<Display> {
    return this.#json('GET', `api/displays/${part(id)}`, undefined, options);
  }

  changeDisplay(id: string, change: BodyOf<'changeDisplay'>, options?: Options): Promise<Display> {
    return this.#json('PUT', `api/displays/${part(id)}`, change, options);
  }

  /** Shows a picture at once: a PNG, JPEG or GIF by its type, or RGB565 big-endian as application/octet-stream. `seconds` null = until something else is asked for. */
  async showFrame(id: string, picture: Blob, seconds: number | null, options?: Options): Promise<State> {
    const query = seconds === null ? '' : `?seconds=${seconds}`;
    const headers = { 'Content-Type': picture.type || 'application/octet-stream' };
    const path = `api/displays/${part(id)}/frame${query}`;
    const answer = await askWell(this.#place, path, { method: 'POST', headers, body: picture, ...options });
    return (await answer.json()) as State;
  }

  /** The picture on the glass. */
  async frame(id: string, type: 'png' | 'jpg', options?: Options): Promise<Blob> {
    return (await askWell(this.#place, `api/displays/${part(id)}/frame.${type}`, options)).blob();
  }

  action(action: Action, options?: Options): Promise<State> {
    return this.#json('POST', 'api/actions', action, options);
  }

  dashboard(options?: Options): Promise<Dashboard> {
    return this.#json('GET', 'api/dashboard', undefined, options);
  }

  storage(options?: Options): Promise<Storage> {
    return this.#json('GET', 'api/dashboard/storage', undefined, options);
  }

  async uploads(options?: Options): Promise<Transaction[]> {
    return (await this.#json<{ uploads: Transaction[] }>('GET', 'api/uploads', undefined, options)).uploads;
  }

  /** Ends an upload for good: what came in is removed. */
  async cancelUpload(hash: string, options?: Options): Promise<void> {
    await this.#send('DELETE', `api/uploads/${part(hash)}`, undefined, options);
  }

  stats(options?: Options): Promise<Stats> {
    return this.#json('GET', 'api/stats', undefined, options);
  }

  health(options?: Options): Promise<Health> {
    return this.#json('GET', 'api/health', undefined, options);
  }

  socketStatus(options?: Options): Promise<{ clients: number; rooms: Record<string, number> }> {
    return this.#json('GET', 'api/websocket/status', undefined, options);
  }

  async #playback(method: Method, path: string, body: unknown, options?: Options): Promise<Playback> {
    return (await this.#json<{ playback: Playback }>(method, path, body, options)).playback;
  }

  async #json<Answer>(method: Method, path: string, body: unknown, options?: Options): Promise<Answer> {
    return (await (await this.#send(method, path, body, options)).json()) as Answer; // the server's answers have the contract's types
  }

  #send(method: Method, path: string, body: unknown, options?: Options): Promise<Response> {
    const json =
      body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    return askWell(this.#place, path, { method, ...json, ...options });
  }
}

function part(text: string): string {
  return encodeURIComponent(text);
}

function onDisplay(display: string | undefined): object {
  return display === undefined ? {} : { display };
}

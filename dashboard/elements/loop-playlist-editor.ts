import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { Clip, Loop, LoopItem, Playback } from '../../contract/domain.ts';
import { isLoopError } from '../../format/errors.ts';
import type { Session } from '../state/session.ts';
import { icon } from '../style/icons.ts';
import { posterUrl } from '../style/poster-url.ts';
import { sayDuration } from '../style/say.ts';
import { type Changed, LoopElement } from './loop-element.ts';
import { playlistStyle } from './playlist-style.ts';
import { moved, RowLift } from './row-lift.ts';

/**
 * The loop: what plays after what, and how often. Rows are moved with the grip by pointer, or with the grip's own keys: Space lifts,
 * the arrows move, Space drops, Escape puts back; each step is read out. When two people order at once, LOOP's list wins and this is said.
 */
export class LoopPlaylistEditor extends LoopElement {
  static override properties = {
    session: { attribute: false },
    loop: { attribute: false },
    media: { attribute: false },
    playback: { attribute: false },
    isLive: { attribute: false },
    said: { state: true },
  };
  declare session: Session;
  declare loop: Loop;
  declare media: readonly Clip[];
  declare playback: Playback | undefined;
  declare isLive: boolean;
  /** What the live region says. */
  declare protected said: string;
  #posters: ReadonlyMap<string, string> = new Map();
  /** The order that was asked for, shown until LOOP's own list comes. */
  #asked: readonly LoopItem[] | undefined;
  readonly #lift = new RowLift(this, {
    moved: (id, to) => this.#say(`${this.#title(id)}, place ${to + 1} of ${this.#items.length}.`),
    lifted: (id) => this.#say(`${this.#title(id)} lifted. Arrows move it, Space drops it, Escape puts it back.`),
    cancelled: (id) => this.#say(`${this.#title(id)} is back in its place.`),
    dropped: (from, to) => void this.#order(from, to),
  });

  static override styles = [LoopElement.styles, playlistStyle];

  constructor() {
    super();
    this.said = '';
  }

  get #items(): readonly LoopItem[] {
    return this.#asked ?? this.loop.items;
  }

  protected override willUpdate(changed: Changed<this>): void {
    if (changed.has('media')) this.#posters = new Map(this.media.map((clip) => [clip.slug, posterUrl(clip)]));
    if (!changed.has('loop')) return;
    this.#asked = undefined;
    this.#lift.cancel();
  }

  protected view() {
    const items = this.#items;
    const total = items.reduce((sum, item) => sum + item.duration_ms * item.loop_count, 0);
    return html`<header>
        <h2>In the loop</h2>
        <p class="soft">
          ${items.length > 0 ? html`<span class="number">${items.length}</span> · once round ${sayDuration(total)}` : nothing}
        </p>
      </header>
      ${items.length === 0 ? this.#empty() : nothing}
      <ol>
        ${repeat(
          items,
          ({ id }) => id,
          (item, index) => this.#row(item, index),
        )}
      </ol>
      <p class="unseen" id="how">Space lifts this row, the arrow keys move it, Space drops it, Escape puts it back.</p>
      <p class="unseen" aria-live="assertive">${this.said}</p>`;
  }

  #empty() {
    return html`<p class="empty soft">The loop is empty. What you add lands here and plays in this order, round and round.</p>`;
  }

  #row(item: LoopItem, index: number) {
    const isOn = this.playback?.item_id === item.id;
    const look = ['row', isOn ? 'on' : '', this.#lift.isLifted(item.id) ? 'lifted' : ''].join(' ');
    return html`<li class=${look} style=${styleMap(this.#lift.style(item.id, index))}>
      <button
        class="icon-key grip"
        type="button"
        aria-label=${`Move ${item.title}`}
        aria-describedby="how"
        aria-pressed=${this.#lift.isLifted(item.id)}
        ?disabled=${!this.isLive}
        @pointerdown=${(event: PointerEvent) => this.#lift.press(event, item.id, index, this.#items.length)}
        @keydown=${(event: KeyboardEvent) => this.#lift.key(event, item.id, index, this.#items.length)}
        @blur=${() => this.#lift.leave(item.id)}
      >
        ${icon('grip', 22)}
      </button>
      <button class="what" type="button" ?disabled=${!this.isLive} @click=${() => this.#show(item)}>
        <img src=${this.#posters.get(item.slug) ?? item.poster_url} alt="" width="64" height="48" loading="lazy" />
        <span class="words">
          <span class="unseen">Show</span>
          <span class="title">${item.title}</span>
          <span class="soft">${isOn ? this.#onNow() : sayDuration(item.duration_ms)}</span>
        </span>
      </button>
      <label class="times">
        <input
          type="number"
          inputmode="numeric"
          min="1"
          max="1000"
          aria-label=${`Times ${item.title} plays`}
          .value=${live(String(item.loop_count))}
          ?disabled=${!this.isLive}
          @change=${(event: Event & { target: HTMLInputElement }) => this.#count(item, event.target)}
        /><span aria-hidden="true">×</span>
      </label>
      <button
        class="icon-key"
        type="button"
        aria-label=${`Take ${item.title} out of the loop`}
        ?disabled=${!this.isLive}
        @click=${() => this.#remove(item, index)}
      >
        ${icon('out', 22)}
      </button>
    </li>`;
  }

  #onNow() {
    const left = this.playback?.plays_left ?? 1;
    return html`<b>${this.playback?.playing ? 'On now' : 'Paused'}</b>${left > 1 ? ` · ${left} plays left` : ''}`;
  }

  #show(item: LoopItem): void {
    void this.session.attempt(async ({ client }) => {
      await client.action({ action: 'show', clip: item.slug, display: this.playback?.display });
    });
  }

  #count(item: LoopItem, input: HTMLInputElement): void {
    const loopCount = Math.min(1000, Math.max(1, Math.round(input.valueAsNumber) || item.loop_count));
    void this.session.attempt(async ({ client }) => {
      await client.setLoopCount(item.id, loopCount);
    });
    this.requestUpdate();
  }

  #remove(item: LoopItem, position: number): void {
    void this.session.attempt(async ({ client, notices }) => {
      await client.removeFromLoop(item.id);
      const run = () => {
        void this.session.attempt(async () => {
          await client.addToLoop(item.slug, { position, again: true, loop_count: item.loop_count });
        });
      };
      const text = `${item.title} is out of the loop.`;
      notices.tell({ id: `out ${item.id}`, kind: 'info', text, lastsMs: 8000, remedy: { label: 'Undo', run } });
    });
  }

  async #order(from: number, to: number): Promise<void> {
    const items = moved(this.#items, from, to);
    const title = items[to]?.title ?? '';
    this.#asked = items;
    this.requestUpdate();
    this.#say(`${title} dropped at place ${to + 1} of ${items.length}.`);
    void this.updateComplete.then(() => this.renderRoot.querySelectorAll<HTMLElement>('.grip')[to]?.focus());
    const { client, notices } = this.session;
    try {
      await client.orderLoop(
        items.map(({ id }) => id),
        this.loop.version,
      );
    } catch (error) {
      this.#asked = undefined;
      this.requestUpdate();
      if (!isLoopError(error, 'LOOP_CHANGED', 'LOOP_MISMATCH')) {
        await this.session.attempt(() => Promise.reject(error));
        return;
      }
      const text = 'Somebody else changed the loop at the same moment. This is the list as it is now.';
      notices.tell({ id: 'order', kind: 'info', text, lastsMs: 8000 });
      this.#say(text);
    }
  }

  #title(id: string): string {
    return this.#items.find((item) => item.id === id)?.title ?? '';
  }

  #say(text: string): void {
    this.said = text;
  }
}

customElements.define('loop-playlist-editor', LoopPlaylistEditor);

declare global {
  interface HTMLElementTagNameMap {
    'loop-playlist-editor': LoopPlaylistEditor;
  }
}

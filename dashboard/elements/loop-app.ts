import { html, nothing } from 'lit';
import type { Dashboard, Display, LoopItem, Playback } from '../../contract/domain.ts';
import { LiveController } from '../state/live-controller.ts';
import { theme } from '../style/theme.ts';
import { wordmark } from '../style/wordmark.ts';
import type { ClipSettings } from '../uploads/upload-job.ts';
import { appStyle } from './app-style.ts';
import type { LoopDisplayPreview } from './loop-display-preview.ts';
import './loop-clip-details.ts';
import './loop-display-preview.ts';
import './loop-drop-zone.ts';
import { LoopElement } from './loop-element.ts';
import './loop-figures.ts';
import './loop-library.ts';
import './loop-notices.ts';
import './loop-playlist-editor.ts';
import './loop-transport.ts';

const lamps = {
  connecting: ['', 'Connecting'],
  live: ['live', 'Live'],
  gone: ['gone', 'Reconnecting'],
} as const;

/** The whole of LOOP on one page: the device on the wall, what goes into it, and what it does. */
export class LoopApp extends LoopElement {
  static override properties = { displayId: { state: true }, openSlug: { state: true } };
  declare protected displayId: string | undefined;
  declare protected openSlug: string | undefined;
  readonly #live = new LiveController(this);
  /** What new files start with; one object for as long as it says the same. */
  #settings: ClipSettings = { fit: 'contain', quality: 't6', dither: 'none', framerate: 25 };

  static override styles = [theme, LoopElement.styles, appStyle];

  protected override willUpdate(): void {
    const framerate = this.#live.dashboard?.system.framerate ?? this.#settings.framerate;
    if (framerate !== this.#settings.framerate) this.#settings = { ...this.#settings, framerate };
  }

  protected override updated(): void {
    this.#live.watch(this.#display?.id, (picture) => {
      this.renderRoot.querySelector<LoopDisplayPreview>('loop-display-preview')?.show(picture);
    });
    const what = this.#what;
    const title = what === undefined ? 'LOOP' : `${this.#playback?.playing ? '' : 'Paused: '}${what} · LOOP`;
    if (document.title !== title) document.title = title;
  }

  get #display(): Display | undefined {
    const displays = this.#live.dashboard?.displays;
    return displays?.find(({ id }) => id === this.displayId) ?? displays?.[0];
  }

  get #playback(): Playback | undefined {
    const { dashboard } = this.#live;
    return this.#display && (dashboard?.playbacks[this.#display.id] ?? dashboard?.playback);
  }

  get #item(): LoopItem | undefined {
    return this.#live.dashboard?.loop.items.find(({ id }) => id === this.#playback?.item_id);
  }

  /** Title of what is on the glass. */
  get #what(): string | undefined {
    return this.#live.dashboard?.media.find(({ slug }) => slug === this.#playback?.slug)?.title;
  }

  protected view() {
    return html`<div class="page">
      ${this.#top()}
      <div class="left">${this.#device()}</div>
      <main class="right">${this.#work()}</main>
      ${this.#figures()}
    </div>
    ${this.#over()}`;
  }

  #top() {
    const displays = this.#live.dashboard?.displays ?? [];
    const [look, word] = lamps[this.#live.connection];
    return html`<header class="top">
      <h1>${wordmark}</h1>
      <div class="which">
        ${
          displays.length > 1
            ? html`<select
                aria-label="Display"
                @change=${(event: Event & { target: HTMLSelectElement }) => {
                  this.displayId = event.target.value;
                }}
              >
                ${displays.map(({ id, name }) => html`<option value=${id} ?selected=${id === this.#display?.id}>${name}</option>`)}
              </select>`
            : nothing
        }
      </div>
      ${this.#short()}
      <p class="lamp ${look}" role="status"><i></i>${word}</p>
    </header>`;
  }

  /** The two figures that matter, and the way to all of them. */
  #short() {
    const stats = this.#display?.stats;
    if (stats === undefined) return nothing;
    const toFigures = (event: Event) => {
      event.preventDefault();
      const figures = this.renderRoot.querySelector('loop-figures');
      figures?.scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    };
    return html`<a class="short" href="#figures" aria-label="True figures" @click=${toFigures}>
      <span class="number">${Math.round(stats.fps)} fps · ${stats.frames_dropped} dropped</span>
    </a>`;
  }

  #device() {
    const playback = this.#playback;
    return html`<section class="device" aria-label="The display">
      <loop-display-preview
        .display=${this.#display}
        .playback=${playback}
        .what=${this.#what}
        .durationMs=${this.#item?.duration_ms ?? 0}
        .isLive=${this.#live.isLive}
      ></loop-display-preview>
      <div class="plate"><p class="line">${this.#what ?? ''}</p><span>${this.#saysState()}</span></div>
      <loop-transport
        .session=${this.#live.session}
        .display=${this.#display}
        .playback=${playback}
        .isLive=${this.#live.isLive}
      ></loop-transport>
    </section>`;
  }

  #saysState(): string {
    if (!this.#live.isLive || this.#display === undefined || this.#what === undefined) return '';
    if (this.#display.status.state === 'fault') return 'Panel fault';
    return this.#playback?.playing ? 'Playing' : 'Paused';
  }

  /** Before LOOP has answered nothing stands where lists and figures will, so that nothing moves when they come. */
  #figures() {
    const { dashboard } = this.#live;
    if (dashboard === undefined) return nothing;
    const clip = dashboard.media.find(({ slug }) => slug === this.#playback?.slug);
    return html`<loop-figures
      .display=${this.#display}
      .system=${dashboard.system}
      .storage=${dashboard.storage}
      .wantedFps=${clip && clip.type !== 'image' ? clip.fps : undefined}
    ></loop-figures>`;
  }

  #work() {
    const { session, dashboard } = this.#live;
    return html`<loop-drop-zone
        .session=${session}
        .jobs=${session.uploads.jobs}
        .others=${this.#live.others}
        .geometry=${dashboard?.displays[0]}
        .settings=${this.#settings}
      ></loop-drop-zone>
      ${dashboard ? this.#lists(dashboard) : nothing}`;
  }

  #lists({ loop, media }: Dashboard) {
    const { session, isLive } = this.#live;
    return html`<loop-playlist-editor
        .session=${session}
        .loop=${loop}
        .media=${media}
        .playback=${this.#playback}
        .isLive=${isLive}
      ></loop-playlist-editor>
      <loop-library
        .session=${session}
        .media=${media}
        .loop=${loop}
        .playback=${this.#playback}
        .isLive=${isLive}
        @open-clip=${(event: CustomEvent<string>) => {
          this.openSlug = event.detail;
        }}
      ></loop-library>`;
  }

  #over() {
    const { session, dashboard } = this.#live;
    return html`<loop-clip-details
        .session=${session}
        .clip=${dashboard?.media.find(({ slug }) => slug === this.openSlug)}
        .geometry=${dashboard?.displays[0]}
        .settings=${this.#settings}
        @close-clip=${() => {
          this.openSlug = undefined;
        }}
      ></loop-clip-details>
      <loop-notices
        .notices=${session.notices.notices}
        @close-notice=${(event: CustomEvent<string>) => session.notices.take(event.detail)}
      ></loop-notices>`;
  }
}

customElements.define('loop-app', LoopApp);

declare global {
  interface HTMLElementTagNameMap {
    'loop-app': LoopApp;
  }
}

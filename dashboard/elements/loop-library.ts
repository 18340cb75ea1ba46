import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Clip, Loop, Playback } from '../../contract/domain.ts';
import { isLoopError } from '../../format/errors.ts';
import type { Session } from '../state/session.ts';
import { icon } from '../style/icons.ts';
import { posterUrl } from '../style/poster-url.ts';
import { sayDuration } from '../style/say.ts';
import { libraryStyle } from './library-style.ts';
import { LoopElement } from './loop-element.ts';

/** Every clip there is, with its poster: find it, show it now, put it in the loop, open it. Event `open-clip` (detail: slug). */
export class LoopLibrary extends LoopElement {
  static override properties = {
    session: { attribute: false },
    media: { attribute: false },
    loop: { attribute: false },
    playback: { attribute: false },
    isLive: { attribute: false },
    query: { state: true },
    tag: { state: true },
  };
  declare session: Session;
  declare media: readonly Clip[];
  declare loop: Loop;
  declare playback: Playback | undefined;
  declare isLive: boolean;
  declare protected query: string;
  declare protected tag: string | undefined;

  static override styles = [LoopElement.styles, libraryStyle];

  constructor() {
    super();
    this.query = '';
  }

  protected view() {
    const { media } = this;
    const found = media.filter((clip) => this.#matches(clip)).sort((a, b) => b.added_at.localeCompare(a.added_at));
    return html`<header>
        <h2>Library</h2>
        ${media.length > 0 ? html`<p class="soft number">${media.length}</p>` : nothing}
        <label class="search">
          ${icon('search', 20)}
          <input
            class="field"
            type="search"
            aria-label="Search the library"
            placeholder="Search"
            .value=${this.query}
            @input=${(event: Event & { target: HTMLInputElement }) => {
              this.query = event.target.value;
            }}
          />
        </label>
      </header>
      ${this.#tags(media)} ${this.#nothing(media.length, found.length)}
      <ul class="shelf">
        ${repeat(
          found,
          ({ slug }) => slug,
          (clip) => this.#card(clip),
        )}
      </ul>`;
  }

  #tags(media: readonly Clip[]) {
    const tags = [...new Set(media.flatMap((clip) => clip.tags))].sort((a, b) => a.localeCompare(b));
    if (tags.length === 0) return nothing;
    return html`<div class="tags" role="group" aria-label="Show only one tag">
      ${tags.map(
        (tag) => html`<button
          class="tag"
          type="button"
          aria-pressed=${tag === this.tag}
          @click=${() => {
            this.tag = tag === this.tag ? undefined : tag;
          }}
        >
          ${tag}
        </button>`,
      )}
    </div>`;
  }

  /** What stands there instead of clips. */
  #nothing(all: number, found: number) {
    if (found > 0) return nothing;
    const text = all > 0 ? 'Nothing in the library is called that.' : 'Your pictures, GIFs and videos will stand here.';
    return html`<p class="empty soft" role="status">${text}</p>`;
  }

  #card(clip: Clip) {
    const isOn = this.playback?.slug === clip.slug;
    const inLoop = this.loop.items.some(({ slug }) => slug === clip.slug);
    return html`<li class=${isOn ? 'on' : ''}>
      <button class="poster" type="button" aria-label=${`Show ${clip.title} now`} ?disabled=${!this.isLive} @click=${() => this.#show(clip)}>
        <img src=${posterUrl(clip)} alt="" width=${clip.width} height=${clip.height} loading="lazy" />
        <span class="badge">${isOn ? 'On now' : icon('play', 22)}</span>
      </button>
      <p class="title line" title=${clip.title}>${clip.title}</p>
      <div class="foot">
        <p class="soft line">${says[clip.type]}${clip.type === 'image' ? '' : ` · ${sayDuration(clip.duration_ms)}`}</p>
        <button
          class="icon-key"
          type="button"
          aria-pressed=${inLoop}
          aria-label=${inLoop ? `Take ${clip.title} out of the loop` : `Add ${clip.title} to the loop`}
          ?disabled=${!this.isLive}
          @click=${() => (inLoop ? this.#takeOut(clip) : this.#add(clip, false))}
        >
          ${icon(inLoop ? 'check' : 'add', 22)}
        </button>
        <button class="icon-key" type="button" aria-label=${`Open ${clip.title}`} @click=${() => this.#open(clip)}>
          ${icon('more', 22)}
        </button>
      </div>
    </li>`;
  }

  #matches(clip: Clip): boolean {
    if (this.tag !== undefined && !clip.tags.includes(this.tag)) return false;
    const text = plain([clip.title, clip.original_filename, ...clip.tags].join(' '));
    return plain(this.query)
      .split(' ')
      .every((word) => text.includes(word));
  }

  #show(clip: Clip): void {
    void this.session.attempt(async ({ client }) => {
      await client.action({ action: 'show', clip: clip.slug, display: this.playback?.display });
    });
  }

  #add(clip: Clip, again: boolean): void {
    void this.session.attempt(async ({ client, notices }) => {
      try {
        await client.addToLoop(clip.slug, again ? { again } : {});
      } catch (error) {
        if (!isLoopError(error, 'ALREADY_IN_LOOP')) throw error;
        const remedy = { label: 'Add again', run: () => this.#add(clip, true) };
        const text = `${clip.title} is in the loop already.`;
        notices.tell({ id: 'again', kind: 'info', text, lastsMs: 8000, remedy });
      }
    });
  }

  #takeOut(clip: Clip): void {
    void this.session.attempt(async ({ client }) => {
      await client.removeFromLoop(clip.slug);
    });
  }

  #open(clip: Clip): void {
    this.dispatchEvent(new CustomEvent('open-clip', { detail: clip.slug }));
  }
}

const says = { video: 'Video', gif: 'GIF', image: 'Picture' } as const;

/** Small letters without accents, as people type when they search. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

customElements.define('loop-library', LoopLibrary);

declare global {
  interface HTMLElementTagNameMap {
    'loop-library': LoopLibrary;
  }
}

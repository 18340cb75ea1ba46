import { css, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { MediaType } from '../../contract/domain.ts';
import type { Geometry } from '../../format/frame.ts';
import { icon } from '../style/icons.ts';
import type { ClipSettings } from '../uploads/upload-job.ts';
import { type Changed, LoopElement } from './loop-element.ts';
import { openPreview, type PreviewSource, type SettingsPreview } from './settings-preview.ts';

const fits = { contain: 'Whole', cover: 'Fill', stretch: 'Stretch' } as const;
const qualities = { exact: 'Exact', t6: 'Balanced', t8b: 'Small' } as const;
const dithers = { none: 'Plain', bayer: 'Dithered' } as const;

/**
 * Fit, colours, quality and speed beside a picture of what they do to one file. Event `convert-again` (detail: ClipSettings)
 * asks for the clip to be made anew with them; nothing waits for it.
 */
export class LoopPreviewSettings extends LoopElement {
  static override properties = {
    source: { attribute: false },
    type: { attribute: false },
    geometry: { attribute: false },
    settings: { attribute: false },
    chosen: { state: true },
    isBlind: { state: true },
  };
  declare source: PreviewSource | undefined;
  declare type: MediaType | undefined;
  declare geometry: Geometry | undefined;
  /** What the clip has been made with. */
  declare settings: ClipSettings;
  declare protected chosen: ClipSettings | undefined;
  /** Whether this browser cannot show the file. */
  declare protected isBlind: boolean;
  #preview: SettingsPreview | undefined;
  #opened: PreviewSource | undefined;

  static override styles = [
    LoopElement.styles,
    css`
      :host {
        container-type: inline-size;
      }
      .both {
        display: grid;
        gap: 16px;
      }
      @container (min-width: 560px) {
        .both {
          grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        }
      }
      .glass {
        position: relative;
        align-self: start;
        border-radius: 10px;
        background: var(--glass);
        overflow: hidden;
        box-shadow: 0 0 0 3px var(--case-edge);
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
      }
      .glass p {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        padding: 12%;
        color: var(--glass-ink);
        text-align: center;
        font-size: 0.875rem;
      }
      form {
        display: grid;
        align-content: start;
        gap: 10px;
      }
      .name {
        display: block;
        margin-bottom: 4px;
        font-size: 0.8125rem;
        color: var(--ink-soft);
      }
      .choices label {
        flex: 1 1 0;
        padding: 0 6px;
        font-size: 0.9375rem;
      }
      fieldset {
        border: 0;
        margin: 0;
        padding: 0;
        min-width: 0;
      }
    `,
  ];

  constructor() {
    super();
    this.isBlind = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
  }

  protected override willUpdate(changed: Changed<this>): void {
    if (changed.has('settings')) this.chosen = this.settings;
  }

  protected override updated(): void {
    if (this.source !== this.#opened) void this.#open(this.source);
    if (this.geometry && this.chosen) this.#preview?.show(this.geometry, this.chosen);
  }

  protected view() {
    const { width, height } = this.geometry ?? { width: 4, height: 3 };
    const { fit, quality, dither, framerate } = this.chosen ?? this.settings;
    const rates = [...new Set([10, 15, this.settings.framerate, 25, 30])].sort((a, b) => a - b);
    return html`<div class="both">
      <div class="glass" style=${styleMap({ aspectRatio: `${width} / ${height}` })}>
        <canvas role="img" aria-label="How the clip will look"></canvas>
        ${this.isBlind ? html`<p>This browser cannot show the file. LOOP converts it all the same.</p>` : nothing}
      </div>
      <form @submit=${this.#submit}>
        ${this.#choice('Fit', 'fit', fits, fit)} ${this.#choice('Quality', 'quality', qualities, quality)}
        ${this.#choice('Colours', 'dither', dithers, dither)}
        ${
          this.type === 'video'
            ? this.#choice(
                'Frames a second',
                'framerate',
                Object.fromEntries(rates.map((n) => [n, String(n)])),
                framerate,
              )
            : nothing
        }
        <button class="key main" type="submit">${icon('again', 20)} Convert again</button>
      </form>
    </div>`;
  }

  #choice(name: string, key: keyof ClipSettings, words: Readonly<Record<string, string>>, value: string | number) {
    const option = ([word, text]: [string, string]) => html`<label>
      <input type="radio" name=${key} .checked=${live(word === String(value))} @change=${() => this.#choose(key, word)} />
      ${text}
    </label>`;
    return html`<fieldset>
      <legend class="name">${name}</legend>
      <div class="choices">${Object.entries(words).map(option)}</div>
    </fieldset>`;
  }

  #choose(key: keyof ClipSettings, word: string): void {
    this.chosen = { ...(this.chosen ?? this.settings), [key]: key === 'framerate' ? Number(word) : word };
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    this.dispatchEvent(new CustomEvent('convert-again', { detail: this.chosen ?? this.settings }));
  }

  async #open(source: PreviewSource | undefined): Promise<void> {
    this.#close();
    this.#opened = source;
    const canvas = this.renderRoot.querySelector('canvas');
    if (source === undefined || canvas === null) return;
    const preview = await openPreview(source, canvas);
    if (this.#opened !== source) return preview?.[Symbol.dispose]();
    this.#preview = preview;
    this.isBlind = preview === undefined;
    this.requestUpdate();
  }

  #close(): void {
    this.#preview?.[Symbol.dispose]();
    this.#preview = undefined;
    this.#opened = undefined;
  }
}

customElements.define('loop-preview-settings', LoopPreviewSettings);

declare global {
  interface HTMLElementTagNameMap {
    'loop-preview-settings': LoopPreviewSettings;
  }
}

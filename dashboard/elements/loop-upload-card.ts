import { css, html, nothing } from 'lit';
import { styleMap } from 'lit/directives/style-map.js';
import type { Geometry } from '../../format/frame.ts';
import type { Session } from '../state/session.ts';
import { icon } from '../style/icons.ts';
import { posterUrl } from '../style/poster-url.ts';
import { sayBytes } from '../style/say.ts';
import type { ClipSettings, Stage, UploadJob, UploadState } from '../uploads/upload-job.ts';
import { LoopElement } from './loop-element.ts';
import './loop-preview-settings.ts';
import { PicturePainter } from './picture-painter.ts';

const stages: Record<Stage, string> = {
  resizing: 'Reading',
  converting: 'Converting',
  uploading: 'Uploading',
  finalizing: 'Checking and storing',
};

/** One file on its way: one bar through all four stages, cancel, try again, and the settings beside its preview. */
export class LoopUploadCard extends LoopElement {
  static override properties = {
    session: { attribute: false },
    job: { attribute: false },
    geometry: { attribute: false },
    isOpen: { state: true },
  };
  declare session: Session;
  declare job: UploadJob;
  declare geometry: Geometry | undefined;
  declare protected isOpen: boolean;
  #painter: PicturePainter | undefined;

  static override styles = [
    LoopElement.styles,
    css`
      :host {
        border-radius: var(--round);
        background: var(--paper);
        box-shadow: inset 0 0 0 1px var(--line);
      }
      .card {
        display: grid;
        grid-template-columns: 72px minmax(0, 1fr) auto;
        align-items: center;
        gap: 0 12px;
        padding: 8px 6px 8px 8px;
      }
      .thumb {
        width: 72px;
        height: 54px;
        border-radius: 8px;
        background: var(--glass);
        object-fit: contain;
      }
      .name {
        font-weight: 550;
      }
      .state {
        min-height: 1.3em;
        font-size: 0.875rem;
        color: var(--ink-soft);
        overflow-wrap: anywhere;
      }
      .failed .state {
        color: var(--bad);
      }
      .bar {
        height: 8px;
        margin-top: 6px;
        border-radius: 4px;
        background: var(--sunk);
        overflow: hidden;
      }
      .bar span {
        display: block;
        width: 100%;
        height: 100%;
        border-radius: 4px;
        background: var(--marigold);
        transform-origin: left;
        transition: transform 0.2s;
      }
      .done .bar span {
        background: var(--good);
      }
      .ask {
        position: relative;
        grid-column: 1 / -1;
        justify-self: start;
        margin: 8px 0 2px;
      }
      .ask input {
        position: absolute;
        inset: 0;
        opacity: 0;
        cursor: pointer;
      }
      .ask:has(:focus-visible) {
        outline: 3px solid var(--focus);
      }
      .buttons {
        display: flex;
      }
      .settings {
        padding: 10px 12px 12px;
      }
    `,
  ];

  constructor() {
    super();
    this.isOpen = false;
  }

  protected override updated(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>('canvas.thumb');
    if (canvas === null || this.job.preview === undefined) return;
    if (this.#painter?.canvas !== canvas) this.#painter = new PicturePainter(canvas);
    this.#painter.paint(this.job.preview);
  }

  protected view() {
    const { job } = this;
    return html`<div class="card ${job.state.kind}">
        ${
          job.state.kind === 'done'
            ? html`<img class="thumb" alt="" src=${posterUrl(job.state.clip)} />`
            : html`<canvas class="thumb" aria-hidden="true"></canvas>`
        }
        <div>
          <p class="name line">${job.filename}</p>
          <p class="state">${this.#says()}</p>
          ${this.#bar(job.state)}
        </div>
        <div class="buttons">${this.#buttons(job.state)}</div>
        ${job.state.kind === 'asking' ? this.#ask() : nothing}
      </div>
      ${this.isOpen ? this.#settings() : nothing}`;
  }

  #says(): string {
    const { state, plan, sizeBytes } = this.job;
    switch (state.kind) {
      case 'waiting':
        return `Waits for its turn · ${sayBytes(sizeBytes)}`;
      case 'working':
        return [`${stages[state.stage]} · ${Math.floor(state.percent)} %`, ...this.#foretold()].join(' · ');
      case 'asking':
        return 'Was interrupted. Choose the same file to go on where it stopped.';
      case 'failed':
        return state.message;
      case 'done':
        return plan?.way === 'server' ? 'In the library · converted by LOOP' : 'In the library';
    }
  }

  /** What the plan says to people before it is true. */
  #foretold(): string[] {
    const { plan } = this.job;
    if (plan?.way !== 'server') return [];
    return [plan.estimateSeconds === null ? plan.why : `${plan.why} About ${Math.ceil(plan.estimateSeconds)} s.`];
  }

  #bar(state: UploadState) {
    const percent = state.kind === 'done' ? 100 : state.kind === 'working' ? state.percent : 0;
    if (state.kind === 'failed' || state.kind === 'asking') return nothing;
    return html`<div
      class="bar"
      role="progressbar"
      aria-label=${this.job.filename}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${Math.floor(percent)}
      aria-valuetext=${this.#says()}
    >
      <span style=${styleMap({ transform: `scaleX(${percent / 100})` })}></span>
    </div>`;
  }

  #buttons(state: UploadState) {
    const { id, filename, file } = this.job;
    const { uploads } = this.session;
    const isOver = state.kind === 'done' || state.kind === 'failed';
    return html`${
      state.kind === 'failed'
        ? html`<button class="icon-key" type="button" aria-label=${`Try ${filename} again`} @click=${() => uploads.again(id)}>
            ${icon('again', 22)}
          </button>`
        : nothing
    }
    ${
      file && state.kind !== 'asking'
        ? html`<button
            class="icon-key"
            type="button"
            aria-label=${`Settings of ${filename}`}
            aria-expanded=${this.isOpen}
            @click=${() => {
              this.isOpen = !this.isOpen;
            }}
          >
            ${icon('more', 22)}
          </button>`
        : nothing
    }
      <button
        class="icon-key"
        type="button"
        aria-label=${isOver ? `Close ${filename}` : `Cancel ${filename}`}
        @click=${() => uploads.remove(id)}
      >
        ${icon('remove', 22)}
      </button>`;
  }

  #ask() {
    return html`<label class="key ask">
      ${icon('picture', 20)} Choose ${this.job.filename}
      <input
        type="file"
        aria-label=${`Choose ${this.job.filename} again`}
        @change=${(event: Event & { target: HTMLInputElement }) => {
          const file = event.target.files?.[0];
          if (file) this.session.uploads.give(this.job.id, file);
        }}
      />
    </label>`;
  }

  #settings() {
    return html`<loop-preview-settings
      class="settings"
      .source=${this.job.file}
      .type=${this.job.plan?.type}
      .geometry=${this.geometry}
      .settings=${this.job.settings}
      @convert-again=${(event: CustomEvent<ClipSettings>) => this.session.uploads.again(this.job.id, event.detail)}
    ></loop-preview-settings>`;
  }
}

customElements.define('loop-upload-card', LoopUploadCard);

declare global {
  interface HTMLElementTagNameMap {
    'loop-upload-card': LoopUploadCard;
  }
}

import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { Transaction } from '../../contract/domain.ts';
import type { Geometry } from '../../format/frame.ts';
import type { Session } from '../state/session.ts';
import { icon } from '../style/icons.ts';
import type { ClipSettings, UploadJob } from '../uploads/upload-job.ts';
import { LoopElement } from './loop-element.ts';
import './loop-upload-card.ts';

/** What the picker offers. Phones offer camera and camera roll for these; the endings are for systems that do not know the types. */
const ACCEPT = 'image/*,video/*,.mp4,.mov,.m4v,.mkv,.webm,.avi,.gif,.webp,.apng,.png,.jpg,.jpeg';

/** Where files come in: dropped anywhere on the page, pasted, or chosen. They start at once with the defaults. */
export class LoopDropZone extends LoopElement {
  static override properties = {
    session: { attribute: false },
    jobs: { attribute: false },
    others: { attribute: false },
    geometry: { attribute: false },
    settings: { attribute: false },
    isOver: { state: true },
  };
  declare session: Session;
  declare jobs: readonly UploadJob[];
  /** What other browsers and programs bring in at this moment. */
  declare others: readonly Transaction[];
  declare geometry: Geometry | undefined;
  /** The defaults new files start with. */
  declare settings: ClipSettings;
  declare protected isOver: boolean;
  #gone: AbortController | undefined;

  static override styles = [
    LoopElement.styles,
    css`
      .zone {
        position: relative;
        display: flex;
        align-items: center;
        gap: 16px;
        min-height: 96px;
        padding: 14px 20px;
        border: 2px dashed var(--line);
        border-radius: 20px;
        cursor: pointer;
        transition: border-color 0.15s, background 0.15s;
      }
      .zone:hover,
      .zone.over {
        border-color: var(--ink-soft);
        background: var(--paper);
      }
      .zone.over {
        border-color: var(--marigold);
        border-style: solid;
      }
      .zone:has(:focus-visible) {
        outline: 3px solid var(--focus);
        outline-offset: 2px;
      }
      .zone input {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        opacity: 0;
        cursor: pointer;
      }
      .plus {
        flex: none;
        display: grid;
        place-content: center;
        width: 56px;
        height: 56px;
        border-radius: 18px;
        background: var(--marigold);
        color: var(--on-marigold);
        box-shadow: 0 4px 0 var(--marigold-edge);
      }
      b {
        display: block;
        font-size: 1.125rem;
        font-weight: 650;
      }
      ul {
        display: grid;
        gap: 8px;
      }
      ul:has(li) {
        margin-top: 12px;
      }
      .other {
        display: grid;
        gap: 6px;
        padding: 10px 14px;
        border-radius: var(--round);
        box-shadow: inset 0 0 0 1px var(--line);
        font-size: 0.875rem;
        color: var(--ink-soft);
      }
      .bar {
        height: 4px;
        border-radius: 2px;
        background: var(--sunk);
        overflow: hidden;
      }
      .bar span {
        display: block;
        height: 100%;
        background: var(--ink-soft);
        transform-origin: left;
        transition: transform 0.2s;
      }
    `,
  ];

  constructor() {
    super();
    this.jobs = [];
    this.others = [];
    this.isOver = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#gone = new AbortController();
    const options = { signal: this.#gone.signal };
    window.addEventListener('dragover', (event) => this.#over(event), options);
    window.addEventListener('dragleave', (event) => this.#leave(event), options);
    window.addEventListener('drop', (event) => this.#take(event, event.dataTransfer?.files), options);
    window.addEventListener('paste', (event) => this.#take(event, event.clipboardData?.files), options);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#gone?.abort();
  }

  protected view() {
    return html`<label class="zone ${this.isOver ? 'over' : ''}">
        <span class="plus">${icon('add', 28)}</span>
        <span>
          <b>${this.isOver ? 'Let go, and it begins' : 'Add pictures and videos'}</b>
          <span class="soft">Choose, drop or paste. GIF, video, WebP, PNG, JPEG.</span>
        </span>
        <input
          type="file"
          multiple
          accept=${ACCEPT}
          aria-label="Add pictures and videos"
          @change=${(event: Event & { target: HTMLInputElement }) => {
            this.#add(event.target.files);
            event.target.value = '';
          }}
        />
      </label>
      <ul aria-label="Files on their way">
        ${repeat(
          this.jobs,
          ({ id }) => id,
          (job) => html`<li>
            <loop-upload-card .session=${this.session} .job=${job} .geometry=${this.geometry}></loop-upload-card>
          </li>`,
        )}
        ${this.others.map(
          (other) => html`<li class="other">
            <span class="line">${other.error ? `${other.filename}: ${other.error.message}` : `${other.filename} comes in from elsewhere`}</span>
            ${
              other.error
                ? nothing
                : html`<span class="bar"><span style=${styleMap({ transform: `scaleX(${other.progress / 100})` })}></span></span>`
            }
          </li>`,
        )}
      </ul>`;
  }

  #over(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.isOver = true;
  }

  /** Without a related target the pointer has left the window. */
  #leave(event: DragEvent): void {
    if (event.relatedTarget === null) this.isOver = false;
  }

  #take(event: Event, files: FileList | undefined): void {
    this.isOver = false;
    if (files === undefined || files.length === 0) return;
    event.preventDefault();
    this.#add(files);
  }

  #add(files: FileList | null): void {
    if (files) this.session.uploads.add(files, this.settings);
  }
}

customElements.define('loop-drop-zone', LoopDropZone);

declare global {
  interface HTMLElementTagNameMap {
    'loop-drop-zone': LoopDropZone;
  }
}

import { html, nothing } from 'lit';
import type { Clip } from '../../contract/domain.ts';
import type { Geometry } from '../../format/frame.ts';
import type { Session } from '../state/session.ts';
import { icon } from '../style/icons.ts';
import { sayBytes, sayDuration } from '../style/say.ts';
import type { ClipSettings } from '../uploads/upload-job.ts';
import { clipDetailsStyle } from './clip-details-style.ts';
import { type Changed, LoopElement } from './loop-element.ts';
import './loop-preview-settings.ts';
import type { PreviewSource } from './settings-preview.ts';

/** One clip: what it was made from, its name and tags, how it is fitted, and the way out. Event `close-clip` when it is closed. */
export class LoopClipDetails extends LoopElement {
  static override properties = {
    session: { attribute: false },
    clip: { attribute: false },
    geometry: { attribute: false },
    settings: { attribute: false },
    isSure: { state: true },
  };
  declare session: Session;
  /** The clip that is open; undefined closes the dialog. */
  declare clip: Clip | undefined;
  declare geometry: Geometry | undefined;
  declare settings: ClipSettings;
  /** Whether delete was pressed once. */
  declare protected isSure: boolean;
  #original: PreviewSource | undefined;

  static override styles = [LoopElement.styles, clipDetailsStyle];

  constructor() {
    super();
    this.isSure = false;
  }

  protected override willUpdate(changed: Changed<this>): void {
    const before = changed.get('clip');
    if (!changed.has('clip') || before?.slug === this.clip?.slug) return;
    this.isSure = false;
    this.#original = this.clip && { url: this.clip.original_url, isVideo: this.clip.type === 'video' };
  }

  protected override updated(): void {
    const dialog = this.renderRoot.querySelector('dialog');
    if (this.clip && dialog && !dialog.open) dialog.showModal();
    if (!this.clip && dialog?.open) dialog.close();
  }

  protected view() {
    return html`<dialog aria-labelledby="title" @close=${this.#closed} @click=${this.#outside}>
      ${this.clip ? this.#card(this.clip) : nothing}
    </dialog>`;
  }

  #card(clip: Clip) {
    return html`<div class="card">
      <header>
        <h2 id="title" class="line">${clip.title}</h2>
        <button class="icon-key" type="button" aria-label="Close" @click=${this.#close}>${icon('remove')}</button>
      </header>
      <loop-preview-settings
        .source=${this.#original}
        .type=${clip.type}
        .geometry=${this.geometry}
        .settings=${this.settings}
        @convert-again=${(event: CustomEvent<ClipSettings>) => this.#convert(clip, event.detail)}
      ></loop-preview-settings>
      <form @submit=${this.#save}>
        <label><span class="name">Title</span><input class="field" name="title" required maxlength="300" .value=${clip.title} /></label>
        <label>
          <span class="name">Tags, with commas between</span>
          <input class="field" name="tags" .value=${clip.tags.join(', ')} />
        </label>
        <button class="key" type="submit">${icon('check', 20)} Save</button>
      </form>
      ${this.#facts(clip)}
      <footer>
        <a class="key" href=${clip.original_url} download=${clip.original_filename}>${icon('save', 20)} Original</a>
        <a class="key" href=${clip.clip_url} download=${`${clip.slug}.loop`}>${icon('save', 20)} Clip</a>
        ${this.#delete(clip)}
      </footer>
    </div>`;
  }

  #facts(clip: Clip) {
    const rows: [string, string][] = [
      ['From', `${clip.original_filename}, ${sayBytes(clip.original_size_bytes)}`],
      ['Clip', `${clip.width} × ${clip.height}, ${sayBytes(clip.size_bytes)}`],
      ['Frames', clip.type === 'image' ? '1' : `${clip.frame_count} in ${sayDuration(clip.duration_ms)}`],
      ['Shown', `${clip.plays} ${clip.plays === 1 ? 'time' : 'times'}`],
      ['Added', new Date(clip.added_at).toLocaleString()],
    ];
    return html`<dl>${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
  }

  #delete(clip: Clip) {
    if (!this.isSure)
      return html`<button
        class="key bad last"
        type="button"
        @click=${() => {
          this.isSure = true;
        }}
      >
        ${icon('bin', 20)} Delete
      </button>`;
    return html`<div class="sure last" role="alert">
      <span>Delete clip and original for good?</span>
      <button
        class="key"
        type="button"
        @click=${() => {
          this.isSure = false;
        }}
      >
        Keep
      </button>
      <button class="key bad" type="button" @click=${() => this.#remove(clip)}>${icon('bin', 20)} Delete for good</button>
    </div>`;
  }

  #convert(clip: Clip, settings: ClipSettings): void {
    this.#close();
    void this.session.attempt(async ({ uploads }) => {
      const answer = await fetch(clip.original_url);
      if (!answer.ok)
        throw new Error(`LOOP has not kept the original of ${clip.title}. Add the file again to convert it anew.`);
      uploads.add([new File([await answer.blob()], clip.original_filename)], settings);
    });
  }

  #save(event: SubmitEvent & { currentTarget: HTMLFormElement }): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const slug = this.clip?.slug;
    const title = String(form.get('title')).trim();
    const tags = String(form.get('tags'))
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
    if (slug === undefined || title === '') return;
    void this.session.attempt(async ({ client, notices }) => {
      await client.patchClip(slug, { title, tags: [...new Set(tags)] });
      notices.tell({ id: 'saved', kind: 'good', text: `${title} is saved.`, lastsMs: 3000 });
      this.#close();
    });
  }

  #remove(clip: Clip): void {
    void this.session.attempt(async ({ client, notices }) => {
      await client.deleteClip(clip.slug);
      notices.tell({ id: 'deleted', kind: 'info', text: `${clip.title} is deleted.`, lastsMs: 4000 });
      this.#close();
    });
  }

  /** A press beside the card hits the dialog itself. */
  #outside(event: MouseEvent): void {
    if (event.target === event.currentTarget) this.#close();
  }

  #close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }

  #closed(): void {
    this.dispatchEvent(new CustomEvent('close-clip'));
  }
}

customElements.define('loop-clip-details', LoopClipDetails);

declare global {
  interface HTMLElementTagNameMap {
    'loop-clip-details': LoopClipDetails;
  }
}

import { type CSSResultGroup, html, LitElement, type PropertyValues } from 'lit';
import { controls } from '../style/controls.ts';
import { icon } from '../style/icons.ts';

/** Milliseconds until the first and at most until any later retry of an element that failed to draw. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

/**
 * The base of every element, and its error boundary: an element whose `view` throws shows a short notice in its own place,
 * tries again by itself (1 s, then twice as long each time, at most 30 s) or by its button, and no other element notices.
 */
export abstract class LoopElement extends LitElement {
  static override styles: CSSResultGroup = controls;
  #fault: unknown;
  #retries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** What the element shows; may throw. */
  protected abstract view(): unknown;

  protected override render(): unknown {
    return this.#fault === undefined ? this.view() : this.#faultView();
  }

  protected override performUpdate(): void {
    try {
      super.performUpdate();
      if (this.#fault === undefined) this.#retries = 0;
    } catch (error) {
      this.#fail(error);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#retry);
    this.#fault = undefined;
  }

  #fail(error: unknown): void {
    console.error(`<${this.localName}> could not be drawn`, error);
    this.#fault = error ?? new Error('unknown');
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#again(), Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#retries));
    this.#retries += 1;
    queueMicrotask(() => this.requestUpdate());
  }

  #again(): void {
    clearTimeout(this.#retry);
    this.#fault = undefined;
    this.requestUpdate();
  }

  #faultView() {
    return html`<p role="alert" class="soft">This part of the page failed and is tried again by itself.</p>
      <button class="key" type="button" @click=${() => this.#again()}>${icon('again', 20)} Try now</button>`;
  }
}

/** Which properties changed in this update, as Lit hands them to `willUpdate`. */
export type Changed<Element> = PropertyValues<Element>;

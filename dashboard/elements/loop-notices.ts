import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Notice } from '../state/notice-board.ts';
import { icon } from '../style/icons.ts';
import { LoopElement } from './loop-element.ts';

/** What LOOP has to say, over the foot of the page so that nothing moves; read out by screen readers as it comes. */
export class LoopNotices extends LoopElement {
  static override properties = { notices: { attribute: false } };
  declare notices: readonly Notice[];

  static override styles = [
    LoopElement.styles,
    css`
      :host {
        position: fixed;
        z-index: 10;
        inset: auto 0 max(12px, env(safe-area-inset-bottom)) 0;
        display: flex;
        justify-content: center;
        padding: 0 12px;
        pointer-events: none;
      }
      ul {
        display: grid;
        gap: 8px;
        width: min(560px, 100%);
      }
      li {
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 52px;
        padding: 4px 4px 4px 14px;
        border-radius: var(--round);
        background: var(--ink);
        color: var(--wall);
        box-shadow: 0 6px 20px var(--shadow);
        pointer-events: auto;
      }
      .bad {
        background: var(--bad-ground);
        color: var(--ink);
        box-shadow: inset 0 0 0 1px var(--bad), 0 6px 20px var(--shadow);
      }
      .bad > svg {
        color: var(--bad);
      }
      p {
        flex: 1;
        padding: 6px 0;
        font-size: 0.9375rem;
        overflow-wrap: anywhere;
      }
      .remedy {
        min-height: var(--touch);
        padding: 0 12px;
        border: 0;
        background: none;
        font-weight: 650;
        text-decoration: underline;
        text-underline-offset: 3px;
        cursor: pointer;
      }
      li .icon-key,
      li .icon-key:hover {
        background: none;
        color: inherit;
      }
    `,
  ];

  constructor() {
    super();
    this.notices = [];
  }

  protected view() {
    return html`<ul role="status" aria-live="polite">
      ${repeat(
        this.notices,
        ({ id }) => id,
        (notice) => html`<li class=${notice.kind}>
          ${icon(notice.kind === 'bad' ? 'warn' : notice.kind === 'good' ? 'check' : 'loopAll', 22)}
          <p>${notice.text}</p>
          ${this.#remedy(notice)}
          <button class="icon-key" type="button" aria-label="Close this notice" @click=${() => this.#close(notice)}>
            ${icon('remove', 20)}
          </button>
        </li>`,
      )}
    </ul>`;
  }

  #remedy({ id, remedy }: Notice) {
    if (remedy === undefined) return nothing;
    const run = () => {
      remedy.run();
      this.#close({ id });
    };
    return html`<button class="remedy" type="button" @click=${run}>${remedy.label}</button>`;
  }

  #close({ id }: { id: string }): void {
    this.dispatchEvent(new CustomEvent('close-notice', { detail: id }));
  }
}

customElements.define('loop-notices', LoopNotices);

declare global {
  interface HTMLElementTagNameMap {
    'loop-notices': LoopNotices;
  }
}

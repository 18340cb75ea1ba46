import { css, html, nothing } from 'lit';
import { icon } from '../style/icons.ts';
import { theme } from '../style/theme.ts';
import { wordmark } from '../style/wordmark.ts';
import { type BrowserFact, browserFacts } from './browser-facts.ts';
import { LoopElement } from './loop-element.ts';

/** The page `/diagnostics`: what this browser, on this address, can do for LOOP. Every line was tried when the page opened. */
export class LoopDiagnostics extends LoopElement {
  static override properties = { facts: { state: true } };
  declare protected facts: readonly BrowserFact[] | undefined;

  static override styles = [
    theme,
    LoopElement.styles,
    css`
      :host {
        max-width: 760px;
        margin: 0 auto;
        padding: 20px max(20px, env(safe-area-inset-right)) 60px max(20px, env(safe-area-inset-left));
      }
      a {
        display: inline-flex;
        align-items: center;
        min-height: var(--touch);
        color: inherit;
      }
      h1 {
        margin: 12px 0 4px;
        font-size: 1.625rem;
        letter-spacing: -0.02em;
      }
      ul {
        margin-top: 20px;
        border-radius: var(--round);
        background: var(--paper);
        box-shadow: inset 0 0 0 1px var(--line);
      }
      li {
        display: grid;
        grid-template-columns: 24px minmax(0, 1fr);
        gap: 2px 12px;
        padding: 12px 16px;
      }
      li + li {
        border-top: 1px solid var(--line);
      }
      .agent {
        margin-top: 16px;
      }
      .yes > svg {
        color: var(--good);
      }
      .no > svg {
        color: var(--bad);
      }
      li .soft {
        grid-column: 2;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    void browserFacts().then((facts) => {
      this.facts = facts;
    });
  }

  protected view() {
    return html`<a href="./" aria-label="LOOP, back to the page">${wordmark}</a>
      <h1>What this browser can do</h1>
      <p class="soft">Tried just now, at ${location.origin}. Nothing of it leaves this page.</p>
      ${
        this.facts
          ? html`<ul>
              ${this.facts.map(
                ({ name, isTrue, means }) => html`<li class=${isTrue ? 'yes' : 'no'}>
                  ${icon(isTrue ? 'check' : 'remove', 22)}
                  <p><b>${name}</b><span class="unseen">: ${isTrue ? 'yes' : 'no'}</span></p>
                  <p class="soft">${means}</p>
                </li>`,
              )}
            </ul>`
          : nothing
      }
      <p class="soft agent">${navigator.userAgent}</p>`;
  }
}

customElements.define('loop-diagnostics', LoopDiagnostics);

declare global {
  interface HTMLElementTagNameMap {
    'loop-diagnostics': LoopDiagnostics;
  }
}

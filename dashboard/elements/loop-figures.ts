import { css, html, nothing } from 'lit';
import type { Display, Storage, System } from '../../contract/domain.ts';
import { icon } from '../style/icons.ts';
import { sayBytes, sayHertz } from '../style/say.ts';
import { LoopElement } from './loop-element.ts';

/** What people otherwise guess: measured figures of the panel, the bus and the machine, and what to do about them. */
export class LoopFigures extends LoopElement {
  static override properties = {
    display: { attribute: false },
    system: { attribute: false },
    storage: { attribute: false },
    wantedFps: { attribute: false },
  };
  declare display: Display | undefined;
  declare system: System | undefined;
  declare storage: Storage | undefined;
  /** Frames a second that the clip on the panel has; undefined for a picture or nothing. */
  declare wantedFps: number | undefined;

  static override styles = [
    LoopElement.styles,
    css`
      dl {
        display: grid;
        grid-template-columns: repeat(5, 1fr);
        gap: 1px;
        margin-top: 12px;
        border-radius: var(--round);
        background: var(--line);
        overflow: hidden;
        box-shadow: 0 0 0 1px var(--line);
      }
      div {
        min-height: 66px;
        padding: 10px 14px;
        background: var(--paper);
      }
      dt {
        color: var(--ink-soft);
        font-size: 0.8125rem;
      }
      dd {
        font-family: var(--numbers);
        font-variant-numeric: tabular-nums;
      }
      @media (max-width: 799px) {
        dl {
          grid-template-columns: repeat(2, 1fr);
        }
      }
      .advice {
        display: flex;
        gap: 10px;
        margin-top: 12px;
        padding: 12px 14px;
        border-radius: var(--round);
        background: var(--bad-ground);
        font-size: 0.9375rem;
      }
      .advice svg {
        color: var(--bad);
      }
      .more {
        margin-top: 10px;
      }
      a {
        display: inline-flex;
        align-items: center;
        min-height: var(--touch);
        color: inherit;
        text-underline-offset: 3px;
      }
    `,
  ];

  protected view() {
    const { display, system, storage } = this;
    const stats = display?.stats;
    const real = stats?.bus_hz_real ?? null;
    return html`<h2>True figures</h2>
      <dl>
        ${figure('Frames a second', stats && `${oneDigit(stats.fps)}${this.wantedFps ? ` of ${oneDigit(this.wantedFps)}` : ''}`)}
        ${figure('Shown', stats && count(stats.frames_shown))}
        ${figure('Late · dropped', stats && `${count(stats.frames_late)} · ${count(stats.frames_dropped)}`)}
        ${figure('Bus asked', stats && sayHertz(stats.bus_hz_asked))}
        ${figure('Bus measured', stats && (real === null ? 'takes no time' : sayHertz(real)))}
        ${figure('Bus load', stats && `${Math.round(stats.bus_load * 100)} %`)}
        ${figure('Bad chunks · re-inits', stats && `${count(stats.bad_chunks)} · ${count(stats.recoveries)}`)}
        ${figure('Processor', system && `${Math.round(system.cpu_percent)} %`)}
        ${figure('Memory', system && sayBytes(system.rss_bytes))}
        ${figure('Free for clips', storage && sayBytes(storage.free_bytes))}
      </dl>
      ${stats?.advice ? html`<p class="advice">${icon('warn', 22)} <span>${stats.advice}</span></p>` : nothing}
      <p class="more soft">
        ${display ? html`${display.panel.toUpperCase()}, ${display.width} × ${display.height}, ${display.bus} · ` : nothing}LOOP
        ${system?.version ?? ''} · <a href="diagnostics">This browser</a>
      </p>`;
  }
}

function figure(name: string, value: string | undefined) {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value ?? '–'}</dd>
  </div>`;
}

function oneDigit(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function count(value: number): string {
  return value.toLocaleString('en').replaceAll(',', ' ');
}

customElements.define('loop-figures', LoopFigures);

declare global {
  interface HTMLElementTagNameMap {
    'loop-figures': LoopFigures;
  }
}

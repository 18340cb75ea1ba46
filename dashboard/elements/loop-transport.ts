import { css, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import type { Action } from '../../contract/actions.ts';
import type { Display, Playback, PlaybackMode } from '../../contract/domain.ts';
import type { Session } from '../state/session.ts';
import { type IconName, icon } from '../style/icons.ts';
import { LoopElement } from './loop-element.ts';

const modes: readonly { mode: PlaybackMode; icon: IconName; name: string }[] = [
  { mode: 'loop_all', icon: 'loopAll', name: 'Loop all' },
  { mode: 'loop_one', icon: 'loopOne', name: 'Loop one' },
  { mode: 'shuffle', icon: 'shuffle', name: 'Shuffle' },
];

/** The keys of the device: previous, play or pause, next; the mode; the light. What they show is what LOOP says is true. */
export class LoopTransport extends LoopElement {
  static override properties = {
    session: { attribute: false },
    display: { attribute: false },
    playback: { attribute: false },
    isLive: { attribute: false },
  };
  declare session: Session;
  declare display: Display | undefined;
  declare playback: Playback | undefined;
  declare isLive: boolean;

  static override styles = [
    LoopElement.styles,
    css`
      :host {
        display: grid;
        gap: 14px;
        color: var(--case-ink);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
      }
      .keys {
        justify-content: center;
        gap: 14px;
      }
      .cap {
        display: grid;
        place-content: center;
        width: 64px;
        height: 56px;
        padding: 0;
        border: 0;
        border-radius: 18px;
        background: var(--case-lit);
        color: var(--case-ink);
        box-shadow: 0 4px 0 var(--case-edge);
        cursor: pointer;
        touch-action: manipulation;
        transition: transform 0.08s, box-shadow 0.08s;
      }
      .cap.play {
        width: 104px;
        background: var(--marigold);
        color: var(--on-marigold);
        box-shadow: 0 4px 0 var(--marigold-edge);
      }
      .cap:active:not(:disabled) {
        transform: translateY(3px);
        box-shadow: 0 1px 0 var(--case-edge);
      }
      .choices {
        flex: 1 1 336px;
        flex-wrap: nowrap;
        background: var(--case-edge);
      }
      @media (max-width: 359px) {
        .choices {
          flex-wrap: wrap;
        }
      }
      .choices label {
        color: var(--case-soft);
        padding: 0 8px;
        font-size: 0.875rem;
      }
      .choices label:has(:checked) {
        background: var(--case-lit);
        color: #fff;
        font-weight: 400;
        box-shadow: none;
      }
      .light {
        flex: 1 1 230px;
        min-width: 0;
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 52px;
      }
      .switch {
        display: inline-flex;
        align-items: center;
        gap: 8px;
        min-height: var(--touch);
        padding: 0 4px;
        border: 0;
        background: none;
        cursor: pointer;
        font-size: 0.875rem;
      }
      .switch i {
        width: 46px;
        height: 26px;
        padding: 3px;
        border-radius: 13px;
        background: var(--case-edge);
        transition: background 0.15s;
      }
      .switch i::before {
        content: '';
        display: block;
        width: 20px;
        height: 20px;
        border-radius: 50%;
        background: var(--case-soft);
        transition: transform 0.15s;
      }
      .switch[aria-checked='true'] i {
        background: var(--marigold);
      }
      .switch[aria-checked='true'] i::before {
        background: var(--on-marigold);
        transform: translateX(20px);
      }
      input[type='range'] {
        flex: 1;
        min-width: 90px;
        height: var(--touch);
        margin: 0;
        accent-color: var(--marigold);
      }
      :focus-visible,
      .choices label:has(:focus-visible) {
        outline-color: #fff;
      }
    `,
  ];

  protected view() {
    const isOff = !this.isLive || this.playback === undefined;
    const isPlaying = this.playback?.playing === true && this.playback.slug !== null;
    return html`<div class="row keys" role="group" aria-label="Playback">
        ${this.#cap('previous', 'Previous', { action: 'previous' }, isOff)}
        <button
          class="cap play"
          type="button"
          aria-label=${isPlaying ? 'Pause' : 'Play'}
          ?disabled=${isOff}
          @click=${() => this.#do({ action: isPlaying ? 'pause' : 'play' })}
        >
          ${icon(isPlaying ? 'pause' : 'play', 30)}
        </button>
        ${this.#cap('next', 'Next', { action: 'next' }, isOff)}
      </div>
      <div class="row">${this.#modes(isOff)} ${this.#light(isOff)}</div>`;
  }

  #cap(name: IconName, label: string, action: Action, isOff: boolean) {
    return html`<button class="cap" type="button" aria-label=${label} ?disabled=${isOff} @click=${() => this.#do(action)}>
      ${icon(name, 26)}
    </button>`;
  }

  #modes(isOff: boolean) {
    const option = (one: (typeof modes)[number]) => html`<label>
      <input
        type="radio"
        name="mode"
        .checked=${live(this.playback?.mode === one.mode)}
        ?disabled=${isOff}
        @change=${() => this.#do({ action: 'set_mode', mode: one.mode })}
      />
      ${icon(one.icon, 22)} <span>${one.name}</span>
    </label>`;
    return html`<fieldset class="choices">
      <legend class="unseen">Mode</legend>
      ${modes.map(option)}
    </fieldset>`;
  }

  #light(isOff: boolean) {
    const display = this.display;
    const isOn = display?.on ?? false;
    return html`<div class="light">
      <button
        class="switch"
        type="button"
        role="switch"
        aria-checked=${isOn}
        ?disabled=${isOff}
        @click=${() => this.#do({ action: isOn ? 'turn_off' : 'turn_on' })}
      >
        ${icon('light', 22)} <span>Light</span> <i></i>
      </button>
      ${display?.dimmable ? this.#brightness(display, isOff) : nothing}
    </div>`;
  }

  #brightness(display: Display, isOff: boolean) {
    return html`<input
      type="range"
      min="1"
      max="100"
      aria-label="Brightness in percent"
      .value=${live(String(display.brightness))}
      ?disabled=${isOff || !display.on}
      @change=${(event: Event & { target: HTMLInputElement }) =>
        this.#do({ action: 'set_brightness', brightness: event.target.valueAsNumber })}
    />`;
  }

  #do(action: Action): void {
    const display = this.playback?.display;
    void this.session.attempt(async ({ client }) => {
      await client.action(display === undefined ? action : { ...action, display });
    });
    this.requestUpdate();
  }
}

customElements.define('loop-transport', LoopTransport);

declare global {
  interface HTMLElementTagNameMap {
    'loop-transport': LoopTransport;
  }
}

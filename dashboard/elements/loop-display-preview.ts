import { css, html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { styleMap } from 'lit/directives/style-map.js';
import type { Display, Playback } from '../../contract/domain.ts';
import type { Picture } from '../../format/frame.ts';
import { mark } from '../style/wordmark.ts';
import { LoopElement } from './loop-element.ts';
import { PicturePainter } from './picture-painter.ts';

/**
 * The glass: the picture that the panel shows at this moment, as it comes by the preview room.
 * `show(picture)` paints at the next frame of the browser; of several pictures in between the newest wins.
 */
export class LoopDisplayPreview extends LoopElement {
  static override properties = {
    display: { attribute: false },
    playback: { attribute: false },
    what: { attribute: false },
    durationMs: { attribute: false },
    isLive: { attribute: false },
  };
  declare display: Display | undefined;
  declare playback: Playback | undefined;
  /** Title of what plays. */
  declare what: string | undefined;
  /** One play of it in milliseconds; 0 where nothing plays. */
  declare durationMs: number;
  declare isLive: boolean;
  #painter: PicturePainter | undefined;
  #newest: Picture | undefined;
  #frame = 0;
  #resizes: ResizeObserver | undefined;

  static override styles = [
    LoopElement.styles,
    css`
      .glass {
        position: relative;
        background: var(--glass);
        border-radius: 10px;
        overflow: hidden;
        box-shadow: 0 0 0 3px #151a18;
      }
      .glass.round {
        border-radius: 50%;
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
        transition: opacity 0.25s;
      }
      .off canvas {
        opacity: 0;
      }
      .stale canvas {
        opacity: 0.25;
      }
      .word {
        position: absolute;
        inset: 0;
        display: grid;
        place-content: center;
        justify-items: center;
        gap: 14px;
        padding: 10%;
        text-align: center;
        color: var(--glass-ink);
        font-size: 0.9375rem;
      }
      .word svg {
        color: var(--marigold);
      }
      .time {
        height: 4px;
        margin-top: 10px;
        border-radius: 2px;
        background: var(--case-edge);
        overflow: hidden;
      }
      .time span {
        display: block;
        height: 100%;
        background: var(--marigold);
        transform: scaleX(0);
        transform-origin: left;
        animation: run linear infinite;
      }
      @keyframes run {
        to {
          transform: scaleX(1);
        }
      }
    `,
  ];

  constructor() {
    super();
    this.durationMs = 0;
    this.isLive = false;
  }

  show(picture: Picture): void {
    this.#newest = picture;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resizes = new ResizeObserver(() => this.#newest && this.show(this.#newest));
    this.#resizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizes?.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #paint(): void {
    this.#frame = 0;
    const canvas = this.renderRoot.querySelector('canvas');
    if (canvas === null || this.#newest === undefined) return;
    if (this.#painter?.canvas !== canvas) this.#painter = new PicturePainter(canvas);
    this.#painter.paint(this.#newest);
  }

  protected view() {
    const display = this.display;
    const word = this.#word();
    const isDim = !this.isLive || display?.status.state === 'fault';
    const state = display && !display.on ? 'off' : isDim ? 'stale' : '';
    const shape = display?.panel === 'gc9a01' ? 'round' : '';
    const ratio = `${display?.width ?? 4} / ${display?.height ?? 3}`;
    return html`<div class="glass ${state} ${shape}" style=${styleMap({ aspectRatio: ratio })}>
        <canvas role="img" aria-label=${`The panel shows ${this.what ?? 'nothing'}`}></canvas>
        ${word ? html`<div class="word">${mark}<p>${word}</p></div>` : nothing}
      </div>
      <div class="time" aria-hidden="true">${this.#time()}</div>`;
  }

  /** What stands on the glass instead of a picture, if anything. */
  #word(): string | undefined {
    if (this.display === undefined) return 'Connecting';
    if (!this.isLive) return 'No connection. The panel plays on.';
    if (this.display.status.state === 'fault') return this.display.status.message ?? 'The panel does not answer.';
    if (!this.display.on) return 'The light is off';
    if (this.playback?.slug === null && this.playback.overlay === null) return 'Nothing to play yet';
    return undefined;
  }

  /** The line runs by the browser's own animation from the position that was told, so nothing is asked or counted here. */
  #time() {
    const playback = this.playback;
    if (playback === undefined || this.durationMs === 0 || playback.overlay !== null) return nothing;
    const style = {
      animationDuration: `${this.durationMs}ms`,
      animationDelay: `${-playback.position_ms}ms`,
      animationPlayState: playback.playing && this.isLive ? 'running' : 'paused',
    };
    return keyed(playback, html`<span style=${styleMap(style)}></span>`);
  }
}

customElements.define('loop-display-preview', LoopDisplayPreview);

declare global {
  interface HTMLElementTagNameMap {
    'loop-display-preview': LoopDisplayPreview;
  }
}

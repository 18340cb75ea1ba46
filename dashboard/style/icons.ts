import { html, type SVGTemplateResult, svg } from 'lit';

/** One family, drawn by hand: a 24 px field, lines of 1.8 px with round ends, solid only where a thing is pressed to play. */
const drawings = {
  play: svg`<path d="M8 5.2c0-.9 1-1.5 1.8-1l9.4 6c.7.4.7 1.4 0 1.8l-9.4 6c-.8.5-1.8 0-1.8-1z" transform="translate(0 .8)" fill="currentColor" stroke="none"/>`,
  pause: svg`<rect x="6" y="4.5" width="4.4" height="15" rx="1.4" fill="currentColor" stroke="none"/><rect x="13.6" y="4.5" width="4.4" height="15" rx="1.4" fill="currentColor" stroke="none"/>`,
  next: svg`<path d="M5 6.4c0-.8.9-1.3 1.6-.8l7.8 5.6c.5.4.5 1.2 0 1.6l-7.8 5.6c-.7.5-1.6 0-1.6-.8z" fill="currentColor" stroke="none"/><path d="M18.6 5.6v12.8"/>`,
  previous: svg`<path d="M19 6.4c0-.8-.9-1.3-1.6-.8l-7.8 5.6c-.5.4-.5 1.2 0 1.6l7.8 5.6c.7.5 1.6 0 1.6-.8z" fill="currentColor" stroke="none"/><path d="M5.4 5.6v12.8"/>`,
  loopAll: svg`<path d="M12 12c-2-3.4-3.6-4.6-5.4-4.6a4.6 4.6 0 0 0 0 9.2c1.8 0 3.4-1.2 5.4-4.6s3.6-4.6 5.4-4.6a4.6 4.6 0 0 1 0 9.2c-1.8 0-3.4-1.2-5.4-4.6z"/>`,
  loopOne: svg`<path d="M18.8 8.5A8 8 0 1 0 20 12"/><path d="M19.6 4.4v4.4h-4.4"/><path d="M10.8 10.2 12.4 9v6.2"/>`,
  shuffle: svg`<path d="M3.5 7.2h2.7c2 0 3.2 1.1 4.3 2.9m3 3.8c1.1 1.8 2.3 2.9 4.3 2.9h2.7"/><path d="M3.5 16.8h2.7c5.3 0 6.3-9.6 11.6-9.6h2.7"/><path d="m17.8 4.4 2.8 2.8-2.8 2.8m0 4 2.8 2.8-2.8 2.8"/>`,
  light: svg`<circle cx="12" cy="12" r="3.8"/><path d="M12 3.2v2m0 13.6v2M3.2 12h2m13.6 0h2M5.8 5.8l1.4 1.4m9.6 9.6 1.4 1.4m0-12.4-1.4 1.4m-9.6 9.6-1.4 1.4"/>`,
  add: svg`<path d="M12 5v14M5 12h14"/>`,
  remove: svg`<path d="m6.5 6.5 11 11m0-11-11 11"/>`,
  out: svg`<circle cx="12" cy="12" r="8"/><path d="M8.6 12h6.8"/>`,
  bin: svg`<path d="M4.5 6.8h15M9.5 6.5V4.8c0-.6.4-1 1-1h3c.6 0 1 .4 1 1v1.7M6.3 7l.8 11.6c.1 1 .8 1.6 1.7 1.6h6.4c.9 0 1.6-.6 1.7-1.6L17.7 7M10.2 11v5.2m3.6-5.2v5.2"/>`,
  grip: svg`<path d="M6.5 8.5h11M6.5 12h11m-11 3.5h11"/>`,
  more: svg`<path d="M4 7h9m4 0h3M4 17h3m4 0h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>`,
  search: svg`<circle cx="10.8" cy="10.8" r="6"/><path d="m15.4 15.4 4.8 4.8"/>`,
  picture: svg`<rect x="3.6" y="5" width="16.8" height="14" rx="2.6"/><path d="m4 16.5 4.6-4.6c.6-.6 1.5-.6 2.1 0l6.8 6.8"/><circle cx="15.6" cy="9.4" r="1.5"/>`,
  again: svg`<path d="M4.6 11.2A7.6 7.6 0 0 1 18 7.4l1.6 1.8M19.6 4.8v4.4h-4.4M19.4 12.8A7.6 7.6 0 0 1 6 16.6l-1.6-1.8m0 4.4v-4.4h4.4"/>`,
  check: svg`<path d="m5 12.8 4.4 4.4L19.2 7"/>`,
  warn: svg`<path d="M12 4.4 20.6 19a.9.9 0 0 1-.8 1.4H4.2a.9.9 0 0 1-.8-1.4z"/><path d="M12 10v4.4m0 2.8v.1"/>`,
  up: svg`<path d="M12 19.5V5m-5.8 5.6L12 4.8l5.8 5.8"/>`,
  save: svg`<path d="M12 4.5V15m-5-4.6 5 5 5-5M4.8 19.5h14.4"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof drawings;

/** An icon for beside or instead of words; it is hidden from screen readers, so the button says its name itself. */
export function icon(name: IconName, size = 24) {
  return html`<svg
    aria-hidden="true"
    width=${size}
    height=${size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
  >
    ${drawings[name]}
  </svg>`;
}

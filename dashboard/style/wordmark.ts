import { html } from 'lit';

/** The line of the two O, without a beginning or an end. */
const endless = 'M33 12c-3-5.4-5.4-8-9-8a8 8 0 0 0 0 16c3.6 0 6-2.6 9-8s5.4-8 9-8a8 8 0 0 1 0 16c-3.6 0-6-2.6-9-8z';

/** LOOP in one line of constant weight; the two O are one endless loop. 64 x 24 units. */
export const wordmark = html`<svg
  role="img"
  aria-label="LOOP"
  viewBox="0 0 66 24"
  height="24"
  width="66"
  fill="none"
  stroke="currentColor"
  stroke-width="3.2"
  stroke-linecap="round"
  stroke-linejoin="round"
>
  <path d="M3 4v16h8" />
  <path d=${endless} />
  <path d="M55 20V4h3.5a5 5 0 0 1 0 10H55" />
</svg>`;

/** The loop alone, for a glass that has nothing to show. 42 x 24 units. */
export const mark = html`<svg
  aria-hidden="true"
  viewBox="12 0 42 24"
  height="48"
  width="84"
  fill="none"
  stroke="currentColor"
  stroke-width="2.4"
  stroke-linejoin="round"
>
  <path d=${endless} />
</svg>`;

import { css } from 'lit';

/**
 * The colours and measures of the page, as custom properties: plaster wall, paper, a pine-green case and one marigold key.
 * `loop-app` sets them; they reach every element below it. Each text colour has 4.5:1 or more on the ground it is used on.
 */
export const theme = css`
  :host {
    color-scheme: light dark;
    --wall: #e8e5dd;
    --paper: #f6f4ee;
    --sunk: #dad6cb;
    --line: #cbc6b8;
    --ink: #1f2521;
    --ink-soft: #565c55;
    --case: #42645a;
    --case-edge: #2e4a42;
    --case-lit: #507469;
    --case-ink: #f4f1e8;
    --case-soft: #d3dcd6;
    --glass: #050706;
    --glass-ink: #c9cfc8;
    --marigold: #f0ab2e;
    --marigold-edge: #bf7f10;
    --on-marigold: #241a06;
    --good: #2a6b4c;
    --bad: #a5301d;
    --bad-ground: #f6e0d9;
    --focus: #1d5fbf;
    --shadow: rgb(52 46 32 / 0.24);
    --round: 14px;
    --touch: 44px;
    --numbers: ui-monospace, 'SF Mono', 'Cascadia Mono', 'Roboto Mono', 'DejaVu Sans Mono', monospace;
    font: 400 16px / 1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
    color: var(--ink);
  }
  @media (prefers-color-scheme: dark) {
    :host {
      --wall: #121614;
      --paper: #1b211e;
      --sunk: #0b0e0d;
      --line: #323c37;
      --ink: #ece8dd;
      --ink-soft: #a4aba3;
      --case: #2b4139;
      --case-edge: #1a2a25;
      --case-lit: #3d5a50;
      --case-soft: #b9c6bf;
      --marigold: #f0b440;
      --marigold-edge: #a9771a;
      --good: #74c29b;
      --bad: #f08b74;
      --bad-ground: #38201b;
      --focus: #8fc0ff;
      --shadow: rgb(0 0 0 / 0.6);
    }
  }
`;

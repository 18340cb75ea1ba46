import { css } from 'lit';

/** What buttons, fields and headings look like in every element. Nothing that can be pressed is smaller than 44 px. */
export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :host {
    display: block;
  }
  [hidden] {
    display: none !important;
  }
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h2 {
    font-size: 1.25rem;
    font-weight: 650;
    letter-spacing: -0.01em;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
  }
  :focus-visible {
    outline: 3px solid var(--focus);
    outline-offset: 2px;
  }
  .key,
  .icon-key {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: var(--touch);
    min-width: var(--touch);
    padding: 0 16px;
    border: 1px solid var(--line);
    border-radius: var(--round);
    background: var(--paper);
    font-weight: 550;
    cursor: pointer;
    touch-action: manipulation;
    -webkit-tap-highlight-color: transparent;
  }
  .icon-key {
    padding: 0;
    border-color: transparent;
    background: transparent;
    color: var(--ink-soft);
  }
  @media (hover: hover) {
    .key:hover {
      border-color: var(--ink-soft);
    }
    .icon-key:hover {
      background: var(--sunk);
      color: var(--ink);
    }
    .key.main:hover {
      border-color: var(--on-marigold);
    }
  }
  .key:active,
  .icon-key:active {
    transform: translateY(1px);
  }
  .key.main {
    background: var(--marigold);
    border-color: var(--marigold-edge);
    color: var(--on-marigold);
  }
  .key.bad {
    color: var(--bad);
  }
  button:disabled {
    opacity: 0.45;
    cursor: default;
  }
  .field {
    min-height: var(--touch);
    width: 100%;
    padding: 0 14px;
    border: 1px solid var(--line);
    border-radius: var(--round);
    background: var(--paper);
  }
  .field::placeholder {
    color: var(--ink-soft);
    opacity: 1;
  }
  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    padding: 4px;
    border: 0;
    margin: 0;
    border-radius: calc(var(--round) + 4px);
    background: var(--sunk);
  }
  .choices label {
    position: relative;
    flex: 1 1 auto;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: var(--touch);
    min-width: var(--touch);
    padding: 0 12px;
    border-radius: var(--round);
    color: var(--ink-soft);
    cursor: pointer;
    white-space: nowrap;
  }
  .choices input {
    position: absolute;
    inset: 0;
    margin: 0;
    opacity: 0;
    pointer-events: none;
  }
  .choices label:has(:checked) {
    background: var(--paper);
    color: var(--ink);
    font-weight: 600;
    box-shadow: 0 0 0 1px var(--line);
  }
  .choices label:has(:focus-visible) {
    outline: 3px solid var(--focus);
  }
  .soft {
    color: var(--ink-soft);
    font-size: 0.875rem;
  }
  .number {
    font-family: var(--numbers);
    font-variant-numeric: tabular-nums;
    font-size: 0.9em;
  }
  .line {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  svg {
    display: block;
    flex: none;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;

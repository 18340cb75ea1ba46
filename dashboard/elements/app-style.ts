import { css } from 'lit';

/** The wall the device hangs on, and the device's case. */
export const appStyle = css`
  :host {
    min-height: 100dvh;
    padding: 0 max(16px, env(safe-area-inset-right)) 96px max(16px, env(safe-area-inset-left));
    background: var(--wall);
  }
  .page {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 28px;
    max-width: 1360px;
    margin: 0 auto;
  }
  .top {
    display: flex;
    align-items: center;
    gap: 14px;
    min-height: 68px;
    margin-bottom: -18px;
  }
  h1 {
    margin: 0;
    line-height: 0;
  }
  .which {
    flex: 1;
    min-width: 0;
  }
  .which select {
    min-height: var(--touch);
    max-width: 100%;
    padding: 0 10px;
    border: 1px solid var(--line);
    border-radius: var(--round);
    background: var(--paper);
  }
  .lamp {
    display: flex;
    align-items: center;
    gap: 8px;
    font-size: 0.875rem;
    color: var(--ink-soft);
  }
  .lamp i {
    width: 10px;
    height: 10px;
    border-radius: 50%;
    background: var(--marigold);
  }
  .lamp.live i {
    background: var(--good);
  }
  .lamp.gone i {
    background: var(--bad);
  }
  .device {
    position: relative;
    margin-bottom: 10px;
    padding: clamp(14px, 3.4vw, 26px);
    padding-bottom: 22px;
    border-radius: 34px;
    background: var(--case);
    box-shadow: inset 0 2px 0 var(--case-lit), inset 0 -6px 0 var(--case-edge), 0 18px 36px -8px var(--shadow);
  }
  .device::before,
  .device::after {
    content: '';
    position: absolute;
    z-index: -1;
    bottom: -10px;
    left: 16%;
    width: 44px;
    height: 24px;
    border-radius: 0 0 10px 10px;
    background: var(--case-edge);
  }
  .device::after {
    left: auto;
    right: 16%;
  }
  .plate {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    min-height: 44px;
    margin: 8px 0 12px;
    color: var(--case-ink);
  }
  .plate p {
    min-width: 0;
    font-weight: 600;
  }
  .plate span {
    color: var(--case-soft);
    font-size: 0.875rem;
    white-space: nowrap;
  }
  .short {
    display: inline-flex;
    align-items: center;
    min-height: var(--touch);
    color: var(--ink-soft);
    font-size: 0.875rem;
    text-decoration: none;
  }
  .short:hover {
    color: var(--ink);
    text-decoration: underline;
  }
  .left {
    isolation: isolate;
    min-width: 0;
  }
  .right {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 32px;
    min-width: 0;
  }
  loop-figures {
    scroll-margin-top: 20px;
  }
  @media (min-width: 960px) {
    :host {
      padding-inline: 32px;
    }
    .page {
      grid-template-columns: minmax(0, 1.04fr) minmax(0, 1fr);
      align-items: start;
      gap: 28px 44px;
    }
    .top,
    loop-figures {
      grid-column: 1 / -1;
    }
    .left {
      position: sticky;
      top: 20px;
    }
  }
`;

import { css } from 'lit';

/** How the rows of the loop look. */
export const playlistStyle = css`
  header {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
    margin-bottom: 12px;
  }
  ol {
    display: grid;
    gap: 6px;
  }
  .row {
    display: flex;
    align-items: center;
    gap: 4px;
    height: 68px;
    padding: 0 4px;
    border-radius: var(--round);
    background: var(--paper);
    box-shadow: inset 0 0 0 1px var(--line);
    transition: transform 0.15s ease-out;
  }
  .row.on {
    box-shadow: inset 0 0 0 2px var(--marigold);
  }
  .row.lifted {
    position: relative;
    z-index: 1;
    transition: none;
    box-shadow: inset 0 0 0 2px var(--focus), 0 10px 24px var(--shadow);
  }
  .grip {
    cursor: grab;
    touch-action: none;
  }
  .lifted .grip {
    cursor: grabbing;
  }
  .what {
    flex: 1;
    min-width: 0;
    display: flex;
    align-items: center;
    gap: 12px;
    height: 60px;
    padding: 0;
    border: 0;
    border-radius: 8px;
    background: none;
    text-align: left;
    cursor: pointer;
  }
  .what:disabled {
    opacity: 1;
  }
  img {
    flex: none;
    border-radius: 6px;
    background: var(--glass);
    object-fit: contain;
  }
  .words {
    min-width: 0;
    display: grid;
  }
  .words span:not(.unseen) {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .title {
    font-weight: 550;
  }
  .times {
    flex: none;
    display: flex;
    align-items: center;
    height: var(--touch);
    padding-right: 10px;
    border-radius: 10px;
    box-shadow: inset 0 0 0 1px var(--line);
    color: var(--ink-soft);
    cursor: text;
  }
  .times:focus-within {
    outline: 3px solid var(--focus);
  }
  .times input {
    width: 34px;
    height: 100%;
    padding: 0 2px 0 0;
    border: 0;
    outline: 0;
    background: none;
    color: var(--ink);
    text-align: right;
    font-family: var(--numbers);
    appearance: textfield;
  }
  .times input::-webkit-inner-spin-button {
    appearance: none;
  }
  .empty {
    padding: 24px;
    border-radius: var(--round);
    box-shadow: inset 0 0 0 1px var(--line);
    text-align: center;
  }
  @media (max-width: 479px) {
    .row {
      gap: 2px;
      height: 80px;
      padding: 0;
    }
    .what {
      gap: 8px;
      height: 72px;
    }
    .what img {
      width: 52px;
      height: 39px;
    }
    .words .title:not(.unseen) {
      display: -webkit-box;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 2;
      font-size: 0.9375rem;
      line-height: 1.25;
      white-space: normal;
    }
    .times {
      padding-right: 8px;
    }
    .times input {
      width: 28px;
    }
  }
`;

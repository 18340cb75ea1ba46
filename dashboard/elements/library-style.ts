import { css } from 'lit';

/** How the shelf of clips looks. */
export const libraryStyle = css`
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 4px 10px;
    margin-bottom: 12px;
  }
  .search {
    position: relative;
    flex: 1 1 180px;
    max-width: 300px;
    margin-left: auto;
  }
  .search svg {
    position: absolute;
    top: 12px;
    left: 13px;
    color: var(--ink-soft);
    pointer-events: none;
  }
  .search .field {
    padding-left: 40px;
  }
  .tags {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-bottom: 12px;
  }
  .tag {
    min-height: var(--touch);
    padding: 0 14px;
    border: 1px solid var(--line);
    border-radius: 22px;
    background: none;
    color: var(--ink-soft);
    font-size: 0.9375rem;
    cursor: pointer;
  }
  .tag[aria-pressed='true'] {
    background: var(--ink);
    border-color: var(--ink);
    color: var(--wall);
  }
  .shelf {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(158px, 1fr));
    gap: 14px 12px;
  }
  li {
    min-width: 0;
  }
  .poster {
    position: relative;
    display: block;
    width: 100%;
    aspect-ratio: 4 / 3;
    padding: 0;
    border: 0;
    border-radius: var(--round);
    background: var(--glass);
    overflow: hidden;
    cursor: pointer;
  }
  .poster:disabled {
    opacity: 1;
  }
  .poster img {
    width: 100%;
    height: 100%;
    object-fit: contain;
  }
  .on .poster {
    box-shadow: 0 0 0 3px var(--wall), 0 0 0 6px var(--marigold);
  }
  .badge {
    position: absolute;
    left: 8px;
    bottom: 8px;
    display: grid;
    place-content: center;
    min-width: 36px;
    height: 30px;
    padding: 0 10px;
    border-radius: 15px;
    background: rgb(5 7 6 / 0.72);
    color: #fff;
    font-size: 0.8125rem;
    font-weight: 600;
    opacity: 0;
    transition: opacity 0.15s;
  }
  .on .badge {
    opacity: 1;
    background: var(--marigold);
    color: var(--on-marigold);
  }
  .poster:hover .badge,
  .poster:focus-visible .badge {
    opacity: 1;
  }
  .title {
    margin-top: 8px;
    font-weight: 550;
  }
  .foot {
    display: flex;
    align-items: center;
    margin: -6px -10px 0 0;
  }
  .foot p {
    flex: 1;
    min-width: 0;
  }
  .foot [aria-pressed='true'] {
    color: var(--good);
  }
  .empty {
    padding: 32px 16px;
    border-radius: var(--round);
    box-shadow: inset 0 0 0 1px var(--line);
    text-align: center;
  }
  @media (max-width: 479px) {
    .shelf {
      grid-template-columns: repeat(2, 1fr);
    }
  }
`;

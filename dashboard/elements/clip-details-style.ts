import { css } from 'lit';

/** How the card of one clip looks: a sheet from below on phones, a card in the middle elsewhere. */
export const clipDetailsStyle = css`
  dialog {
    width: min(760px, 100vw);
    max-width: none;
    max-height: min(92dvh, 900px);
    margin: auto;
    padding: 0;
    border: 0;
    border-radius: 24px;
    background: var(--wall);
    color: inherit;
    box-shadow: 0 24px 60px var(--shadow);
    overflow: hidden;
  }
  dialog[open] {
    display: flex;
  }
  dialog::backdrop {
    background: rgb(10 14 12 / 0.55);
  }
  .card {
    flex: 1;
    min-width: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    display: grid;
    gap: 18px;
    padding: 12px 20px 20px;
  }
  header {
    display: flex;
    align-items: center;
    gap: 12px;
    margin-right: -10px;
  }
  h2 {
    flex: 1;
    min-width: 0;
  }
  form {
    display: grid;
    grid-template-columns: 1fr 1fr auto;
    align-items: end;
    gap: 12px;
  }
  .name {
    display: block;
    margin-bottom: 4px;
    font-size: 0.8125rem;
    color: var(--ink-soft);
  }
  dl {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 4px 16px;
    font-size: 0.9375rem;
  }
  dt {
    color: var(--ink-soft);
  }
  dd {
    overflow-wrap: anywhere;
  }
  footer {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 10px;
  }
  a {
    text-decoration: none;
    color: inherit;
  }
  .last {
    margin-left: auto;
  }
  .sure {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: 10px;
  }
  @media (max-width: 599px) {
    dialog {
      margin: auto auto 0;
      border-radius: 24px 24px 0 0;
    }
    form {
      grid-template-columns: 1fr;
    }
    .sure {
      width: 100%;
    }
  }
`;

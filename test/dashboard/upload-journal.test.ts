import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { UploadJournal } from '../../dashboard/uploads/upload-journal.ts';

const settings = { fit: 'contain', quality: 't6', dither: 'none', framerate: 25 } as const;
const entry = (id: string) => ({ id, filename: `${id}.gif`, sizeBytes: 10, settings });

/** The two storages of a browser; `localStorage` is shared by all tabs, `sessionStorage` is one tab's. */
class BrowserStorage {
  readonly #items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}

function openTab(storage = new BrowserStorage()): BrowserStorage {
  Object.defineProperty(globalThis, 'sessionStorage', { value: storage, configurable: true });
  return storage;
}

beforeEach(() => {
  Object.defineProperty(globalThis, 'localStorage', { value: new BrowserStorage(), configurable: true });
});

test('a tab that was loaded anew finds what it left unfinished', () => {
  const tab = openTab();
  const before = new UploadJournal();
  before.write({ ...entry('a'), hash: 'ab' });
  before.write(entry('b'));
  before.drop('b');
  openTab(tab);
  const found = new UploadJournal().claim();
  assert.deepEqual(
    found.map(({ id, hash }) => [id, hash]),
    [['a', 'ab']],
  );
});

test('a second tab leaves the uploads of the first alone, until that has been silent for 15 s', (context) => {
  context.mock.timers.enable({ apis: ['Date'] });
  openTab();
  const first = new UploadJournal();
  first.write(entry('a'));
  openTab();
  const second = new UploadJournal();
  context.mock.timers.tick(14_000);
  assert.equal(second.claim().length, 0);
  first.speak();
  context.mock.timers.tick(14_000);
  assert.equal(second.claim().length, 0);
  context.mock.timers.tick(2_000);
  assert.equal(second.claim().length, 1);
});

test('after a day an unfinished upload is forgotten', (context) => {
  context.mock.timers.enable({ apis: ['Date'] });
  openTab();
  const journal = new UploadJournal();
  journal.write(entry('a'));
  context.mock.timers.tick(24 * 3600_000);
  assert.equal(journal.claim().length, 0);
  assert.equal(journal.has('a'), false);
});

test('storage that is not a list, or refuses, is as good as empty', () => {
  openTab();
  localStorage.setItem('loop.uploads', '{"a":1}');
  assert.equal(new UploadJournal().claim().length, 0);
  const refuse = () => {
    throw new Error('forbidden');
  };
  const forbidden = { getItem: refuse, setItem: refuse };
  Object.defineProperty(globalThis, 'localStorage', { value: forbidden, configurable: true });
  const journal = new UploadJournal();
  journal.write(entry('a'));
  assert.equal(journal.claim().length, 0);
});

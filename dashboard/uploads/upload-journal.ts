import type { ClipSettings } from './upload-job.ts';

/** What must outlive a reload of the page for one unfinished upload. */
export interface JournalEntry {
  readonly id: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly settings: ClipSettings;
  readonly hash?: string;
  /** The browser tab that works on it. */
  readonly tab: string;
  /** Epoch milliseconds at which that tab last said so. */
  readonly seenMs: number;
}

const KEY = 'loop.uploads';
/** A tab that has not spoken for this long is gone; another may take its uploads. Tabs speak every 5 s. */
const SILENT_MS = 15_000;
/** LOOP forgets unfinished parts after a day; so does the page. */
const FORGOTTEN_MS = 24 * 3600_000;

/** The list of unfinished uploads in localStorage, shared by all tabs of the page. Where there is no storage it is empty. */
export class UploadJournal {
  readonly #tab = tabId();

  write(entry: Omit<JournalEntry, 'tab' | 'seenMs'>): void {
    const others = read().filter(({ id }) => id !== entry.id);
    save([...others, { ...entry, tab: this.#tab, seenMs: Date.now() }]);
  }

  drop(id: string): void {
    save(read().filter((entry) => entry.id !== id));
  }

  /** Says that this tab still works on its uploads. */
  speak(): void {
    const entries = read();
    if (!entries.some(({ tab }) => tab === this.#tab)) return;
    save(entries.map((entry) => (entry.tab === this.#tab ? { ...entry, seenMs: Date.now() } : entry)));
  }

  /** Takes over what this tab, or one that is gone, left unfinished. */
  claim(): readonly JournalEntry[] {
    const now = Date.now();
    const recent = read().filter(({ seenMs }) => now - seenMs < FORGOTTEN_MS);
    const isMine = (entry: JournalEntry) => entry.tab === this.#tab || now - entry.seenMs > SILENT_MS;
    const entries = recent.map((entry) => (isMine(entry) ? { ...entry, tab: this.#tab, seenMs: now } : entry));
    save(entries);
    return entries.filter(({ tab }) => tab === this.#tab);
  }

  /** Whether any tab has an unfinished upload with this id. */
  has(id: string): boolean {
    return read().some((entry) => entry.id === id);
  }
}

function read(): readonly JournalEntry[] {
  try {
    const entries: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    // Only this class writes the key; anything else in it is not a list.
    return Array.isArray(entries) ? (entries as JournalEntry[]) : [];
  } catch {
    return [];
  }
}

function save(entries: readonly JournalEntry[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // Storage is full or forbidden: then a reload forgets what was unfinished, and nothing else is lost.
  }
}

/** The tab's own name; a reload keeps it. */
function tabId(): string {
  const fresh = String(Math.random()).slice(2);
  try {
    const known = sessionStorage.getItem('loop.tab') ?? fresh;
    sessionStorage.setItem('loop.tab', known);
    return known;
  } catch {
    return fresh;
  }
}

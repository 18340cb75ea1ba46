/** One thing the page says: it goes away by itself after a while, or stays until what it tells of is over. */
export interface Notice {
  /** A notice with the id of one that stands replaces it. */
  readonly id: string;
  readonly kind: 'info' | 'good' | 'bad';
  readonly text: string;
  /** A way to mend or undo it. */
  readonly remedy?: { readonly label: string; readonly run: () => void };
  /** Milliseconds it stays; missing: until it is taken away. */
  readonly lastsMs?: number;
}

/** At most this many stand at once; the oldest passing one makes room. */
const MOST = 4;

/** What the page has to say at this moment, newest last. */
export class NoticeBoard {
  readonly #changed: () => void;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  notices: readonly Notice[] = [];

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  tell(notice: Notice): void {
    const others = this.notices.filter(({ id }) => id !== notice.id);
    const surplus = others.length >= MOST ? others.find(({ lastsMs }) => lastsMs !== undefined) : undefined;
    for (const { id } of surplus ? [surplus, notice] : [notice]) this.#drop(id);
    this.notices = [...this.notices, notice];
    if (notice.lastsMs !== undefined)
      this.#timers.set(
        notice.id,
        setTimeout(() => this.take(notice.id), notice.lastsMs),
      );
    this.#changed();
  }

  /** Takes a notice away; nothing happens when it is gone already. */
  take(id: string): void {
    if (!this.notices.some((notice) => notice.id === id)) return;
    this.#drop(id);
    this.#changed();
  }

  #drop(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }
}

import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { LoopClient } from '../../client/client.ts';
import { LiveState } from '../../client/live-state.ts';
import type { Dashboard, Transaction } from '../../contract/domain.ts';
import { isLoopError } from '../../format/errors.ts';
import type { Picture } from '../../format/frame.ts';
import { sayError } from '../style/say.ts';
import { UploadQueue } from '../uploads/upload-queue.ts';
import { NoticeBoard } from './notice-board.ts';
import { PreviewDecoder } from './preview-decoder.ts';
import type { Session } from './session.ts';

/** A connection that is away for less than this is not worth a word. */
const PATIENCE_MS = 1500;
const logIn = { label: 'Log in', run: () => location.assign('login') };

/** The page's one connection to LOOP, as a reactive controller: it holds what is true and has its host drawn again when that changes. */
export class LiveController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #decoder = new PreviewDecoder();
  readonly #told = new Set<string>();
  readonly #undo: (() => void)[] = [];
  #watched: string | undefined;
  #unwatch: (() => void) | undefined;
  #show: ((picture: Picture) => void) | undefined;
  #absence: ReturnType<typeof setTimeout> | undefined;
  readonly session: Session;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    this.session = this.#makeSession(document.baseURI);
    host.addController(this);
  }

  get dashboard(): Dashboard | undefined {
    return this.session.live.dashboard;
  }

  get connection(): LiveState['connection'] {
    return this.session.live.connection;
  }

  get isLive(): boolean {
    return this.connection === 'live';
  }

  /** Unfinished transactions that are not this page's own. */
  get others(): readonly Transaction[] {
    const own = new Set(this.session.uploads.jobs.map(({ hash }) => hash));
    return this.dashboard?.uploads.filter(({ transaction }) => !own.has(transaction)) ?? [];
  }

  hostConnected(): void {
    const { live, uploads } = this.session;
    this.#undo.push(
      live.on('change', () => this.#changed()),
      live.on('connection', () => this.#connection()),
      live.on('progress', (progress) => uploads.hear(progress)),
      live.on('preview', ({ display, message }) => this.#preview(display, message)),
      live.subscribe('progress'),
    );
    document.addEventListener('visibilitychange', this.#look);
    live.start();
    void uploads.resume();
  }

  hostDisconnected(): void {
    document.removeEventListener('visibilitychange', this.#look);
    clearTimeout(this.#absence);
    for (const undo of this.#undo.splice(0)) undo();
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.session.live.stop();
  }

  /** Has the pictures of a display come to `show`, for as long as somebody can see the page. */
  watch(display: string | undefined, show: (picture: Picture) => void): void {
    this.#show = show;
    if (display === this.#watched) return;
    this.#watched = display;
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#look();
  }

  readonly #look = (): void => {
    if (document.hidden) {
      this.#unwatch?.();
      this.#unwatch = undefined;
    } else if (this.#watched !== undefined) this.#unwatch ??= this.session.live.subscribe(`preview:${this.#watched}`);
  };

  #preview(display: string, message: Uint8Array): void {
    if (display !== this.#watched) return;
    const picture = this.#decoder.take(message);
    if (picture) this.#show?.(picture);
  }

  #changed(): void {
    for (const { code, message } of this.dashboard?.system.notices ?? []) {
      if (this.#told.has(code)) continue;
      this.#told.add(code);
      this.session.notices.tell({ id: code, kind: 'bad', text: message });
    }
    this.session.uploads.pump();
    this.#host.requestUpdate();
  }

  #connection(): void {
    const { notices } = this.session;
    clearTimeout(this.#absence);
    if (this.connection === 'live') notices.take('connection');
    else this.#absence = setTimeout(() => void this.#missing(), PATIENCE_MS);
    this.#host.requestUpdate();
  }

  /** A refused WebSocket does not say why; an ordinary request does. */
  async #missing(): Promise<void> {
    const { client, notices } = this.session;
    const text = 'No connection to LOOP. The panel plays on; this page comes back by itself.';
    notices.tell({ id: 'connection', kind: 'bad', text });
    const error = await client.loop().catch((reason: unknown) => reason);
    if (!isLoopError(error, 'UNAUTHORIZED') || this.isLive) return;
    notices.tell({ id: 'connection', kind: 'bad', text: 'This browser is not logged in any more.', remedy: logIn });
  }

  #makeSession(base: string): Session {
    const redraw = () => this.#host.requestUpdate();
    const notices = new NoticeBoard(redraw);
    const uploads = new UploadQueue({
      base,
      geometry: () => this.dashboard?.displays[0],
      changed: redraw,
      // LOOP forgets it by itself after a day, so a failure needs no word.
      cancelled: (hash) => void session.client.cancelUpload(hash).catch(() => undefined),
    });
    const session: Session = {
      client: new LoopClient({ base }),
      live: new LiveState({ base }),
      uploads,
      notices,
      attempt: (work) => this.#attempt(work),
    };
    return session;
  }

  async #attempt(work: (session: Session) => Promise<void>): Promise<void> {
    try {
      await work(this.session);
    } catch (error) {
      const remedy = isLoopError(error, 'UNAUTHORIZED') && { remedy: logIn };
      this.session.notices.tell({ id: 'failed', kind: 'bad', text: sayError(error), lastsMs: 10_000, ...remedy });
      this.#host.requestUpdate();
    }
  }
}

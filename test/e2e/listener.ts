import { applyEvent } from '../../client/dashboard-state.ts';
import type { Clip, Dashboard, Loop, Playback } from '../../contract/domain.ts';
import type { RoomEvent } from '../../contract/messages.ts';

/** A WebSocket message, with what tests look at. */
export interface Heard {
  readonly type: string;
  readonly room?: string;
  readonly seq?: number;
  readonly slug?: string;
  readonly media?: Clip;
  readonly loop?: Loop;
  readonly playback?: Playback;
  readonly data?: Partial<Dashboard>;
  readonly progress?: number;
  readonly [key: string]: unknown;
}

/** A client of /ws that keeps all it hears; it stands in the dashboard room when it is returned. */
export async function openListener(url: string) {
  const socket = new WebSocket(new URL('ws', url.replace(/^http/, 'ws')));
  socket.binaryType = 'arraybuffer';
  const heard: Heard[] = [];
  const frames: Uint8Array[] = [];
  let tell = () => {};
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') heard.push(JSON.parse(data) as Heard);
    else frames.push(new Uint8Array(data as ArrayBuffer));
    tell();
  };
  const closed = new Promise<void>((resolve) => {
    socket.onclose = () => resolve();
  });
  const wait = async (fits: (message: Heard) => boolean): Promise<Heard> => {
    for (;;) {
      const found = heard.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  };
  await wait(({ type }) => type === 'initial_dashboard');
  return {
    heard,
    frames,
    send: (message: object) => socket.send(JSON.stringify(message)),
    /** The first message that fits, heard already or to come. */
    wait,
    /** The dashboard as all that was heard adds up to. */
    state(): Dashboard {
      let state: Dashboard | undefined;
      // What the server sends is the contract's; Heard only names what tests look at.
      for (const message of heard) if (message.room) state = applyEvent(state, message as unknown as RoomEvent);
      if (!state) throw new Error('nothing was heard');
      return state;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed;
    },
  };
}

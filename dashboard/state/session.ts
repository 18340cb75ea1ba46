import type { LoopClient } from '../../client/client.ts';
import type { LiveState } from '../../client/live-state.ts';
import type { UploadQueue } from '../uploads/upload-queue.ts';
import type { NoticeBoard } from './notice-board.ts';

/** What every element of one page shares; made once by `loop-app`. */
export interface Session {
  readonly client: LoopClient;
  readonly live: LiveState;
  readonly uploads: UploadQueue;
  readonly notices: NoticeBoard;
  /** Does something at LOOP; a failure is told as a notice. Never rejects. */
  attempt(work: (session: Session) => Promise<void>): Promise<void>;
}

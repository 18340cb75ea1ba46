import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { sendError } from '../../../addon/http/send.ts';
import { uploadRouter } from '../../../addon/http/upload-routes.ts';
import { silentLog } from '../../../engine/log.ts';
import { optionsOf } from '../store/made-clips.ts';
import { type House, openHouse } from './house.ts';

/** A house whose uploads answer over HTTP, at a port of its own. */
export interface Web extends House {
  /** Ends with `/api/`. */
  readonly url: string;
}

export async function openWeb(folder: string, options: unknown = {}): Promise<Web> {
  const house = await openHouse(folder, { options });
  const app = express();
  app.use('/api', uploadRouter({ ...house, options: optionsOf(options), log: silentLog }));
  app.use((error: unknown, req: express.Request, res: express.Response, _next: express.NextFunction) =>
    sendError(req, res, error, silentLog),
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await house[Symbol.asyncDispose]();
  };
  const { port } = server.address() as AddressInfo; // listening on TCP
  return { ...house, url: `http://127.0.0.1:${port}/api/`, [Symbol.asyncDispose]: close };
}

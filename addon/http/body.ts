import type { IncomingMessage } from 'node:http';
import { LoopError } from '../../format/errors.ts';

/** Reads a body of at most `most` bytes. @throws LoopError PAYLOAD_TOO_LARGE, INVALID_REQUEST when the caller left in the middle. */
export async function readBody(req: IncomingMessage, { most }: { most: number }): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > most) throw tooLarge(req.headers['content-length'], most);
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of req as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > most) throw tooLarge(`more than ${most}`, most);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof LoopError) throw error;
    throw new LoopError('INVALID_REQUEST', 'The request ended before its body was whole. Send it again.', {
      cause: error,
    });
  }
  return Buffer.concat(parts, length);
}

/** Most bytes of JSON in one request: a loop of 10,000 items has about 0.5 MB. */
const MOST_JSON = 1 << 20;

/** Reads a JSON body, whatever its Content-Type says (curl's -d has another one). No body at all is `{}`. @throws LoopError INVALID_REQUEST, PAYLOAD_TOO_LARGE */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const body = await readBody(req, { most: MOST_JSON });
  if (body.length === 0) return {};
  const text = body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new LoopError(
      'INVALID_REQUEST',
      `The body is no JSON (${(error as Error).message.slice(0, 200)}); this address takes JSON in UTF-8. Correct it.`,
      { cause: error },
    );
  }
}

function tooLarge(got: unknown, most: number): LoopError {
  return new LoopError(
    'PAYLOAD_TOO_LARGE',
    `The body has ${String(got)} bytes; at most ${most} are taken here. Send less; files go to /api/media or /api/uploads.`,
    { details: { most } },
  );
}

import type { RawData } from 'ws';
import * as z from 'zod/mini';
import { LoopError } from '../../format/errors.ts';
import { checkShape } from '../check-shape.ts';

/** What a client asks for, read from one WebSocket message. */
export type Asked =
  | { readonly kind: 'ping' }
  | { readonly kind: 'rooms'; readonly isJoining: boolean; readonly rooms: readonly string[] }
  /** `said` is the action, not checked yet: its faults belong into the result with this id. */
  | { readonly kind: 'action'; readonly id: number; readonly said: unknown };

const rooms = z.strictObject({
  type: z.enum(['subscribe', 'unsubscribe']),
  rooms: z.array(z.string()).check(z.maxLength(50)),
});
const numbered = z.looseObject({ id: z.int() });

/** @throws LoopError INVALID_REQUEST */
export function readMessage(data: RawData, isBinary: boolean): Asked {
  if (isBinary) throw new LoopError('INVALID_REQUEST', 'A binary message came; clients send JSON as text. Send text.');
  const value = parse(data);
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  switch (type) {
    case 'ping':
      return { kind: 'ping' };
    case 'subscribe':
    case 'unsubscribe':
      return { kind: 'rooms', isJoining: type === 'subscribe', rooms: checkShape(rooms, value).rooms };
    case 'action': {
      const { id, type: _type, ...said } = checkShape(numbered, value);
      return { kind: 'action', id, said };
    }
    default: {
      const shown = JSON.stringify(type)?.slice(0, 80) ?? 'missing';
      throw new LoopError(
        'INVALID_REQUEST',
        `type is ${shown}; it is one of subscribe, unsubscribe, action, ping. Correct it.`,
      );
    }
  }
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(String(data)) as unknown;
  } catch (error) {
    const message = `The message is no JSON (${(error as Error).message.slice(0, 100)}). Send a JSON object.`;
    throw new LoopError('INVALID_REQUEST', message, { cause: error });
  }
}

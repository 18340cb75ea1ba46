import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClipStream } from '../../dashboard/convert/clip-stream.ts';

const piece = (value: number): Uint8Array => Uint8Array.of(value);

async function readAll(stream: ClipStream): Promise<number[]> {
  const read: number[] = [];
  for await (const bytes of stream) read.push(...bytes);
  return read;
}

describe('the clip stream', () => {
  it('gives what was pushed before and after the reader came, in order', async () => {
    const stream = new ClipStream(() => assert.fail('nobody left'));
    stream.push(piece(1), () => undefined);
    const read = readAll(stream);
    stream.push(piece(2), () => undefined);
    await Promise.resolve();
    stream.push(piece(3), () => undefined);
    stream.end();
    assert.deepEqual(await read, [1, 2, 3]);
  });

  it('says which bytes were taken only when they are', async () => {
    const stream = new ClipStream(() => undefined);
    let taken = 0;
    stream.push(piece(1), () => taken++);
    stream.push(piece(2), () => taken++);
    const reader = stream[Symbol.asyncIterator]();
    assert.equal(taken, 0);
    await reader.next();
    assert.equal(taken, 1);
  });

  it('hands on an error once everything before it was read', async () => {
    const stream = new ClipStream(() => assert.fail('nobody left'));
    stream.push(piece(1), () => undefined);
    stream.end({ error: new Error('broken') });
    const reader = stream[Symbol.asyncIterator]();
    assert.deepEqual((await reader.next()).value, piece(1));
    await assert.rejects(reader.next(), /broken/);
  });

  it('notices a reader who leaves before the end', async () => {
    let left = 0;
    const stream = new ClipStream(() => left++);
    stream.push(piece(1), () => undefined);
    for await (const _ of stream) break;
    assert.equal(left, 1);
  });
});

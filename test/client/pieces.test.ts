import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blobPieces, type Pieces, streamPieces } from '../../client/pieces.ts';

async function* stream(chunks: readonly Uint8Array[]) {
  yield* chunks;
}

/** Sends everything as a bad connection does: now and then the server has less than was sent. */
async function sendAll(pieces: Pieces, most: number, lost: () => boolean): Promise<number[]> {
  const server: number[] = [];
  for (;;) {
    pieces.confirm(server.length);
    const { bytes, isLast } = await pieces.take(server.length, most);
    assert.ok(bytes.size <= most);
    if (lost()) continue;
    server.push(...new Uint8Array(await bytes.arrayBuffer()));
    if (!isLast) continue;
    assert.equal(pieces.size, server.length);
    return server;
  }
}

test('whatever the sizes and the losses, every byte arrives once and the end is known with the last one', async () => {
  const chunk = fc.uint8Array({ minLength: 0, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(chunk, { maxLength: 12 }),
      fc.integer({ min: 1, max: 50 }),
      fc.infiniteStream(fc.boolean()),
      async (chunks, most, luck) => {
        const all = chunks.flatMap((one) => [...one]);
        const lost = () => luck.next().value === true;
        assert.deepEqual(await sendAll(streamPieces(stream(chunks)), most, lost), all);
        assert.deepEqual(await sendAll(blobPieces(new Blob(chunks as BlobPart[])), most, lost), all);
      },
    ),
    { numRuns: 60 },
  );
});

test('a stream is read no faster than it is sent', async () => {
  let made = 0;
  async function* maker() {
    for (;;) {
      made++;
      yield new Uint8Array(10);
    }
  }
  const pieces = streamPieces(maker());
  await pieces.take(0, 100);
  const first = made;
  assert.ok(first <= 12);
  await pieces.take(0, 100);
  assert.equal(made, first, 'the same bytes again cost nothing');
  assert.equal(pieces.size, null);
});

test("the maker's fault is thrown", async () => {
  async function* maker() {
    yield new Uint8Array(3);
    throw new Error('no frame');
  }
  await assert.rejects(streamPieces(maker()).take(0, 100), /no frame/);
});

/**
 * Bytes to send, taken from the front. They are kept until `confirm`: after a lost connection the server may have less
 * than was sent. Never more than one part is held in memory.
 */
export interface Pieces {
  /** Bytes in all; null while nobody knows. */
  readonly size: number | null;
  /** Up to `most` bytes from `offset`, and whether they are the last. `offset` never lies before what was confirmed. */
  take(offset: number, most: number): Promise<{ readonly bytes: Blob; readonly isLast: boolean }>;
  /** The server has everything before `offset`. */
  confirm(offset: number): void;
}

/** A file: any part of it can be read again at any time. */
export function blobPieces(file: Blob): Pieces {
  return {
    size: file.size,
    async take(offset, most) {
      const end = Math.min(offset + most, file.size);
      return { bytes: file.slice(offset, end), isLast: end === file.size };
    },
    confirm() {},
  };
}

/** A stream that is still being made. It is read no faster than it is sent, so its maker waits for a slow connection. */
export function streamPieces(source: AsyncIterable<Uint8Array>): Pieces {
  const iterator = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let heldFrom = 0;
  let heldTo = 0;
  let isOver = false;
  const drop = (offset: number) => {
    while (held[0] && heldFrom + held[0].length <= offset) heldFrom += held.shift()?.length ?? 0;
  };
  return {
    get size() {
      return isOver ? heldTo : null;
    },
    async take(offset, most) {
      // One byte more than fits is wanted: only then is it known that this is not the end.
      while (!isOver && heldTo - offset <= most) {
        const { value, done } = await iterator.next();
        if (done) isOver = true;
        else {
          held.push(value);
          heldTo += value.length;
        }
      }
      const all = new Blob(held as BlobPart[]);
      const bytes = all.slice(offset - heldFrom, offset - heldFrom + most);
      return { bytes, isLast: isOver && offset + bytes.size === heldTo };
    },
    confirm: drop,
  };
}

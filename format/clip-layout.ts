// Where every field of a .loop file stands and what it may hold. docs/clip-format.md tells the same in prose.

/** First eight bytes of every clip: no text, no newline translation and no seventh bit survives a bad transfer unseen. */
export const MAGIC = Uint8Array.of(0x89, 0x4c, 0x4f, 0x4f, 0x50, 0x0d, 0x0a, 0x1a);
/** Versions this code writes. A reader refuses another major and reads any minor. */
export const VERSION = { major: 1, minor: 0 } as const;

/** Bytes before the JSON of the header. */
export const HEADER_BYTES = 20;
/** Bytes before the payload of a chunk: type, payload length, checksum. */
export const CHUNK_HEADER_BYTES = 12;
/** Bytes before the body of an FRMS chunk. */
export const FRAMES_HEADER_BYTES = 12;
/** Bytes before the body of a wRAP chunk. */
export const WRAP_HEADER_BYTES = 8;
/** Bytes before the rectangles of a record. */
export const RECORD_HEADER_BYTES = 14;
/** Bytes of a rectangle: x, y, width, height as u16. */
export const RECTANGLE_BYTES = 8;
/** Bytes before the entries of an INDX chunk, and of one entry. */
export const INDEX_HEADER_BYTES = 16;
export const INDEX_ENTRY_BYTES = 16;
/** The END chunk, header and payload: always the last bytes of a whole file. */
export const END_BYTES = 20;

/** What a reader accepts; a file that says more is damaged, and nothing is allocated for it. */
export const LIMITS = {
  /** Bytes of the header's JSON. */
  json: 65_536,
  /** Payload bytes of any chunk. */
  payload: 1_048_576,
  /** Bytes of the records of a chunk, inflated. */
  inflated: 524_288,
  /** Frames of a chunk. */
  chunkFrames: 64,
  /** Chunks of a clip: as many as an INDX of `payload` bytes holds. */
  chunks: 65_535,
  /** Rectangles of a record. */
  rectangles: 32,
  /** Width or height in pixels. */
  side: 4096,
  /** Pixels of a picture: a raw frame with a full record always fits `inflated`. 480 x 320 and 512 x 511 pass. */
  pixels: (524_288 - RECORD_HEADER_BYTES - 32 * RECTANGLE_BYTES) / 2,
  /** Ticks of a record. */
  ticks: 65_535,
} as const;

/** What the writer aims at. */
export const WRITING = {
  /** A chunk closes at so many frames: about a second, the unit of reading, seeking and recovery. */
  chunkFrames: 25,
  /** A chunk closes before it grows beyond so many inflated bytes, unless one frame alone is larger. */
  chunkBytes: 262_144,
  /** Chunks that begin with a key frame are at most so many frames apart. */
  keyFrames: 250,
} as const;

/** Type byte of a record. */
export const RECORD_TYPES = ['hold', 'delta', 'key', 'raw'] as const;
/** Codec byte of FRMS and wRAP. */
export const CODEC = { stored: 0, deflateRaw: 1 } as const;

// What browsers and Node have alike and this folder uses; their own, fuller declarations stand everywhere else.

declare global {
  interface AbortSignal {
    readonly aborted: boolean;
    throwIfAborted(): void;
  }
  class TextEncoder {
    encode(text: string): Uint8Array;
  }
  class TextDecoder {
    constructor(label: 'utf-8', options: { fatal: boolean });
    decode(bytes: Uint8Array): string;
  }
}

export {};

// What browsers and Node have alike and this folder uses; their own, fuller declarations stand everywhere else.

declare global {
  interface AbortSignal {
    readonly aborted: boolean;
    throwIfAborted(): void;
  }
}

export {};

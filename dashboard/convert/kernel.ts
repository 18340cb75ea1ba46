import { kernelBase64 } from './kernel-bytes.ts';

/** The compiled resize kernel with a memory of its own; kernel/kernel.ts says what `render` does. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
  render(
    job: number,
    from: number,
    to: number,
    skipped: number,
    width: number,
    out: number,
    blended: number,
    blendedBytes: number,
  ): void;
}

/** Compiles the kernel. It holds memory until it is collected; one is enough for a whole conversion. */
export async function openKernel(): Promise<Kernel> {
  const bytes = Uint8Array.from(atob(kernelBase64), (character) => character.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes);
  // What kernel/kernel.ts exports; WebAssembly carries no types of its own.
  return instance.exports as unknown as Kernel;
}

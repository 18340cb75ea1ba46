import { LoopError } from '../../format/errors.ts';

/** `ioctl(2)`: returns 0 or more, or throws an Error whose `code` is the errno's name (`EBUSY`). `argument` is read and written in place. */
export type Ioctl = (fd: number, request: number, argument: Buffer) => number;

/** Direction, type, number and size of a request packed as `_IOC` does (include/uapi/asm-generic/ioctl.h). */
export function ioctlRequest(direction: 'read' | 'write' | 'both', type: number, number: number, size: number): number {
  const bits = { write: 1, read: 2, both: 3 }[direction];
  return ((bits << 30) | (size << 16) | (type << 8) | number) >>> 0;
}

/**
 * Loads koffi, in any thread, and binds the process's own `ioctl` (a null library name, so that a preloaded library is
 * seen too). NATIVE_ADDON_MISSING where koffi is not installed.
 */
export async function loadIoctl(): Promise<Ioctl> {
  const { default: koffi } = await importNativeAddon('koffi', () => import('koffi'));
  const call = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *argument)');
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
  return (fd, request, argument) => {
    const result: number = call(fd, request, argument);
    if (result >= 0) return result;
    const code = names.get(koffi.errno()) ?? `errno ${koffi.errno()}`;
    throw Object.assign(new Error(`ioctl: ${code}`), { code });
  };
}

/** Imports one of the optional native packages. NATIVE_ADDON_MISSING names it. */
export async function importNativeAddon<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new LoopError(
      'NATIVE_ADDON_MISSING',
      `The native package ${name} cannot be loaded. A panel on a real bus needs koffi and spi-device, built for this ` +
        'machine and this Node. Install g++, make and python3, then run npm ci again, or set the display to bus: emulated.',
      { cause },
    );
  }
}

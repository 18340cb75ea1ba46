import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes sure that what was written to a file, or the names in a folder, survive a power cut. */
export async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await flush(handle);
}

/** Makes a folder unless it is there. On a read-only disk it fails with EROFS, where mkdir's `recursive` says ENOENT. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** Replaces a file as a whole: a reader, or a kill, finds the old bytes or the new ones. */
export async function writeWhole(path: string, bytes: string | Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  await writeSynced(fresh, bytes);
  await rename(fresh, path);
  await sync(dirname(path));
}

/** Writes a file that nobody reads yet, down to the disk. */
export async function writeSynced(path: string, bytes: string | Uint8Array): Promise<void> {
  await using handle = await open(path, 'w', 0o644);
  await handle.writeFile(bytes);
  await flush(handle);
}

/** Some file systems cannot sync a folder (EINVAL); there the rename itself is all there is. */
async function flush(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  }
}

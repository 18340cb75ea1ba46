import { join } from 'node:path';
import type { UploadProgress } from '../../../contract/messages.ts';
import { silentLog } from '../../../engine/log.ts';
import { openStore, type Store } from '../../../engine/store/store.ts';
import { openUploads, type UploadCoordinator, type UploadPlan } from '../../../engine/upload/upload-coordinator.ts';
import type { Geometry } from '../../../format/frame.ts';
import { geometry, optionsOf, sha256, signal } from '../store/made-clips.ts';

/** Store and uploads of a data folder, closed in order when the scope ends. */
export interface House extends AsyncDisposable {
  readonly store: Store;
  readonly uploads: UploadCoordinator;
  /** Every progress event, in order. */
  readonly heard: UploadProgress[];
}

export async function openHouse(
  folder: string,
  { options = {}, geometries = [geometry] }: { options?: unknown; geometries?: readonly Geometry[] } = {},
): Promise<House> {
  const all = optionsOf(options);
  const store = await openStore({ folder, media: all.media, geometry, log: silentLog, signal });
  const uploads = await openUploads({ store, folder, options: all, geometries, log: silentLog, signal });
  const heard: UploadProgress[] = [];
  uploads.on('progress', (progress) => heard.push(progress));
  const close = async () => {
    await uploads[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  };
  return { store, uploads, heard, [Symbol.asyncDispose]: close };
}

/** The plan of an upload whose original has this content. */
export function planFor(content: Uint8Array, change: Partial<UploadPlan> = {}): UploadPlan {
  return {
    hash: sha256(content),
    filename: 'made.png',
    originalBytes: content.length,
    convert: 'server',
    keepOriginal: true,
    settings: { tags: [], addToLoop: true },
    ...change,
  };
}

/** A stream of bytes in pieces. */
export async function* pieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function uploadsFolder(folder: string): string {
  return join(folder, 'uploads');
}

import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

// node make-cpio.ts OUT.cpio FOLDER: writes the folder as a "newc" archive owned by root, as the kernel's initrd wants it
// (Documentation/driver-api/early-userspace/buffer-format.rst). Several such archives behind each other are one.
const [out, folder] = process.argv.slice(2) as [string, string];
const file = openSync(out, 'w');
let inode = 1;

function putFolder(path: string): void {
  for (const name of readdirSync(join(folder, path)).sort()) {
    const inside = path === '' ? name : `${path}/${name}`;
    const place = join(folder, inside);
    const status = lstatSync(place);
    if (status.isSymbolicLink()) put(inside, status.mode, Buffer.from(readlinkSync(place)));
    else if (status.isDirectory()) {
      put(inside, status.mode, Buffer.alloc(0));
      putFolder(inside);
    } else put(inside, status.mode, readFileSync(place));
  }
}

function put(name: string, mode: number, data: Buffer): void {
  const path = Buffer.from(`${name}\0`);
  const fields = [inode++, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, path.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  for (const part of [header, path, padding(header.length + path.length), data, padding(data.length)])
    writeSync(file, part);
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}

putFolder('');
put('TRAILER!!!', 0, Buffer.alloc(0));
closeSync(file);

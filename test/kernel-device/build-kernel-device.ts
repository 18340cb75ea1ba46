import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const source = new URL('../../emulator/kernel-device/', import.meta.url);
const cache = new URL('../../.cache/kernel-device/', import.meta.url);
const options = ['-Wall', '-Wextra', '-Werror', '-O2', '-shared', '-fPIC'];

/**
 * Compiles emulator/kernel-device/ with the system's C compiler into `.cache/kernel-device/<hash of source and CPU>.so`, once (half a second).
 * Returns the path of the library. Rejects with the name of the missing packages when there is no compiler.
 */
export async function buildKernelDevice(): Promise<string> {
  const files = (await readdir(source)).filter((name) => /\.[ch]$/.test(name)).sort();
  const hash = createHash('sha256').update(process.arch);
  for (const name of files) hash.update(await readFile(new URL(name, source)));
  const library = fileURLToPath(new URL(`${hash.digest('hex').slice(0, 16)}.so`, cache));
  if (existsSync(library)) return library;
  await mkdir(cache, { recursive: true });
  const unfinished = `${library}.${process.pid}`;
  await compile(
    files.filter((name) => name.endsWith('.c')),
    unfinished,
  );
  await rename(unfinished, library); // several test files may build at once
  return library;
}

async function compile(files: readonly string[], output: string): Promise<void> {
  try {
    await promisify(execFile)('cc', [...options, '-o', output, ...files, '-ldl'], { cwd: fileURLToPath(source) });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new Error(
      'The stand-in for the kernel needs a C compiler, and there is no `cc`. Install it: apt install gcc libc6-dev',
      { cause: error },
    );
  }
}

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');
const scripts = join(root, 'scripts/pi');

/** Where the emulated Pi and what it left behind are kept. */
export const cache = join(root, '.cache/pi');

/** Makes the emulated Pi and the native packages for it, once. Rejects with the name of what is missing. */
export async function preparePi(): Promise<void> {
  for (const script of ['build.sh', 'natives.sh']) {
    const child = spawn('sh', [join(scripts, script), cache], { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.on('data', (bytes: Buffer) => {
      words += bytes;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${script}: ${words.trim().split('\n').slice(-5).join('\n')}`);
  }
}

/**
 * Makes the folder that becomes /app: `entries` bundled for Node (name of the bundle -> source file), the native packages,
 * `files` (name -> path), and the shell script that runs.
 */
export async function makeApp(
  name: string,
  app: { entries: Readonly<Record<string, string>>; files?: Readonly<Record<string, string>>; run: string },
): Promise<string> {
  const folder = join(cache, 'app', name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: Object.fromEntries(Object.entries(app.entries).map(([bundle, file]) => [bundle, join(root, file)])),
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['koffi', 'spi-device'],
    logLevel: 'warning',
  });
  await cp(join(cache, 'natives/node_modules'), join(folder, 'node_modules'), { recursive: true });
  for (const [file, path] of Object.entries(app.files ?? {})) await cp(path, join(folder, file));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'run'), app.run);
  return folder;
}

export interface Boot {
  /** Lines that the guest printed after `@ `. */
  readonly lines: readonly string[];
  /** Folder with console.log and wire.log. */
  readonly out: string;
}

/** Boots the Pi with an app and waits for its end. Rejects with the end of the console when it did not end well. */
export async function bootPi(
  name: string,
  app: string,
  { words = [], environment = {} }: { words?: string[]; environment?: Record<string, string> } = {},
): Promise<Boot> {
  const out = join(cache, 'out', name);
  // A loaded machine may take ten times as long as the half minute of an idle one.
  const env = { LIMIT: '600', ...process.env, ...environment };
  const failure = await promisify(execFile)('sh', [join(scripts, 'run.sh'), cache, app, out, ...words], { env }).then(
    () => undefined,
    (error: Error) => error,
  );
  const console = await readFile(join(out, 'console.log'), 'latin1');
  if (failure !== undefined) throw new Error(`The emulated Pi failed:\n${console.slice(-3000)}`, { cause: failure });
  const lines = console.split(/\r?\n/).flatMap((line) => (line.startsWith('@ ') ? [line.slice(2)] : []));
  return { lines, out };
}

import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { RunningPi } from './running-pi.ts';

const run = promisify(execFile);
export const root = join(import.meta.dirname, '../..');
const scripts = join(root, 'scripts/pi');

/** Where the emulated Pi and what it left behind are kept. */
export const cache = join(root, '.cache/pi');

/** Makes the emulated Pi and the native packages for it, once; others who want it wait. Rejects with the name of what is missing. */
export async function preparePi(): Promise<void> {
  await mkdir(cache, { recursive: true });
  for (const script of ['build.sh', 'natives.sh']) {
    await run('flock', [join(cache, 'lock'), 'sh', join(scripts, script), cache], { maxBuffer: 1e8 }).catch(
      ({ stderr, message }: Error & { stderr?: string }) => {
        throw new Error(`${script}: ${(stderr || message).trim().split('\n').slice(-5).join('\n')}`);
      },
    );
  }
}

/**
 * Makes the folder that becomes /app: `entries` bundled for Node (name of the bundle -> source file), the native packages,
 * `files` (name -> path of a file or folder), and the shell script that runs.
 */
export async function makeApp(
  name: string,
  app: { entries?: Readonly<Record<string, string>>; files?: Readonly<Record<string, string>>; run: string },
): Promise<string> {
  const folder = join(cache, 'app', name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const entries = Object.entries(app.entries ?? {});
  await build({
    entryPoints: Object.fromEntries(entries.map(([bundle, file]) => [bundle, join(root, file)])),
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: ['koffi', 'spi-device'],
    logLevel: 'warning',
  });
  await cp(join(cache, 'natives/node_modules'), join(folder, 'node_modules'), { recursive: true });
  for (const [file, path] of Object.entries(app.files ?? {})) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(path, join(folder, file), { recursive: true });
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'run'), app.run);
  return folder;
}

export interface BootOptions {
  /** Of the kernel's command line. */
  readonly words?: readonly string[];
  /** What `scripts/pi/run.sh` takes: NET, TRACE, LIMIT. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Switches the Pi on; `name` is that of its folder under `out/`. */
export async function startPi(
  name: string,
  app: string,
  { words = [], environment = {} }: BootOptions = {},
): Promise<RunningPi> {
  const out = join(cache, 'out', name);
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'console.log'), '');
  // A loaded machine may take ten times as long as the half minute of an idle one.
  const env = { LIMIT: '600', ...process.env, ...environment };
  const child = spawn('sh', [join(scripts, 'run.sh'), cache, app, out, ...words], {
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.on('error', () => {}); // typed after the end
  return new RunningPi(child, out);
}

/** Boots the Pi with an app and waits for its end. Rejects with the end of the console when it did not end well. */
export async function bootPi(name: string, app: string, options: BootOptions): Promise<RunningPi> {
  await using pi = await startPi(name, app, options);
  await pi.end();
  return pi;
}

import { createHash } from 'node:crypto';
import { cp, glob, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { writeSample } from './sample.ts';

/** Builds `dist/`: what `npm start` runs. With `--if-changed` nothing is done while the sources are what they were. */
const dist = 'dist';
const stampFile = join(dist, '.stamp');
const sources = ['format', 'contract', 'client', 'emulator', 'engine', 'addon', 'dashboard', 'scripts'];

async function sourceStamp(): Promise<string> {
  const hash = createHash('sha256').update(await readFile('package-lock.json'));
  const files: string[] = [];
  for (const folder of sources) for await (const file of glob(`${folder}/**/*.*`)) files.push(file);
  for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(file));
  return hash.digest('hex');
}

async function buildHost(): Promise<void> {
  await build({
    entryPoints: {
      main: 'addon/main.ts',
      loop: 'addon/command-line.ts',
      'player.worker': 'engine/player/player.worker.ts',
    },
    outdir: dist,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Packages stay in node_modules: native ones must, the others then keep their licences beside them.
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
}

async function buildPage(): Promise<void> {
  const page = join(dist, 'page');
  await build({
    entryPoints: {
      page: 'dashboard/hosts/page.ts',
      'convert.worker': 'dashboard/convert/convert.worker.ts',
    },
    outdir: page,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  for await (const file of glob('dashboard/hosts/*.{html,css,svg,png,webmanifest}')) {
    await cp(file, join(page, file.slice('dashboard/hosts/'.length)));
  }
}

const { values } = parseArgs({ options: { 'if-changed': { type: 'boolean', default: false } } });
const stamp = await sourceStamp();
const built = await readFile(stampFile, 'utf8').catch(() => '');
if (!values['if-changed'] || built !== stamp) {
  const began = performance.now();
  process.stderr.write('loop: building\n');
  await rm(dist, { recursive: true, force: true });
  await mkdir(join(dist, 'page'), { recursive: true });
  await Promise.all([buildHost(), buildPage(), writeSample(join(dist, 'sample'))]);
  await writeFile(stampFile, stamp);
  const { size } = await stat(join(dist, 'page', 'page.js'));
  process.stderr.write(
    `loop: built in ${((performance.now() - began) / 1000).toFixed(1)} s, page ${(size / 1024).toFixed(0)} kB\n`,
  );
}

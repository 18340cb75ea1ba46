import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** The gate before every commit: all steps at once, each with its time; what failed is printed whole. */
const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'ci', '--colors=off'],
  ['types and layers', 'tsc', '-b'],
  ['unused code', 'knip'],
  ['generated files', 'node', 'scripts/generate.ts', '--check'],
  ['fast tests', 'node', 'scripts/test.ts', 'fast'],
];

async function runStep([name, command, ...args]: (typeof steps)[number]): Promise<boolean> {
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (code !== 0) process.stdout.write(`${output}${errors}`);
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  return code === 0;
}

const results = await Promise.all(steps.map(runStep));
process.exitCode = results.every(Boolean) ? 0 : 1;

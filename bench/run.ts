import { parseArgs } from 'node:util';
import type { BenchRow } from './bench-row.ts';
import { formatTable } from './bench-table.ts';

/**
 * `npm run bench [-- NAME...] [--markdown]`: measures, and prints one table. Each row is a ratio of two things measured in the same run,
 * or a count, so that it means the same on a slow and on a busy machine. Exit 1 where a bar is missed.
 */
const benches: Readonly<Record<string, () => Promise<{ rows: () => Promise<BenchRow[]> }>>> = {
  clip: () => import('./clip.ts'),
  bus: () => import('./bus.ts'),
  player: () => import('./player.ts'),
  memory: () => import('./memory.ts'),
  dashboard: () => import('./dashboard.ts'),
  convert: () => import('./convert.ts'),
  pi: () => import('./pi.ts'),
};

const { positionals } = parseArgs({ allowPositionals: true });
const rows: BenchRow[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  const bench = benches[name];
  if (bench === undefined) throw new Error(`There is no bench ${name}; there are ${Object.keys(benches).join(', ')}.`);
  process.stderr.write(`bench: ${name}\n`);
  rows.push(...(await (await bench()).rows()));
}
process.stdout.write(formatTable(rows));
process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;

import { arch, cpus, totalmem } from 'node:os';
import type { BenchRow } from './bench-row.ts';

/** The rows as a Markdown table, with the machine they were measured on. */
export function formatTable(rows: readonly BenchRow[]): string {
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'} (${arch()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`;
  const lines = rows.map(
    ({ what, bar, measured, holds }) => `| ${what} | ${bar} | ${measured} | ${holds ? 'yes' : 'NO'} |`,
  );
  return `${machine}\n\n| what | bar | measured | holds |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Runs tests by level. `fast`: what the gate runs. `slow`: the same rooms, seconds a file. `e2e`: the whole application, browsers, kills; one
 * file at a time, for they measure the machine's patience. `pi`: an emulated Raspberry Pi. Without a level: fast, slow and e2e.
 * Files named after the level are run instead of all of it.
 */
interface Level {
  readonly globs: readonly string[];
  readonly atOnce: number;
}
const levels: Readonly<Record<string, Level>> = {
  fast: { globs: ['test/!(e2e|pi)/**/!(*.slow).test.ts'], atOnce: availableParallelism() },
  slow: { globs: ['test/!(e2e|pi)/**/*.slow.test.ts'], atOnce: availableParallelism() },
  e2e: { globs: ['test/e2e/**/*.test.ts'], atOnce: 1 },
  pi: { globs: ['test/pi/**/*.test.ts'], atOnce: 1 },
};

function run({ globs, atOnce }: Level): Promise<number> {
  const child = spawn(process.execPath, ['--test', `--test-concurrency=${atOnce}`, ...globs], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}

const [name, ...files] = process.argv.slice(2);
const chosen = name === undefined ? ['fast', 'slow', 'e2e'] : [name];
for (const one of chosen) {
  const level = levels[one];
  if (level === undefined) {
    process.stderr.write(
      `There is no test level ${one}; there are ${Object.keys(levels).join(', ')}, or none for the first three.\n`,
    );
    process.exitCode = 1;
    break;
  }
  const code = await run(files.length > 0 ? { ...level, globs: files } : level);
  process.exitCode ||= code;
}

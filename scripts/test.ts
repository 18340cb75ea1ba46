import { spawn } from 'node:child_process';

/**
 * Runs tests by level: `fast` (no browser, no whole application), `e2e` (the whole application, browsers, kills), `pi` (an emulated
 * Raspberry Pi). Without a level: fast and e2e. Files named after the level are run instead of all of it.
 */
const levels: Record<string, readonly string[]> = {
  fast: ['test/!(e2e|pi)/**/*.test.ts'],
  e2e: ['test/e2e/**/*.test.ts'],
  pi: ['test/pi/**/*.test.ts'],
};

const [level, ...files] = process.argv.slice(2);
const chosen = level === undefined ? ['fast', 'e2e'] : [level];
if (level !== undefined && !(level in levels)) {
  process.stderr.write(
    `There is no test level ${level}; use ${Object.keys(levels).join(', ')}, or none for fast and e2e.\n`,
  );
  process.exit(1);
}
const globs = files.length > 0 ? files : chosen.flatMap((name) => levels[name] ?? []);
const child = spawn(process.execPath, ['--test', ...globs], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});

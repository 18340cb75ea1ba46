import { readFile } from 'node:fs/promises';

/** What `npm start` runs, as scripts/run.sh has it: environment, flags of Node, and `dist/main.js`. For whoever measures or moves it. */
export async function startCommand(): Promise<string> {
  const script = await readFile(new URL('run.sh', import.meta.url), 'utf8');
  const command = /start\) exec (.* dist\/main\.js)/.exec(script)?.[1];
  if (command === undefined) throw new Error('scripts/run.sh does not say how LOOP is started.');
  return command;
}

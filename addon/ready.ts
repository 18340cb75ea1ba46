import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import { isLoopback } from './http/who-may.ts';
import type { House } from './service.ts';

/** Says on stdout where LOOP is reached; beyond loopback with a link that logs one browser in, as text and as QR code. */
export async function sayReady(house: House): Promise<AsyncDisposable> {
  const { host } = house.settings;
  const { port } = house.part('web');
  const [first, ...others] = reachableAt(host, networkInterfaces()).map((name) => `http://${name}:${port}/`);
  const lines = [`LOOP is ready: ${first}`, ...others.map((address) => `Also at: ${address}`)];
  if (!isLoopback(host)) {
    const link = `${others[0] ?? first}login?code=${house.part('code').code}`;
    lines.push(`Log in one browser within ten minutes: ${link}`, renderUnicodeCompact(link, { border: 2 }));
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  house.log.info('ready', `LOOP is ready: ${first}`, { address: first });
  return { [Symbol.asyncDispose]: async () => {} };
}

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Names and addresses under which a server that listens on `host` is reached, the nearest first. */
export function reachableAt(host: string, interfaces: Interfaces): string[] {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  if (!isEverywhere) return [host.includes(':') ? `[${host}]` : host];
  const outside = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family, scopeid }) => !internal && (family === 'IPv4' || (host === '::' && !scopeid)))
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
  return ['127.0.0.1', ...outside];
}

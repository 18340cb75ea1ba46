import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { LoopClient } from '../../client/client.ts';
import type { Clip } from '../../contract/domain.ts';
import { startCommand } from '../../scripts/start-command.ts';
import { originalOf } from '../e2e/add-clip.ts';
import { makeApp, preparePi, root, startPi } from './pi.ts';
import type { RunningPi } from './running-pi.ts';

const PORT = 8765;
const token = 'said-in-the-options';
const options = { displays: [{ bus: '/dev/spidev0.0' }], web: { token } };

/** Starts LOOP and obeys words that are typed; ends as LOOP does. */
const script = (command: string) => `
export LOOP_DATA=/tmp/data LOOP_OPTIONS=/app/options.json LOOP_HOST=0.0.0.0 LOOP_PORT=${PORT}
echo '${JSON.stringify(options)}' > options.json
${command} &
loop=$!
while read -r word; do
  case $word in
    memory) echo "@ memory $(grep VmRSS: /proc/$loop/status) $(grep MemAvailable: /proc/meminfo)" ;;
    stop) kill -TERM $loop ;;
  esac
done < /dev/console &
wait $loop
`;

/** In megabytes of 1,000,000 bytes. */
export interface PiMemory {
  /** Resident memory of LOOP. */
  readonly rss: number;
  /** What the Pi has left; its files lie in memory too. */
  readonly available: number;
}

/** The built LOOP in an emulated Pi, on its real bus. */
export class PiHost implements AsyncDisposable {
  readonly url: string;
  readonly client: LoopClient;
  /** Folder with console.log and wire.log. */
  readonly out: string;
  /** From power-on until LOOP said that it was ready. */
  readonly readySeconds: number;
  readonly #pi: RunningPi;

  constructor(pi: RunningPi, parts: { url: string; readySeconds: number }) {
    this.url = parts.url;
    this.client = new LoopClient({ base: parts.url, token });
    this.out = pi.out;
    this.readySeconds = parts.readySeconds;
    this.#pi = pi;
  }

  /** Uploads a finished clip by multipart, with a small GIF as its original. */
  async upload(title: string, clip: Uint8Array<ArrayBuffer>): Promise<Clip> {
    const form = new FormData();
    form.set('original', new Blob([originalOf(title)]), `${title}.gif`);
    form.set('clip', new Blob([clip]), 'clip.loop');
    const answer = await fetch(new URL('api/media', this.url), {
      method: 'POST',
      body: form,
      headers: { Authorization: `Bearer ${token}` },
    });
    if (answer.status !== 201) throw new Error(`${title} was answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { media: Clip }).media; // as contract/api.ts has it
  }

  async memory(): Promise<PiMemory> {
    this.#pi.type('memory');
    const [, rss, available] = await this.#pi.hear(/@ memory VmRSS:\s*(\d+) kB MemAvailable:\s*(\d+) kB/);
    return { rss: (Number(rss) * 1024) / 1e6, available: (Number(available) * 1024) / 1e6 };
  }

  /** Sends LOOP a SIGTERM and waits for the end of the Pi. Rejects when LOOP's exit code was not 0. */
  async stop(): Promise<void> {
    this.#pi.type('stop');
    await this.#pi.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pi[Symbol.asyncDispose]();
  }
}

export interface PiHostOptions {
  /** Writes wire.log. */
  readonly trace: boolean;
  /** With the clip that LOOP brings along, which then plays from the start, with megabytes of trace a frame. */
  readonly sample: boolean;
}

/** Builds what there is to build, switches the Pi on and waits until LOOP is ready. `name` is that of the folder under `out/`. */
export async function startPiHost(name: string, { trace, sample }: PiHostOptions): Promise<PiHost> {
  await promisify(execFile)(process.execPath, ['scripts/build.ts', '--if-changed'], { cwd: root });
  await preparePi();
  const files = { ...(await hostFiles(sample)), ...(await hostPackages()) };
  const app = await makeApp(name, { files, run: script(await startCommand()) });
  const port = await freePort();
  const environment = { NET: `${port}:${PORT}`, TRACE: trace ? '1' : '0' };
  const pi = await startPi(name, app, { words: ['mem=512M'], environment });
  try {
    // A Pi's clock does not go on without power: its time begins at power-on.
    const [, minutes, seconds] = await pi.hear(/00:(\d\d):(\d\d) info +LOOP is ready/);
    return new PiHost(pi, { url: `http://127.0.0.1:${port}/`, readySeconds: 60 * Number(minutes) + Number(seconds) });
  } catch (error) {
    await pi[Symbol.asyncDispose]();
    throw error;
  }
}

async function hostFiles(sample: boolean): Promise<Record<string, string>> {
  const names = (await readdir(join(root, 'dist'))).filter((name) => sample || name !== 'sample');
  return Object.fromEntries(names.map((name) => [`dist/${name}`, join(root, 'dist', name)]));
}

/** The npm packages that the built host loads. sharp is left out, as its import waits for the first JPEG. */
async function hostPackages(): Promise<Record<string, string>> {
  const { metafile } = await build({
    entryPoints: ['dist/main.js', 'dist/player.worker.js'],
    absWorkingDir: root,
    outdir: 'dist', // nothing is written
    write: false,
    bundle: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    external: ['koffi', 'spi-device', 'sharp'],
    logLevel: 'warning',
  });
  const folders = Object.keys(metafile.inputs).map((file) => /^node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  return Object.fromEntries(folders.flatMap((folder) => (folder ? [[folder, join(root, folder)]] : [])));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // TCP
  server.close();
  await once(server, 'close');
  return port;
}

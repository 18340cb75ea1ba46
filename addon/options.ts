import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { mergeOptions, type OptionFault, type Options, parseOptions } from '../contract/config.ts';
import { LoopError } from '../format/errors.ts';

/** What the environment and the option files say, checked. */
export interface Settings {
  /** Absolute path of LOOP_DATA: everything LOOP writes is in there. */
  readonly folder: string;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** The one address whose ingress headers mean something; undefined outside Home Assistant. */
  readonly ingressFrom: string | undefined;
  readonly options: Options;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The address ingress comes from in every Home Assistant (developers.home-assistant.io, Apps, Ingress). */
const SUPERVISOR_INGRESS = '172.30.32.2';

/**
 * Reads the environment, `options.json` and over it `settings.json`.
 * @throws LoopError OPTIONS_INVALID with every fault in `details.faults`.
 */
export function readSettings(env: Environment): Settings {
  const faults: OptionFault[] = [];
  const folder = resolve(env.LOOP_DATA || 'data');
  const given = readJson(env.LOOP_OPTIONS || join(folder, 'options.json'), faults);
  const changed = readJson(join(folder, 'settings.json'), faults);
  const parsed = parseOptions(mergeOptions(given ?? {}, changed));
  if (!parsed.ok) faults.push(...parsed.faults);
  const port = readPort(env.LOOP_PORT, faults);
  const ingressFrom = readIngress(env, faults);
  if (!parsed.ok || faults.length > 0) throw optionsInvalid(faults);
  return { folder, host: env.LOOP_HOST || '127.0.0.1', port, ingressFrom, options: parsed.options };
}

function readJson(path: string, faults: OptionFault[]): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    faults.push({ path, value: undefined, rule: String(error), mend: 'Make the file readable, or remove it.' });
    return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const rule = `It must be JSON: ${(error as Error).message}`;
    faults.push({ path, value: text.slice(0, 60), rule, mend: 'Correct the file, or remove it to take the defaults.' });
    return undefined;
  }
}

function readPort(text: string | undefined, faults: OptionFault[]): number {
  const port = text ? Number(text) : 8765;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    const rule = 'a whole number from 0 to 65535';
    faults.push({ path: 'LOOP_PORT', value: text, rule, mend: 'Set LOOP_PORT=8765, or unset it.' });
  }
  return port;
}

function readIngress(env: Environment, faults: OptionFault[]): string | undefined {
  const address = env.LOOP_INGRESS_FROM || (env.SUPERVISOR_TOKEN ? SUPERVISOR_INGRESS : undefined);
  if (address !== undefined && isIP(address) === 0) {
    const mend = `Set LOOP_INGRESS_FROM=${SUPERVISOR_INGRESS}, or unset it.`;
    faults.push({ path: 'LOOP_INGRESS_FROM', value: address, rule: 'an IP address', mend });
  }
  return address;
}

const SECRET = /(token|password|secret)$/;

function optionsInvalid(faults: readonly OptionFault[]): LoopError {
  const lines = faults.map((fault) => {
    const value = SECRET.test(fault.path) ? '(not shown)' : shown(fault.value);
    return `  ${fault.path || 'options'} is ${value}: ${fault.rule}. ${fault.mend}`;
  });
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
  return new LoopError('OPTIONS_INVALID', `The options have ${count}; nothing was started.\n${lines.join('\n')}\n`, {
    details: { faults },
  });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writing } from '../engine/store/storage-error.ts';

/** The token everybody needs when LOOP listens beyond loopback, and what proves it. */
export class Token {
  readonly #token: string;
  /** Value of the login cookie: made from the token, so that a cookie read by somebody is not the token. */
  readonly cookie: string;

  constructor(token: string) {
    this.#token = token;
    this.cookie = createHmac('sha256', token).update('loop cookie').digest('base64url');
  }

  /** Takes the same time for every wrong text. */
  isToken(text: string): boolean {
    return sameText(text, this.#token);
  }

  isCookie(text: string): boolean {
    return sameText(text, this.cookie);
  }
}

/** The token of the options, or the one in `<folder>/token`, made (mode 0600) at the first start. @throws LoopError STORAGE_READ_ONLY, STORAGE_FULL */
export async function openToken(options: { readonly given: string; readonly folder: string }): Promise<Token> {
  if (options.given) return new Token(options.given);
  const path = join(options.folder, 'token');
  const made = `${randomBytes(32).toString('base64url')}\n`;
  await writing('making the token', async () => {
    await mkdir(options.folder, { recursive: true });
    await writeFile(path, made, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  });
  return new Token((await readFile(path, 'utf8')).trim());
}

/** How long the code in the printed link works. */
const CODE_MS = 10 * 60_000;

/** A code that logs in one browser, once, within ten minutes. */
export class OneTimeCode {
  readonly code = randomBytes(9).toString('base64url');
  readonly #until: number;
  #used = false;

  constructor(now: number) {
    this.#until = now + CODE_MS;
  }

  /** True once, for the right text in time. */
  take(text: string, now: number): boolean {
    if (this.#used || now > this.#until || !sameText(text, this.code)) return false;
    this.#used = true;
    return true;
  }
}

function sameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

import { LoopError } from '../../format/errors.ts';

/**
 * Refuses paths that mean something else after decoding: parent folders, hidden slashes, control characters, broken escapes.
 * @throws LoopError INVALID_REQUEST
 */
export function checkPath(path: string): void {
  if (!path.startsWith('/')) throw refused(path, 'a path begins with /');
  if (/%2f|%5c|\\/i.test(path)) throw refused(path, 'a segment holds no slash');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw refused(path, 'escapes are %XX of UTF-8');
  }
  if (/\p{Cc}/u.test(decoded)) throw refused(path, 'it holds no control characters');
  if (decoded.split('/').some((segment) => segment === '..' || segment === '.')) {
    throw refused(path, 'it does not climb through . and ..');
  }
}

function refused(path: string, rule: string): LoopError {
  return new LoopError(
    'INVALID_REQUEST',
    `The path ${JSON.stringify(path.slice(0, 100))} is refused: ${rule}. Correct it.`,
  );
}

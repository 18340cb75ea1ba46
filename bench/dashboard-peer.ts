import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Serves LOOP's dashboard made anew for each request: the clips read from SQLite, serialised, compressed. Prints its port. */
const [folder, url] = process.argv.slice(2) as [string, string];
const zipped = promisify(gzip);
const rest = (await (await fetch(new URL('api/dashboard', url))).json()) as { media: object[] };
const database = new DatabaseSync(join(folder, 'loop.sqlite'), { readOnly: true });
const clips = database.prepare('SELECT * FROM clips JOIN renditions USING (hash) ORDER BY added_at, hash');

function dashboard(): string {
  const media = clips.all().map((row) => ({
    slug: row.slug,
    title: row.title,
    type: row.type,
    width: row.width,
    height: row.height,
    fps: Math.round((Number(row.frames) * 1e9) / Number(row.duration_us)) / 1000,
    frame_count: row.frames,
    duration_ms: Math.round(Number(row.duration_us) / 1000),
    size_bytes: row.bytes,
    original_filename: row.filename,
    original_size_bytes: row.original_bytes,
    content_hash: row.hash,
    added_at: row.added_at,
    tags: JSON.parse(String(row.tags)) as string[],
    plays: row.plays,
    poster_url: `api/media/${String(row.slug)}/poster`,
    original_url: `api/media/${String(row.slug)}/original`,
    clip_url: `api/media/${String(row.slug)}/clip`,
  }));
  return JSON.stringify({ ...rest, media });
}

if (dashboard().length < JSON.stringify(rest).length * 0.95) throw new Error('The peer answers less than LOOP does.');
const server = createServer(async (request, response) => {
  const text = dashboard();
  const isZipped = request.headers['accept-encoding'] === 'gzip';
  const body = isZipped ? await zipped(text) : Buffer.from(text);
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    ...(isZipped && { 'Content-Encoding': 'gzip' }),
  });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

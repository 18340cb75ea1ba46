import type { Store } from '../../engine/store/store.ts';
import type { Geometry } from '../../format/frame.ts';
import { allowMethods } from './send.ts';
import { sendFile } from './send-file.ts';
import type { Row } from './server.ts';

/**
 * `/api/media/{slug}/clip`, `/original`, `/poster`: bytes with ETag and ranges, past Express: a player asks for them
 * all the time, and a plain handler costs a fifth. Not counted at the gate: a film stays open as long as it plays.
 */
export function mediaFilesRow(options: {
  readonly store: Store;
  readonly geometry: (display: string) => Geometry;
  readonly signal: AbortSignal;
}): Row {
  return {
    pattern: /^\/api\/media\/(?<slug>[^/]+)\/(?<kind>clip|original|poster)$/,
    counts: false,
    async handle(exchange) {
      const { req, res, groups } = exchange;
      allowMethods(req, 'GET', 'HEAD');
      const slug = decodeURIComponent(groups.slug ?? '');
      const kind = groups.kind as 'clip' | 'original' | 'poster'; // the pattern has no other
      if (kind === 'poster') return sendFile(exchange, await options.store.poster(slug, { signal: options.signal }));
      const display = new URL(req.url ?? '', 'http://loop').searchParams.get('display');
      const file = options.store.file(slug, kind, display === null ? undefined : options.geometry(display));
      // An original is somebody's file: nothing in it may act as a page of this origin.
      res.setHeader(
        'Content-Security-Policy',
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; sandbox",
      );
      res.setHeader('Content-Disposition', disposition(kind, options.store.clip(slug)));
      await sendFile(exchange, file);
    },
  };
}

/** Shown in place, saved under its name (RFC 6266; the escaped name is for any script). */
function disposition(
  kind: 'clip' | 'original',
  clip: { readonly slug: string; readonly original_filename: string },
): string {
  const name = kind === 'clip' ? `${clip.slug}.loop` : clip.original_filename;
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const escaped = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `inline; filename="${plain}"; filename*=UTF-8''${escaped}`;
}

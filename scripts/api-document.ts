import * as z from 'zod/mini';
import { action } from '../contract/actions.ts';
import { type Route, routes } from '../contract/api.ts';
import { type JsonSchema, taken } from './option-words.ts';

/** docs/api.md: every route, every action, and how the WebSocket speaks. */
export function apiDocument(made: string): string {
  const rows = Object.values<Route>(routes).map(
    ({ method, path, does, body }) =>
      `| \`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}\` | ${does} | ${body === undefined ? '' : fieldsOf(body)} |`,
  );
  return `# The interface for programs

${made}

JSON in, JSON out, names in snake_case. Times in media are whole milliseconds (\`*_ms\`), instants ISO 8601 in UTC. An error is
\`{"error": {"code", "message", "details"}}\` with the status of [errors.md](errors.md). A field with \`?\` may be missing.
Media bytes carry an ETag and take Range, If-Range and HEAD. On any address but loopback send \`Authorization: Bearer <token>\`.

## REST

| call | what it does | body |
| --- | --- | --- |
${rows.join('\n')}

\`POST /api/media\` takes multipart: \`original\` alone (LOOP converts it with ffmpeg), or \`original\` and \`clip\` (a finished \`.loop\`), or \`bundle\` (a
ZIP of \`metadata.json\`, \`frames/frame_000001.rgb\` and up, and \`original/\`); beside them \`title\`, \`tags\`, \`fit\`, \`add_to_loop\`. It answers when the clip is
there (201, or 200 when it was before), or with \`Prefer: respond-async\` at once (202 and the transaction). Whoever leaves does not cancel it.

\`/api/uploads\` speaks tus 1.0 in parts of at most 8 MiB. \`Upload-Metadata\` of a creation: \`hash\` (SHA-256 of the original, hex) and \`filename\`; \`part\` is
\`original\` (the default) or \`clip\`, \`convert\` \`server\` (the default) or \`browser\` (a clip comes too), \`original_size\` in bytes where the part is not the original,
\`keep_original\` \`true\` or \`false\`, and \`title\`, \`tags\`, \`fit\`, \`quality\`, \`dither\`, \`add_to_loop\` as above. The upload's address is \`uploads/<hash>.<part>\`.

## Actions

One vocabulary for REST (\`POST /api/actions\`) and WebSocket. \`display\` missing means the first one; a clip is named by slug or by its title as people say it.
The answer is the state that came out of it.

| action | fields |
| --- | --- |
${actionRows().join('\n')}

## WebSocket \`/ws\`

Text is JSON, binary is the live picture. Every client is in the room \`dashboard\`; \`{"type":"subscribe","rooms":["progress","system","preview:loop"]}\` brings more.
Each message of a room carries \`room\` and \`seq\`, which rises by one for each client and room; after a gap, connect again.

| from the server | what it carries |
| --- | --- |
| \`initial_dashboard\` | \`data\`: everything, as \`GET /api/dashboard\`; always the first message |
| \`dashboard_update\` | \`data\`: the top-level keys that changed |
| \`media_uploaded\`, \`media_deleted\` | \`media\`; \`slug\` |
| \`loop_updated\`, \`playback_changed\` | \`loop\`; \`playback\` |
| \`upload_progress\` | \`transaction\`, \`filename\`, \`stage\` (resizing, converting, uploading, finalizing), \`progress\` 0 to 100, \`error\` |
| \`notice\` | \`code\`, \`message\` |
| \`result\` | the answer to an action by its \`id\`: \`ok\`, then \`state\` or \`error\` |
| \`closing\` | why the connection ends, before it does |

\`{"type":"action","id":1,"action":"next"}\` runs an action, \`{"type":"ping"}\` is answered \`{"type":"pong"}\`. A client that does not read is skipped (preview) or closed with 1013.

A binary message is one frame of a preview room, little-endian: \`LPv1\`, a byte 1 for a key frame or 0 for one that builds on the frame before, the display's place in the list (1 byte), two bytes 0, width
and height (2 bytes each), a number that rises by one (4 bytes), 4 bytes 0, then the frame in Q565 ([clip-format.md](clip-format.md)).
`;
}

/** The fields of a body: name, `?` where it may be missing, and what it takes. */
function fieldsOf(schema: z.ZodMiniType): string {
  const { anyOf, oneOf, properties = {}, required = [] } = toSchema(schema);
  if (anyOf ?? oneOf) return 'an action, see below';
  return Object.entries(properties)
    .map(([name, value]) => `\`${name}${required.includes(name) ? '' : '?'}\` ${taken(value)}`)
    .join('; ');
}

function actionRows(): string[] {
  return action.def.options.map((option) => {
    const { properties = {}, required = [] } = toSchema(option);
    const { action: name, display, ...fields } = properties;
    const words = Object.entries(fields).map(
      ([field, value]) => `\`${field}${required.includes(field) ? '' : '?'}\` ${taken(value)}`,
    );
    return `| \`${String(name?.const)}\` | ${[...words, ...(display ? ['`display?`'] : [])].join('; ')} |`;
  });
}

function toSchema(schema: z.ZodMiniType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

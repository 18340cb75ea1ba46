import * as z from 'zod/mini';
import { options } from '../contract/config.ts';
import { errorTable } from '../contract/errors.ts';
import { type JsonSchema, taken } from './option-words.ts';

/** Stands at the top of every generated document. */
export const made = '<!-- Made by npm run generate; edit contract/ instead. -->';

/** docs/errors.md: every error code with what to do. */
export function errorDocument(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { status, retry, mend }]) => `| \`${code}\` | ${status} | ${retry ? 'yes' : 'no'} | ${mend} |`,
  );
  return `# Errors

${made}

Every error of LOOP carries a code that stays the same; the message beside it names the value, the rule and the mend. REST answers
\`{"error": {"code", "message", "details"}}\` with the status below; WebSocket results, node messages and the log carry the same code.

| code | status | the same again may help | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

/** docs/config.md: every option with its type, default and meaning. */
export function configDocument(): string {
  const defaults = options.parse({});
  const rows = optionRows(options, defaults, '');
  return `# Options

${made}

LOOP reads \`$LOOP_DATA/options.json\` (or the file \`LOOP_OPTIONS\` names), any subset of what is below, and lays \`settings.json\`, which its
page writes, over it. A fault is named with its path, value, rule and mend, and LOOP does not start.

| option | what it takes | default | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function optionRows(schema: z.ZodMiniType, defaults: unknown, path: string): string[] {
  return rowsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, defaults, path);
}

function rowsOf(schema: JsonSchema, value: unknown, path: string): string[] {
  const properties = schema.properties ?? schema.items?.properties;
  if (properties === undefined) {
    return [`| \`${path}\` | ${taken(schema)} | \`${JSON.stringify(value)}\` | ${schema.description ?? ''} |`];
  }
  const prefix = schema.items ? `${path}[].` : path ? `${path}.` : '';
  const values = (schema.items ? (value as unknown[])[0] : value) as Record<string, unknown>;
  return Object.entries(properties).flatMap(([key, child]) => rowsOf(child, values[key], `${prefix}${key}`));
}

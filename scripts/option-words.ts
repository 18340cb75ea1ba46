/** What the generated documents read of a JSON Schema. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a schema takes, in words for a table. */
export function taken(schema: JsonSchema): string {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(taken))].join(' or ');
  if (schema.enum) return schema.enum.map((one) => `\`${one}\``).join(', ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.properties) return `{ ${Object.keys(schema.properties).join(', ')} }`;
  if (schema.items) return `list of ${taken(schema.items)}`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  const { minimum, maximum } = schema;
  if (minimum === undefined) return type;
  return maximum === undefined || maximum > 1e12 ? `${type}, at least ${minimum}` : `${type}, ${minimum} to ${maximum}`;
}

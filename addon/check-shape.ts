import type * as z from 'zod/mini';
import { LoopError, type LoopErrorCode } from '../format/errors.ts';

/** One thing wrong with a value that came from outside. */
export interface ShapeFault {
  /** Where, as `order[2]`; empty = the whole. */
  readonly path: string;
  /** In a few words. */
  readonly value: string;
  readonly rule: string;
}

/**
 * Reads a value that came from outside by its schema.
 * @throws LoopError with `code`; the message and `details.faults` name path, value, rule and what is allowed.
 */
export function checkShape<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  code: Extract<LoopErrorCode, 'INVALID_REQUEST' | 'INVALID_ACTION'> = 'INVALID_REQUEST',
): Given<z.infer<Schema>> {
  const result = schema.safeParse(value);
  if (result.success) return result.data as Given<z.infer<Schema>>; // JSON holds no undefined: a key is there with a value, or not there
  const faults = result.error.issues.slice(0, MOST_FAULTS).flatMap((issue) => faultsOf(issue, schema, value));
  const sentences = faults.map((fault) => `${fault.path || 'the body'} is ${fault.value}: ${fault.rule}`);
  throw new LoopError(code, `${sentences.join('; ')}. Correct that part.`, { details: { faults } });
}

/** A shape whose optional keys are missing or have a value, never undefined. */
export type Given<Shape> = Shape extends readonly unknown[]
  ? Shape
  : Shape extends object
    ? { [Key in keyof Shape]: Exclude<Shape[Key], undefined> }
    : Shape;

/** More faults than this help nobody. */
const MOST_FAULTS = 10;

function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodMiniType, value: unknown): ShapeFault[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = allowedKeys(schema, value);
    const rule =
      allowed && issue.path.length === 0 ? `there is no such field; there are ${allowed.join(', ')}` : issue.message;
    return issue.keys.map((key) => faultAt([...issue.path, key], value, rule));
  }
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return [faultAt(issue.path, value, `it must be one of ${issue.options.join(', ')}`)];
  }
  return [faultAt(issue.path, value, issue.message)];
}

function faultAt(path: readonly PropertyKey[], whole: unknown, rule: string): ShapeFault {
  const value = path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, key)
        ? (part as Record<PropertyKey, unknown>)[key]
        : undefined,
    whole,
  );
  const text = path.reduce<string>((before, key) => {
    if (typeof key === 'number') return `${before}[${key}]`;
    return before ? `${before}.${String(key)}` : String(key);
  }, '');
  return { path: text.slice(0, 200), value: shown(value), rule };
}

/** The keys an object may have; of a union, those of the option the value chose. */
function allowedKeys(schema: z.ZodMiniType, value: unknown): string[] | undefined {
  const { def } = schema._zod as unknown as { def: SchemaDefinition }; // what zod/mini keeps of every schema
  if (def.shape) return Object.keys(def.shape);
  if (!def.options || !def.discriminator || typeof value !== 'object' || value === null) return undefined;
  const chosen = (value as Record<string, unknown>)[def.discriminator];
  const option = def.options.find((one) => one._zod.def.shape?.[def.discriminator as string]?._zod.values?.has(chosen));
  return option?._zod.def.shape && Object.keys(option._zod.def.shape);
}

interface SchemaDefinition {
  readonly shape?: Record<string, { readonly _zod: { readonly values?: ReadonlySet<unknown> } }>;
  readonly options?: readonly { readonly _zod: { readonly def: SchemaDefinition } }[];
  readonly discriminator?: string;
}

/** A value in a few words: its parts may be megabytes, or nested without end. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  return String(value);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as z from 'zod/mini';
import { checkShape } from '../../addon/check-shape.ts';
import { action } from '../../contract/actions.ts';
import { routes } from '../../contract/api.ts';

function fault(schema: z.ZodMiniType, value: unknown, code?: 'INVALID_ACTION'): Error {
  try {
    checkShape(schema, value, code);
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was wrong');
}

test('an unknown action names the actions there are', () => {
  const error = fault(action, { action: 'explode' }, 'INVALID_ACTION');
  assert.equal((error as { code?: string }).code, 'INVALID_ACTION');
  assert.match(error.message, /^action is "explode": it must be one of show, next, previous, .*reload/);
});

test('a wrong value names what is allowed', () => {
  assert.match(
    fault(action, { action: 'set_mode', mode: 'up' }).message,
    /^mode is "up": .*"loop_all"\|"loop_one"\|"shuffle"/,
  );
  assert.match(fault(action, { action: 'set_brightness', brightness: 101 }).message, /^brightness is 101: .*100/);
});

test('an unknown field names the fields there are', () => {
  assert.match(
    fault(routes.changeDisplay.body, { brigthness: 1 }).message,
    /brigthness is 1: there is no such field; there are on, brightness\./,
  );
  assert.match(
    fault(action, { action: 'next', foo: 1 }).message,
    /foo is 1: there is no such field; there are action, display/,
  );
});

test('deep places are named', () => {
  assert.match(fault(routes.orderLoop.body, { order: ['a', 5], version: 1 }).message, /^order\[1\] is 5: /);
});

test('a huge or endless value is told in a few words', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
  for (const value of [deep, 'x'.repeat(1_000_000), { order: deep, version: deep }]) {
    const error = fault(routes.orderLoop.body, value) as Error & { details?: unknown };
    assert.ok(error.message.length < 1000);
    assert.ok(JSON.stringify(error.details).length < 2000);
  }
});

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Gate } from '../../addon/http/gate.ts';
import { LoopError } from '../../format/errors.ts';

const { signal } = new AbortController();

test('as many as fit go in at once, the next one when somebody leaves, in order', async () => {
  const gate = new Gate({ most: 2 });
  const leave = [await gate.enter({ signal }), await gate.enter({ signal })];
  const order: string[] = [];
  const third = gate.enter({ signal }).then((out) => {
    order.push('third');
    return out;
  });
  const fourth = gate.enter({ signal }).then((out) => {
    order.push('fourth');
    return out;
  });
  assert.deepEqual(gate.figures, { inside: 2, waiting: 2, refused: 0, most: 2 });
  leave[1]?.();
  leave[1]?.(); // leaving twice frees one place only
  const leaveThird = await third;
  assert.deepEqual(order, ['third']);
  leaveThird();
  (await fourth)();
  leave[0]?.();
  assert.deepEqual(order, ['third', 'fourth']);
  assert.deepEqual(gate.figures, { inside: 0, waiting: 0, refused: 0, most: 2 });
});

test('who waits ten seconds is refused, and is out of the line', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const gate = new Gate({ most: 1 });
    const leave = await gate.enter({ signal });
    const second = gate.enter({ signal });
    mock.timers.tick(9_999);
    assert.equal(gate.figures.waiting, 1);
    mock.timers.tick(1);
    await assert.rejects(second, { code: 'TOO_BUSY' });
    leave();
    assert.deepEqual(gate.figures, { inside: 0, waiting: 0, refused: 1, most: 1 });
    (await gate.enter({ signal }))();
  } finally {
    mock.timers.reset();
  }
});

test('a caller who leaves while waiting takes no place', async () => {
  const gate = new Gate({ most: 1 });
  const leave = await gate.enter({ signal });
  const left = new AbortController();
  const second = gate.enter({ signal: left.signal });
  const third = gate.enter({ signal });
  left.abort(new LoopError('ABORTED', 'left.'));
  await assert.rejects(second, { code: 'ABORTED' });
  leave();
  (await third)();
  assert.equal(gate.figures.inside, 0);
});

test('the line has a bound', async () => {
  const gate = new Gate({ most: 1 });
  const leave = await gate.enter({ signal });
  const left = new AbortController();
  const waiting = Array.from({ length: 500 }, () => gate.enter({ signal: left.signal }).catch(() => 'left'));
  await assert.rejects(gate.enter({ signal }), { code: 'TOO_BUSY' });
  left.abort();
  assert.equal((await Promise.all(waiting)).filter((one) => one === 'left').length, 500);
  leave();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoticeBoard } from '../../dashboard/state/notice-board.ts';

test('a notice with the id of one that stands replaces it', () => {
  const board = new NoticeBoard(() => {});
  board.tell({ id: 'a', kind: 'info', text: 'one' });
  board.tell({ id: 'a', kind: 'bad', text: 'two' });
  assert.deepEqual(
    board.notices.map(({ text }) => text),
    ['two'],
  );
});

test('a passing notice goes away when its time is over, and not before', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let changes = 0;
  const board = new NoticeBoard(() => changes++);
  board.tell({ id: 'a', kind: 'good', text: 'saved', lastsMs: 3000 });
  context.mock.timers.tick(2999);
  assert.equal(board.notices.length, 1);
  context.mock.timers.tick(1);
  assert.equal(board.notices.length, 0);
  assert.equal(changes, 2);
});

test('told again, a passing notice has its whole time again', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const board = new NoticeBoard(() => {});
  board.tell({ id: 'a', kind: 'good', text: 'saved', lastsMs: 1000 });
  context.mock.timers.tick(900);
  board.tell({ id: 'a', kind: 'good', text: 'saved', lastsMs: 1000 });
  context.mock.timers.tick(900);
  assert.equal(board.notices.length, 1);
});

test('of many notices the oldest passing one makes room, never a lasting one', () => {
  const board = new NoticeBoard(() => {});
  board.tell({ id: 'stays', kind: 'bad', text: '' });
  for (const id of ['1', '2', '3', '4']) board.tell({ id, kind: 'info', text: '', lastsMs: 1e6 });
  assert.deepEqual(
    board.notices.map(({ id }) => id),
    ['stays', '2', '3', '4'],
  );
  for (const { id } of board.notices) board.take(id);
});

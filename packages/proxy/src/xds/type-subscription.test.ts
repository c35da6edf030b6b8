import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TypeSubscription } from './type-subscription.ts';

test('the server is told once what is asked for, with the versions that are held', () => {
  const names = new TypeSubscription();
  assert.equal(names.subscribe('a'), true);
  assert.equal(names.subscribe('a'), false);
  names.subscribe('b');
  names.hold('b', 'v1');
  assert.deepEqual(names.takeChanges(), {
    subscribe: ['a', 'b'],
    unsubscribe: [],
    versions: new Map([['b', 'v1']]),
  });
  assert.equal(names.takeChanges(), undefined);
});

test('what was never told to the server is not taken back either', () => {
  const names = new TypeSubscription();
  names.subscribe('a');
  names.unsubscribe('a');
  assert.equal(names.takeChanges(), undefined);
  assert.equal(names.unsubscribe('a'), false);
});

test('a name that was given up is told, and its version forgotten', () => {
  const names = new TypeSubscription();
  names.subscribe('a');
  names.takeChanges();
  names.hold('a', 'v1');
  names.unsubscribe('a');
  assert.equal(names.isHeld('a'), false);
  assert.deepEqual(names.takeChanges(), { subscribe: [], unsubscribe: ['a'], versions: new Map() });
});

test('given up and asked for again in one turn: the server sends it again', () => {
  const names = new TypeSubscription();
  names.subscribe('a');
  names.takeChanges();
  names.unsubscribe('a');
  names.subscribe('a');
  assert.deepEqual(names.takeChanges(), { subscribe: ['a'], unsubscribe: [], versions: new Map() });
  // And given up once more, which the server has to know.
  names.unsubscribe('a');
  names.subscribe('a');
  names.unsubscribe('a');
  assert.deepEqual(names.takeChanges(), { subscribe: [], unsubscribe: ['a'], versions: new Map() });
});

test('a new stream begins with everything that is asked for', () => {
  const names = new TypeSubscription();
  names.subscribe('a');
  names.subscribe('b');
  names.takeChanges();
  names.hold('a', 'v1');
  names.unsubscribe('b');
  names.restart();
  assert.deepEqual(names.takeChanges(), {
    subscribe: ['a'],
    unsubscribe: [],
    versions: new Map([['a', 'v1']]),
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Action, type DesiredWorkload, type ReplicaView, reconcile } from './reconcile.ts';

function deployment(replicas: number, revision = 'a', name = 'web'): DesiredWorkload {
  return { kind: 'Deployment', namespace: 'shop', name, replicas, revision };
}

function replica(
  ordinal: number,
  phase: ReplicaView['phase'],
  revision = 'a',
  workload = 'web',
): ReplicaView {
  return { kind: 'Deployment', namespace: 'shop', workload, ordinal, revision, phase };
}

function member(ordinal: number, phase: ReplicaView['phase'], revision: string): ReplicaView {
  return { ...replica(ordinal, phase, revision), kind: 'StatefulSet' };
}

function words(actions: readonly Action[]): string[] {
  return actions.map((action) =>
    action.kind === 'start'
      ? `start ${action.workload.name}-${action.ordinal}`
      : `stop ${action.replica.workload}-${action.replica.ordinal}`,
  );
}

test('a new workload starts all its replicas at once', () => {
  assert.deepEqual(words(reconcile([deployment(3)], [])), ['start web-0', 'start web-1', 'start web-2']);
});

test('nothing is done when the replicas are there, ready or not', () => {
  assert.deepEqual(reconcile([deployment(2)], [replica(0, 'ready'), replica(1, 'starting')]), []);
});

test('scaling down stops those that are not ready first, then the highest ordinal', () => {
  const replicas = [replica(0, 'ready'), replica(1, 'starting'), replica(2, 'ready')];
  assert.deepEqual(words(reconcile([deployment(1)], replicas)), ['stop web-1', 'stop web-2']);
});

test('a deleted workload stops, a renamed one starts under its new name', () => {
  const actions = reconcile([deployment(1, 'a', 'shop')], [replica(0, 'ready')]);
  assert.deepEqual(words(actions), ['stop web-0', 'start shop-0']);
});

test('a changed template starts a successor and stops nothing that is ready', () => {
  const actions = reconcile([deployment(1, 'b')], [replica(0, 'ready')]);
  assert.deepEqual(words(actions), ['start web-1']);
});

test('the predecessor stops when its successor is ready', () => {
  const actions = reconcile([deployment(1, 'b')], [replica(0, 'ready'), replica(1, 'ready', 'b')]);
  assert.deepEqual(words(actions), ['stop web-0']);
});

test('a successor that never gets ready leaves the predecessor alone', () => {
  assert.deepEqual(reconcile([deployment(1, 'b')], [replica(0, 'ready'), replica(1, 'starting', 'b')]), []);
});

test('a predecessor that is not ready is replaced at once', () => {
  const actions = reconcile([deployment(1, 'b')], [replica(0, 'starting')]);
  assert.deepEqual(words(actions), ['stop web-0', 'start web-1']);
});

test('the name of a replica that is still stopping is not used again', () => {
  assert.deepEqual(words(reconcile([deployment(1)], [replica(0, 'stopping')])), ['start web-1']);
});

test('a stateful set keeps its names: the highest outdated one stops first, alone', () => {
  const set: DesiredWorkload = { ...deployment(2, 'b'), kind: 'StatefulSet' };
  assert.deepEqual(words(reconcile([set], [member(0, 'ready', 'a'), member(1, 'ready', 'a')])), [
    'stop web-1',
  ]);
  assert.deepEqual(reconcile([set], [member(0, 'ready', 'a'), member(1, 'stopping', 'a')]), []);
  assert.deepEqual(words(reconcile([set], [member(0, 'ready', 'a')])), ['start web-1']);
  assert.deepEqual(reconcile([set], [member(0, 'ready', 'a'), member(1, 'starting', 'b')]), []);
  assert.deepEqual(words(reconcile([set], [member(0, 'ready', 'a'), member(1, 'ready', 'b')])), [
    'stop web-0',
  ]);
});

test('whatever order replicas get ready and end in, a roll-over keeps enough ready and comes to rest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 5 }),
      fc.infiniteStream(fc.nat()),
      (before, after, choices) => {
        let replicas: ReplicaView[] = Array.from({ length: before }, (_, ordinal) =>
          replica(ordinal, 'ready'),
        );
        const wanted = [deployment(after, 'b')];
        const floor = Math.min(before, after);
        for (let step = 0; step < 100; step++) {
          for (const action of reconcile(wanted, replicas)) {
            if (action.kind === 'start') {
              assert.ok(!replicas.some(({ ordinal }) => ordinal === action.ordinal), 'one pod for each name');
              replicas = [...replicas, replica(action.ordinal, 'starting', action.workload.revision)];
            } else {
              replicas = replicas.map((one) =>
                one.ordinal === action.replica.ordinal ? { ...one, phase: 'stopping' } : one,
              );
            }
          }
          assert.ok(replicas.filter(({ phase }) => phase === 'ready').length >= floor, 'enough stay ready');
          const moving = replicas.filter(({ phase }) => phase !== 'ready');
          if (moving.length === 0) break;
          const chosen = moving[(choices.next().value ?? 0) % moving.length];
          replicas =
            chosen?.phase === 'stopping'
              ? replicas.filter((one) => one !== chosen)
              : replicas.map((one) => (one === chosen ? { ...one, phase: 'ready' } : one));
        }
        assert.equal(replicas.length, after);
        assert.ok(replicas.every(({ revision, phase }) => revision === 'b' && phase === 'ready'));
      },
    ),
  );
});

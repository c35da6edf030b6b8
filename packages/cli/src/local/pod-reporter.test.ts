import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resource } from '@weft/api/resource';
import { PodReporter } from './pod-reporter.ts';

function pod(name: string): Resource {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' } };
}

test('changes that come together go out together, with the newest list', async () => {
  let pods: Resource[] = [];
  const sent: string[][] = [];
  const reporter = new PodReporter(
    () => pods,
    async (list) => void sent.push(list.map(({ metadata }) => metadata.name)),
  );
  pods = [pod('a')];
  const first = reporter.report();
  pods = [pod('a'), pod('b')];
  await Promise.all([first, reporter.report()]);
  assert.deepEqual(sent, [['a', 'b']]);
});

test('what changes while a request is under way goes into the next one', async () => {
  let pods = [pod('a')];
  const sent: string[][] = [];
  const answered = Promise.withResolvers<void>();
  const reporter = new PodReporter(
    () => pods,
    (list) => {
      sent.push(list.map(({ metadata }) => metadata.name));
      return answered.promise;
    },
  );
  const first = reporter.report();
  while (sent.length === 0) await new Promise(setImmediate);
  pods = [pod('b')];
  const second = reporter.report();
  answered.resolve();
  await first;
  await second;
  assert.deepEqual(sent, [['a'], ['b']]);
});

test('a refused list is sent again until it is taken', async () => {
  let refusals = 2;
  const reporter = new PodReporter(
    () => [],
    async () => {
      if (refusals-- > 0) throw new Error('not there yet');
    },
  );
  await reporter.report();
  assert.equal(refusals, -1);
});

test('closing lets go whoever waits', async () => {
  const reporter = new PodReporter(
    () => [],
    () => Promise.reject(new Error('gone')),
  );
  const reported = reporter.report();
  reporter.close();
  await reported;
});

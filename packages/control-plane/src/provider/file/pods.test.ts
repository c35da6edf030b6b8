import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL_PORTS_ANNOTATION } from '@weft/api/annotation';
import { readPods } from './pods.ts';

function pod(name: string, annotations: Record<string, string> = {}): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations },
    spec: { containers: [{ name: 'a' }] },
  };
}

test('Pods are checked and get their defaults', () => {
  const report = readPods([pod('a')]);
  assert.ok(report.kind === 'pods');
  assert.equal(report.pods[0]?.metadata.namespace, 'default');
  assert.deepEqual(report.pods[0]?.spec.containers[0]?.ports, []);
});

test('a list with anything wrong is refused as a whole', () => {
  const refusals: [unknown[], RegExp][] = [
    [[pod('a'), { ...pod('b'), spec: {} }], /^Pod \[1\]: containers is missing$/],
    [[{ ...pod('a'), kind: 'Service', spec: {} }], /^Pod \[0\]: not a Pod$/],
    [[pod('a'), pod('a')], /^Pod \[1\]: Pod\/default\/a is there twice$/],
    [['a'], /must be a map/],
    [[pod('a', { [LOCAL_PORTS_ANNOTATION]: '{"80": "x"}' })], /not a JSON object of ports/],
    [[pod('a', { [LOCAL_PORTS_ANNOTATION]: '80' })], /not a JSON object of ports/],
    [[pod('a', { [LOCAL_PORTS_ANNOTATION]: '{' })], /not a JSON object of ports/],
  ];
  for (const [list, reason] of refusals) {
    const report = readPods(list);
    assert.ok(report.kind === 'refused');
    assert.match(report.reason, reason);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './bars.ts';
import type { Sample } from './sample.ts';
import type { Bar, Scenario } from './scenario.ts';

const cpu: Bar = { target: 'weft', metric: 'cpuUs', peer: 'envoy-mesh', atMost: 0.6 };

test('ratios are taken inside a round, so that a slow round of the machine cancels out', () => {
  const samples = [
    sample('weft', 0, 30),
    sample('envoy-mesh', 0, 60),
    sample('envoy-mesh', 1, 300),
    sample('weft', 1, 150),
  ];
  const [judged] = judge(scenario(cpu), samples);
  assert.deepEqual(judged?.measured, { median: 0.5, min: 0.5, max: 0.5 });
  assert.equal(judged?.verdict, 'reached');
});

test('a median above the bar is missed', () => {
  const [judged] = judge(scenario(cpu), [sample('weft', 0, 37), sample('envoy-mesh', 0, 60)]);
  assert.equal(judged?.verdict, 'missed');
  assert.equal(judged?.doubt, undefined);
});

test('a bar without a peer is held against the value itself', () => {
  const bar: Bar = { target: 'weft', metric: 'restMiB', atMost: 60 };
  const [judged] = judge(scenario(bar), [{ target: 'weft', round: 0, values: { restMiB: 60 } }]);
  assert.equal(judged?.verdict, 'reached');
});

test('a bar whose peer was not measured has no verdict', () => {
  assert.deepEqual(judge(scenario(cpu), [sample('weft', 0, 30)]), []);
});

test('failed requests of the peer cast doubt on the verdict', () => {
  const [judged] = judge(scenario(cpu), [sample('weft', 0, 30), sample('envoy-mesh', 0, 60, { failed: 3 })]);
  assert.equal(judged?.doubt, '3 requests of envoy-mesh failed');
});

test('a core that others used casts doubt on the verdict', () => {
  const [judged] = judge(scenario(cpu), [sample('weft', 0, 30, { alien: 25 }), sample('envoy-mesh', 0, 60)]);
  assert.match(judged?.doubt ?? '', /25 %/);
});

function sample(target: string, round: number, cpuUs: number, values: Sample['values'] = {}): Sample {
  return { target, round, values: { cpuUs, failed: 0, alien: 0, ...values } };
}

function scenario(bar: Bar): Scenario {
  return {
    name: 'http1',
    title: 'a test',
    hops: ['single'],
    protocol: 'http1',
    load: { kind: 'full-rate', connections: 1 },
    path: '/',
    targets: [],
    columns: [],
    bars: [bar],
  };
}

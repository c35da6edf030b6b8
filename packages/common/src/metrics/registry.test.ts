import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels } from './labels.ts';
import { Registry } from './registry.ts';
import { render } from './render.ts';

const a = labels({ name: 'a' });
const b = labels({ name: 'b' });

test('equal label sets are one series', () => {
  const counter = new Registry().counter('x_total', 'x');
  assert.equal(counter.series(a), counter.series(labels({ name: 'a' })));
  assert.notEqual(counter.series(a), counter.series(b));
});

test('values survive the growth of a family', () => {
  const registry = new Registry();
  const counter = registry.counter('x_total', 'x');
  const histogram = registry.histogram('y', 'y', [1, 2]);
  const first = counter.series(a);
  const firstTimes = histogram.series(a);
  counter.add(first, 7);
  histogram.observe(firstTimes, 1.5);
  for (let i = 0; i < 100; i++) {
    counter.series(labels({ name: `n${i}` }));
    histogram.series(labels({ name: `n${i}` }));
  }
  assert.equal(counter.value(first), 7);
  assert.deepEqual([...histogram.read(firstTimes).counts], [0, 1, 0]);
  assert.equal(histogram.read(firstTimes).sum, 1.5);
});

test('a removed series leaves the output, and its slot starts from 0 for the next', () => {
  const registry = new Registry();
  const counter = registry.counter('x_total', 'x');
  const histogram = registry.histogram('y', 'y', [1]);
  counter.add(counter.series(a), 7);
  histogram.observe(histogram.series(a), 5);
  counter.remove(a);
  histogram.remove(a);
  counter.remove(b);
  assert.equal(counter.value(counter.series(b)), 0);
  assert.equal(histogram.read(histogram.series(b)).sum, 0);
  const text = render(registry, 'prometheus');
  assert.match(text, /x_total\{name="b"\} 0/);
  assert.doesNotMatch(text, /name="a"/);
});

test('label sets beyond the budget are counted and not written, and removal makes room', () => {
  const registry = new Registry({ maxSeries: 5 });
  const counter = registry.counter('x_total', 'x');
  // One bound: bucket, +Inf, sum and count are four series.
  const histogram = registry.histogram('y', 'y', [1]);
  histogram.observe(histogram.series(a), 1);
  counter.add(counter.series(a));
  const dropped = counter.series(b);
  counter.add(dropped, 99);
  histogram.observe(histogram.series(b), 1);
  const full = render(registry, 'prometheus');
  assert.match(full, /weft_metrics_series_dropped_total 2\n/);
  assert.doesNotMatch(full, /name="b"|99/);
  histogram.remove(a);
  counter.add(counter.series(b), 3);
  assert.match(render(registry, 'prometheus'), /x_total\{name="b"\} 3\n/);
});

test('what listens for rendering runs before the values are read', () => {
  const registry = new Registry();
  const gauge = registry.gauge('now', 'x');
  registry.beforeRender(() => gauge.set(gauge.series(), 42));
  assert.match(render(registry, 'prometheus'), /^now 42$/m);
});

test('names that are taken, not allowed or misleading are programmer errors', () => {
  const registry = new Registry();
  registry.gauge('x', 'x');
  assert.throws(() => registry.gauge('x', 'x'), /registered already/);
  assert.throws(() => registry.gauge('a b', 'x'), /can not name a metric/);
  assert.throws(() => registry.counter('requests', 'x'), /_total/);
  assert.throws(() => registry.histogram('h', 'x', [1, 1]), /ascend/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from '@weft/common/metrics/registry';
import { render } from '@weft/common/metrics/render';
import { Detections } from './detections.ts';

const clock = { now: 0 };

test('the latest is remembered for an hour, and all are counted', () => {
  const registry = new Registry();
  const detections = new Detections(registry, () => clock.now);
  assert.equal(detections.recall('outbound', 'shop/db:3306'), undefined);
  detections.record('outbound', 'shop/db:3306', 'tcp', 'client');
  for (let i = 0; i < 2; i++) detections.record('outbound', 'shop/db:3306', 'tcp', 'server');
  detections.record('inbound', '3306', 'http1', 'client');
  assert.deepEqual(detections.recall('outbound', 'shop/db:3306'), { protocol: 'tcp', speaker: 'server' });
  assert.equal(detections.recall('inbound', 'shop/db:3306'), undefined);
  assert.deepEqual(
    detections
      .list()
      .map(({ destination, protocol, speaker, connections }) =>
        [destination, protocol, speaker, connections].join(' '),
      ),
    ['shop/db:3306 tcp client 1', 'shop/db:3306 tcp server 2', '3306 http1 client 1'],
  );
  const text = Buffer.from(render(registry, 'prometheus')).toString();
  assert.match(
    text,
    /^weft_detected_connections_total\{direction="outbound",destination="shop\/db:3306",protocol="tcp",speaker="server"\} 2$/m,
  );
  clock.now += 3_600_001;
  assert.equal(detections.recall('outbound', 'shop/db:3306'), undefined);
});

test('the place that was not seen for longest makes room', () => {
  const detections = new Detections(new Registry());
  for (let i = 0; i < 1_000; i++) detections.record('outbound', `shop/${i}:80`, 'tcp', 'client');
  detections.record('outbound', 'shop/0:80', 'tcp', 'client');
  detections.record('outbound', 'shop/new:80', 'tcp', 'client');
  assert.equal(detections.list().length, 1_000);
  assert.notEqual(detections.recall('outbound', 'shop/0:80'), undefined);
  assert.equal(detections.recall('outbound', 'shop/1:80'), undefined);
});

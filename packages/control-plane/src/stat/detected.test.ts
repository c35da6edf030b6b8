import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels } from '@weft/common/metrics/labels';
import { Registry } from '@weft/common/metrics/registry';
import { render } from '@weft/common/metrics/render';
import { DETECTED_FAMILY, detectedPorts } from './detected.ts';

test('ports that were guessed are read from a scrape, and what is not understood is left out', () => {
  const registry = new Registry();
  const family = registry.counter(DETECTED_FAMILY, 'x');
  const add = (set: Record<string, string>, connections: number): void =>
    family.add(family.series(labels(set)), connections);
  add({ direction: 'outbound', destination: 'shop/db:5432', protocol: 'tcp', speaker: 'client' }, 3);
  add({ direction: 'inbound', destination: '25', protocol: 'tcp', speaker: 'server' }, 1);
  add({ direction: 'sideways', destination: '25', protocol: 'tcp', speaker: 'server' }, 1);
  add({ direction: 'inbound', protocol: 'tcp', speaker: 'server' }, 1);
  assert.deepEqual(detectedPorts(Buffer.from(render(registry, 'prometheus')), 'shop/web-0'), [
    {
      proxy: 'shop/web-0',
      direction: 'outbound',
      destination: 'shop/db:5432',
      protocol: 'tcp',
      speaker: 'client',
      connections: 3,
    },
    {
      proxy: 'shop/web-0',
      direction: 'inbound',
      destination: '25',
      protocol: 'tcp',
      speaker: 'server',
      connections: 1,
    },
  ]);
});

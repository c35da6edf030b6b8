import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyStatus } from '@weft/api/control-plane-api';
import { Registry } from '@weft/common/metrics/registry';
import { render } from '@weft/common/metrics/render';
import { XdsCounters } from '../xds/weft/counters.ts';
import { observeControlPlane } from './own-metrics.ts';

function proxy(connected: boolean, synced: boolean): ProxyStatus {
  return { id: 'shop/a', connected, since: '', subscribed: 1, acked: 1, synced, nacks: [] };
}

test('the control plane reports what it did and what is', () => {
  const registry = new Registry();
  const counters = new XdsCounters();
  counters.pushed('Outbound');
  counters.pushed('Outbound');
  counters.pushed('Trust');
  counters.nacked('Outbound');
  counters.streams = 3;
  counters.certificates = 4;
  observeControlPlane(registry, {
    counters,
    proxies: () => [proxy(true, true), proxy(true, false), proxy(false, false)],
    diagnostics: () => [{ severity: 'warning', reason: 'UnsupportedField', message: 'x' }],
  });
  const samples = render(registry, 'prometheus')
    .split('\n')
    .filter((line) => line.startsWith('weft_') && !line.startsWith('weft_metrics'));
  assert.deepEqual(samples, [
    'weft_xds_pushes_total{type="Outbound"} 2',
    'weft_xds_pushes_total{type="Trust"} 1',
    'weft_xds_nacks_total{type="Outbound"} 1',
    'weft_xds_streams_total 3',
    'weft_xds_refused_calls_total 0',
    'weft_xds_connected_proxies 2',
    'weft_xds_unsynced_proxies 1',
    'weft_certificates_issued_total 4',
    'weft_config_diagnostics{severity="error"} 0',
    'weft_config_diagnostics{severity="warning"} 1',
  ]);
});

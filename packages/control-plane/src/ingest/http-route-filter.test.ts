import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HTTPRouteFilter } from '@weft/api/kinds/http-route';
import type { Finding } from '../model/finding.ts';
import { ingestFilters } from './http-route-filter.ts';

test('a filter that is not supported keeps its place and makes the rule answer an error', () => {
  const findings: Finding[] = [];
  const header = { set: [{ name: 'X-A', value: '1' }] };
  const filters: HTTPRouteFilter[] = [
    { type: 'ExtensionRef' } as HTTPRouteFilter,
    { type: 'RequestHeaderModifier', requestHeaderModifier: header },
  ];
  assert.deepEqual(ingestFilters(filters, 'shop', 'spec.rules[0].filters', findings), [
    { kind: 'invalid', reason: 'filter ExtensionRef is not supported' },
    { kind: 'request-headers', edit: { set: [['x-a', '1']], add: [], remove: [] } },
  ]);
  assert.deepEqual(
    findings.map(({ condition, reason, field }) => [condition, reason, field]),
    [['Accepted', 'UnsupportedValue', 'spec.rules[0].filters[0].type']],
  );
});

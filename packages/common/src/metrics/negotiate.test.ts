import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate } from './negotiate.ts';

const CASES: readonly [accept: string | undefined, format: string][] = [
  [undefined, 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/plain', 'prometheus'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
  ['application/openmetrics-text;version=2.0.0', 'prometheus'],
  // What Prometheus 3 sends.
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  ],
  ['text/plain;q=0.9,application/openmetrics-text;q=0.1', 'prometheus'],
  ['application/openmetrics-text;q=0,*/*;q=0.1', 'prometheus'],
  ['APPLICATION/OpenMetrics-Text;Q=1', 'openmetrics'],
];

for (const [accept, format] of CASES) {
  test(`Accept '${accept}' gets ${format}`, () => assert.equal(negotiate(accept), format));
}

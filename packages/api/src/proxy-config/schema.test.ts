import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TypeOf } from '../kinds/type-of.ts';
import { staticConfigSchema } from './schema.ts';
import type { StaticConfig } from './types.ts';

// Exact, not merely assignable: an optional field that is missing on one side would pass an assignment.
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Same<Key extends keyof StaticConfig> = Equal<TypeOf<typeof staticConfigSchema>[Key], StaticConfig[Key]>;

test('the schema has the type of types.ts (checked by the compiler, part by part)', () => {
  const same: { readonly [Key in keyof Required<StaticConfig>]: Same<Key> } = {
    listeners: true,
    outbounds: true,
    clusters: true,
    endpoints: true,
    inbound: true,
    trust: true,
    telemetry: true,
    identity: true,
    admin: true,
  };
  assert.deepEqual(Object.keys(same), Object.keys(staticConfigSchema.shape));
});

test('what may be left out gets its default', () => {
  const parsed = staticConfigSchema.parse({
    listeners: [{ name: 'a', port: 0, outbound: 'b' }],
    clusters: [{ name: 'b' }],
    telemetry: {},
    admin: {},
  });
  assert.deepEqual(parsed, {
    listeners: [{ name: 'a', address: '127.0.0.1', port: 0, outbound: 'b' }],
    outbounds: [],
    clusters: [{ name: 'b', protocol: 'http', balancer: 'least-request', connectTimeoutMs: 1000 }],
    endpoints: [],
    telemetry: { name: 'telemetry', accessLog: { mode: 'errors', format: 'json' } },
    admin: { admin: 15_000, metrics: 15_020, health: 15_021 },
  });
});

test('an unknown field is refused', () => {
  assert.equal(staticConfigSchema.safeParse({ routes: [] }).success, false);
});

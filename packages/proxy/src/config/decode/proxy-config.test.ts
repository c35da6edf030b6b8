import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProxyConfig } from './proxy-config.ts';

/** A sidecar as a person would write it. */
const SIDECAR = {
  listeners: [
    { name: 'web', port: 8080, outbound: 'web' },
    { name: 'app', port: 15006, inbound: 80 },
  ],
  outbounds: [
    {
      name: 'web',
      rules: [{ backends: [{ cluster: 'web' }], filters: [{ kind: 'mirror', cluster: 'web' }] }],
      tcpRules: [{ backends: [{ cluster: 'web' }] }],
    },
  ],
  clusters: [{ name: 'web' }],
  endpoints: [{ name: 'web', endpoints: [{ address: '127.0.0.1', port: 9090 }] }],
  inbound: { name: 'default/app', ports: [{ port: 80, app: { port: 8000 } }] },
};

function errorsOf(config: unknown): readonly string[] {
  const decoded = decodeProxyConfig(config);
  return 'errors' in decoded ? decoded.errors.map(({ field, message }) => `${field}: ${message}`) : [];
}

test('a short file is a whole configuration', () => {
  const decoded = decodeProxyConfig(SIDECAR);
  assert.ok('value' in decoded, JSON.stringify(decoded));
  assert.equal(decoded.value.listeners[0]?.address, '127.0.0.1');
  assert.equal(decoded.value.outbounds[0]?.rules[0]?.filters[0]?.kind, 'mirror');
});

test('an empty file is a proxy with nothing to do', () => {
  assert.deepEqual(decodeProxyConfig({}), {
    value: { listeners: [], outbounds: [], clusters: [], endpoints: [] },
  });
});

test('a listener is for one thing', () => {
  const both = { name: 'a', port: 1, outbound: 'web', inbound: 80 };
  const none = { name: 'b', port: 1 };
  assert.deepEqual(errorsOf({ ...SIDECAR, listeners: [both, none] }), [
    'listeners[0]: has to have one of `outbound` and `inbound`',
    'listeners[1]: has to have one of `outbound` and `inbound`',
  ]);
});

test('every name that stands for nothing is told where it stands', () => {
  assert.deepEqual(
    errorsOf({
      ...SIDECAR,
      listeners: [
        { name: 'a', port: 1, outbound: 'wbe' },
        { name: 'b', port: 2, inbound: 81 },
      ],
      outbounds: [
        {
          name: 'web',
          tcpRules: [{ backends: [{ cluster: 'x1' }] }],
          rules: [
            {
              filters: [{ kind: 'mirror', cluster: 'x2' }],
              backends: [
                { cluster: 'x3', filters: [{ kind: 'mirror', cluster: 'x4' }] },
                { cluster: 'x5', invalid: 'no such Service' },
              ],
            },
          ],
        },
      ],
      endpoints: [{ name: 'wbe', endpoints: [] }],
    }),
    [
      'listeners[0].outbound: there is no outbound `wbe`',
      'listeners[1].inbound: `inbound` has no port 81',
      'clusters[0].name: `endpoints` has no entry of the name `web`',
      'endpoints[0].name: there is no cluster `wbe`',
      'outbounds[0].tcpRules[0].backends[0].cluster: there is no cluster `x1`',
      'outbounds[0].rules[0].filters[0].cluster: there is no cluster `x2`',
      'outbounds[0].rules[0].backends[0].cluster: there is no cluster `x3`',
      'outbounds[0].rules[0].backends[0].filters[0].cluster: there is no cluster `x4`',
    ],
  );
});

test('a name is given once', () => {
  assert.deepEqual(errorsOf({ ...SIDECAR, clusters: [{ name: 'web' }, { name: 'web' }] }), [
    'clusters[1].name: `web` is also the name of clusters[0]',
  ]);
});

test('errors within the parts come with their path from the root', () => {
  assert.deepEqual(errorsOf({ ...SIDECAR, inbound: { name: 'a/b', ports: [{ port: 80, app: {} }] } }), [
    'inbound.ports[0].app.port: is missing',
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceType } from '@weft/api/proxy-config/types';
import { decodeResource } from './resource.ts';

function valueOf<T extends ResourceType>(type: T, given: unknown): unknown {
  const decoded = decodeResource(type, given);
  return 'value' in decoded ? decoded.value : assert.fail(JSON.stringify(decoded.errors));
}

test('a short Outbound is filled in', () => {
  assert.deepEqual(
    valueOf('Outbound', { name: 'shop/web:80', rules: [{ backends: [{ cluster: 'shop/web:80' }] }] }),
    {
      name: 'shop/web:80',
      protocol: 'detect',
      rules: [
        {
          ref: 'Outbound/shop/web:80',
          index: 0,
          hostnames: [],
          matches: [],
          filters: [],
          backends: [{ cluster: 'shop/web:80', weight: 1, filters: [] }],
          timeouts: {},
        },
      ],
      tcpRules: [],
    },
  );
});

test('a short Cluster is filled in, and its service is read from its name', () => {
  assert.deepEqual(valueOf('Cluster', { name: 'shop/web:80' }), {
    name: 'shop/web:80',
    protocol: 'http',
    balancer: 'least-request',
    connectTimeoutMs: 1000,
    service: { namespace: 'shop', name: 'web' },
  });
  assert.deepEqual((valueOf('Cluster', { name: 'web' }) as { service: unknown }).service, {
    namespace: 'default',
    name: 'web',
  });
});

test('short Endpoints, Inbound and Telemetry are filled in', () => {
  assert.deepEqual(
    valueOf('Endpoints', { name: 'a', endpoints: [{ address: '::1', port: 1, workload: { name: 'w' } }] }),
    {
      name: 'a',
      endpoints: [
        {
          address: '::1',
          port: 1,
          weight: 1,
          workload: { namespace: 'default', name: 'w', app: 'w', version: 'latest' },
        },
      ],
    },
  );
  assert.deepEqual(
    valueOf('Inbound', {
      name: 'shop/web-0',
      ports: [{ port: 80, app: { port: 8080 }, authorization: [{ ref: 'P', action: 'ALLOW', rules: [{}] }] }],
    }),
    {
      name: 'shop/web-0',
      workload: { namespace: 'shop', name: 'web-0', app: 'web-0', version: 'latest' },
      ports: [
        {
          port: 80,
          protocol: 'detect',
          app: { address: '127.0.0.1', port: 8080 },
          mtls: { mode: 'PERMISSIVE' },
          authorization: [{ ref: 'P', action: 'ALLOW', rules: [{ from: [], to: [], when: [] }] }],
        },
      ],
    },
  );
  assert.deepEqual(valueOf('Telemetry', {}), {
    name: 'telemetry',
    accessLog: { mode: 'errors', format: 'json' },
  });
});

test('short TcpRules, gRPC matches and TLS of a Cluster are filled in', () => {
  assert.deepEqual(
    (
      valueOf('Outbound', {
        name: 'a',
        tcpRules: [
          { backends: [{ cluster: 'b' }] },
          { ref: 'TLSRoute/x/y', index: 7, hostnames: ['*.a.test'] },
        ],
      }) as { tcpRules: unknown }
    ).tcpRules,
    [
      { ref: 'Outbound/a', index: 0, hostnames: [], backends: [{ cluster: 'b', weight: 1, filters: [] }] },
      { ref: 'TLSRoute/x/y', index: 7, hostnames: ['*.a.test'], backends: [] },
    ],
  );
  const { rules } = valueOf(
    'Outbound',
    inRule({ matches: [{ grpc: {} }, { grpc: { service: 'shop.Carts' } }] }),
  ) as {
    rules: { matches: unknown }[];
  };
  assert.deepEqual(rules[0]?.matches, [
    { grpc: { kind: 'exact' } },
    { grpc: { kind: 'exact', service: 'shop.Carts' } },
  ]);
  const cluster = valueOf('Cluster', { name: 'a', tls: { hostname: 'a.test' } }) as { tls: unknown };
  assert.deepEqual(cluster.tls, { ref: 'Cluster/a', hostname: 'a.test', roots: 'system' });
});

test('paths of routes are brought into the form that requests have', () => {
  const value = valueOf('Outbound', {
    name: 'a',
    rules: [{ matches: [{ path: { kind: 'exact', value: '/caf\u00e9//%7ea' } }] }],
  }) as { rules: { matches: { path: unknown }[] }[] };
  assert.deepEqual(value.rules[0]?.matches[0]?.path, { kind: 'exact', value: '/caf%C3%A9/~a' });
});

/** The rest of an Outbound around one rule, of an Inbound around one authorization rule. */
const inRule = (rule: unknown): unknown => ({ name: 'a', rules: [rule] });
const inPolicy = (rule: unknown): unknown => ({
  name: 'a/b',
  ports: [{ port: 1, app: { port: 1 }, authorization: [{ ref: 'P', action: 'DENY', rules: [rule] }] }],
});
const POLICY_RULE = 'ports[0].authorization[0].rules[0]';
const edit = (parts: unknown): unknown => inRule({ filters: [{ kind: 'request-headers', edit: parts }] });

const inTcpRule = (rule: unknown): unknown => ({ name: 'a', tcpRules: [rule] });
const grpc = (match: unknown): unknown => inRule({ matches: [match] });
const inTls = (tls: object): unknown => ({ name: 'a', tls: { hostname: 'a.test', ...tls } });

const REFUSED: readonly (readonly [type: ResourceType, value: unknown, field: string, message: RegExp])[] = [
  ['Outbound', {}, 'name', /is missing/],
  ['Outbound', inTcpRule({ hostnames: ['*'] }), 'tcpRules[0].hostnames[0]', /host name/],
  ['Outbound', inTcpRule({ matches: [] }), 'tcpRules[0].matches', /unknown field/],
  [
    'Outbound',
    inTcpRule({ backends: [{ cluster: 'a', filters: [{ kind: 'invalid', reason: 'x' }] }] }),
    'tcpRules[0].backends[0].filters',
    /no meaning/,
  ],
  ['Outbound', grpc({ grpc: {}, method: 'POST' }), 'rules[0].matches[0].grpc', /without `path` and `method`/],
  [
    'Outbound',
    grpc({ grpc: { service: 'a/b' } }),
    'rules[0].matches[0].grpc.service',
    /name of a gRPC service/,
  ],
  ['Outbound', grpc({ grpc: { method: 'a.b' } }), 'rules[0].matches[0].grpc.method', /name of a gRPC method/],
  ['Outbound', grpc({ grpc: { kind: 'regex', method: '(' } }), 'rules[0].matches[0].grpc.method', /RE2/],
  ['Cluster', inTls({ hostname: '*.a.test' }), 'tls.hostname', /without wildcard/],
  ['Cluster', inTls({ roots: [] }), 'tls.roots', /at least one certificate/],
  ['Cluster', inTls({ roots: ['x'] }), 'tls.roots[0]', /PEM/],
  ['Cluster', inTls({ roots: 'own' }), 'tls.roots', /list/],
  ['Cluster', inTls({ subjectAltNames: [] }), 'tls.subjectAltNames', /at least one name/],
  [
    'Cluster',
    inTls({ subjectAltNames: [{ kind: 'uri', value: 'x' }] }),
    'tls.subjectAltNames[0].value',
    /URI/,
  ],
  [
    'Cluster',
    inTls({ subjectAltNames: [{ kind: 'ip', value: 'x' }] }),
    'tls.subjectAltNames[0].kind',
    /dns, uri/,
  ],
  [
    'Inbound',
    { name: 'a/b', ports: [{ port: 1, app: { port: 1 }, streamIdleMs: 0 }] },
    'ports[0].streamIdleMs',
    /from 1/,
  ],
  ['Outbound', { name: '' }, 'name', /must not be empty/],
  ['Outbound', { name: 'a', protocol: 'udp' }, 'protocol', /one of http, http2, .*, not "udp"/],
  ['Outbound', { name: 'a', rulse: [] }, 'rulse', /did you mean `rules`/],
  ['Outbound', { name: 'a', idleTimeoutMs: 0 }, 'idleTimeoutMs', /whole number from 1/],
  ['Outbound', inRule({ timeouts: { requestMs: 1.5 } }), 'rules[0].timeouts.requestMs', /whole number/],
  ['Outbound', inRule({ hostnames: ['Shop.example'] }), 'rules[0].hostnames[0]', /lower-case/],
  ['Outbound', inRule({ hostnames: ['a.*'] }), 'rules[0].hostnames[0]', /host name/],
  ['Outbound', inRule({ backends: [{ cluster: 'a', weight: -1 }] }), 'rules[0].backends[0].weight', /from 0/],
  [
    'Outbound',
    inRule({ matches: [{ path: { kind: 'regex', value: '/a(' } }] }),
    'rules[0].matches[0].path.value',
    /not a valid RE2 regular expression: .*missing closing \)/,
  ],
  [
    'Outbound',
    inRule({ matches: [{ path: { kind: 'prefix', value: 'a' } }] }),
    'rules[0].matches[0].path.value',
    /begin with \//,
  ],
  [
    'Outbound',
    inRule({ matches: [{ path: { kind: 'exact', value: '/a%2fb' } }] }),
    'rules[0].matches[0].path.value',
    /escaped slash/,
  ],
  [
    'Outbound',
    inRule({ matches: [{ path: { kind: 'exact', value: '/a?b' } }] }),
    'rules[0].matches[0].path.value',
    /character/,
  ],
  ['Outbound', inRule({ matches: [{ method: 'G T' }] }), 'rules[0].matches[0].method', /HTTP method/],
  [
    'Outbound',
    inRule({ matches: [{ headers: [{ name: 'x', kind: 'regex', value: '*' }] }] }),
    'rules[0].matches[0].headers[0].value',
    /RE2/,
  ],
  [
    'Outbound',
    inRule({ matches: [{ headers: [{ name: 'X-A' }] }] }),
    'rules[0].matches[0].headers[0].name',
    /lower-case: x-a/,
  ],
  ['Outbound', edit({ set: [['x-a', 'a\r\nb: c']] }), 'rules[0].filters[0].edit.set[0][1]', /character/],
  ['Outbound', edit({ set: [['x-a']] }), 'rules[0].filters[0].edit.set[0]', /pair/],
  ['Outbound', edit({ add: [['host', 'a']] }), 'rules[0].filters[0].edit.add[0][0]', /use a rewrite filter/],
  [
    'Outbound',
    edit({ remove: ['transfer-encoding'] }),
    'rules[0].filters[0].edit.remove[0]',
    /belongs to the connection/,
  ],
  [
    'Outbound',
    inRule({ filters: [{ kind: 'redirect', status: 304 }] }),
    'rules[0].filters[0].status',
    /301, 302/,
  ],
  [
    'Outbound',
    inRule({ filters: [{ kind: 'redirect' }, { kind: 'redirect' }] }),
    'rules[0].filters[1]',
    /one redirect/,
  ],
  ['Outbound', inRule({ filters: [{ kind: 'cors' }] }), 'rules[0].filters[0].kind', /one of .*, not "cors"/],
  [
    'Outbound',
    inRule({
      matches: [{ path: { kind: 'exact', value: '/a' } }],
      backends: [{ cluster: 'a', filters: [{ kind: 'rewrite', path: { kind: 'prefix', value: '/b' } }] }],
    }),
    'rules[0].backends[0].filters[0].path.kind',
    /needs a path prefix in every match/,
  ],
  ['Cluster', { name: 'a', balancer: 'maglev' }, 'balancer', /least-request/],
  ['Endpoints', { name: 'a' }, 'endpoints', /is missing/],
  [
    'Endpoints',
    { name: 'a', endpoints: [{ address: 'localhost', port: 1 }] },
    'endpoints[0].address',
    /IP address/,
  ],
  [
    'Endpoints',
    { name: 'a', endpoints: [{ address: '::1', port: 0 }] },
    'endpoints[0].port',
    /from 1 to 65535/,
  ],
  [
    'Endpoints',
    { name: 'a', endpoints: [{ address: '::1', port: 1, identity: 'x' }] },
    'endpoints[0].identity',
    /SPIFFE/,
  ],
  [
    'Inbound',
    {
      name: 'a/b',
      ports: [
        { port: 1, app: { port: 1 } },
        { port: 1, app: { port: 2 } },
      ],
    },
    'ports[1].port',
    /also ports\[0\]/,
  ],
  [
    'Inbound',
    inPolicy({ from: [{ addresses: ['10.0.0.0/33'] }] }),
    `${POLICY_RULE}.from[0].addresses[0]`,
    /CIDR/,
  ],
  [
    'Inbound',
    inPolicy({ from: [{ identities: ['a*b'] }] }),
    `${POLICY_RULE}.from[0].identities[0]`,
    /start or the end/,
  ],
  [
    'Inbound',
    inPolicy({ to: [{ paths: ['/a/{id}'] }] }),
    `${POLICY_RULE}.to[0].paths[0]`,
    /an element is either/,
  ],
  ['Inbound', inPolicy({ to: [{ paths: ['/a//b'] }] }), `${POLICY_RULE}.to[0].paths[0]`, /becomes \/a\/b/],
  ['Inbound', inPolicy({ to: [{ paths: ['/a/../{*}'] }] }), `${POLICY_RULE}.to[0].paths[0]`, /becomes \/x/],
  ['Inbound', inPolicy({ to: [{ paths: ['/a%2Fb*'] }] }), `${POLICY_RULE}.to[0].paths[0]`, /escaped slash/],
  ['Inbound', inPolicy({ to: [{ hosts: ['A'] }] }), `${POLICY_RULE}.to[0].hosts[0]`, /lower-case: a/],
  ['Trust', { trustDomain: 'mesh', roots: [] }, 'roots', /at least one/],
  ['Trust', { trustDomain: 'mesh', roots: ['x'] }, 'roots[0]', /PEM/],
  ['Telemetry', { accessLog: { mode: 'some' } }, 'accessLog.mode', /none, errors, all/],
];
for (const [type, value, field, message] of REFUSED) {
  test(`${type} refused at ${field}: ${message.source}`, () => {
    const decoded = decodeResource(type, value);
    assert.ok('errors' in decoded);
    assert.deepEqual(
      decoded.errors.map((error) => error.field),
      [field],
    );
    assert.match(decoded.errors[0]?.message ?? '', message);
  });
}

test('patterns of every documented form are taken', () => {
  const paths = ['/a', '/a*', '/a/*', '*.png', '*', '/*', '/a/{*}/b', '/a/{**}', '*/end', '/caf%C3%A9'];
  const identities = ['*', 'spiffe://mesh/ns/a/*', '*/sa/b', 'spiffe://mesh/ns/a/sa/b'];
  valueOf(
    'Inbound',
    inPolicy({ from: [{ identities, addresses: ['10.0.0.0/8', '::1'] }], to: [{ paths, methods: ['GET'] }] }),
  );
});

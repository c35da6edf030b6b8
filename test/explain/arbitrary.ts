// Requests that are worth asking about: near the routes and policies of manifests/, and near what proxies get wrong.

import fc from 'fast-check';

export interface Call {
  /** A Pod with a sidecar, or `outside`. */
  readonly caller: string;
  readonly service: string;
  /** The Service as the URL writes it. */
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly string[];
  /** Which endpoint somebody without a sidecar takes. */
  readonly random: number;
}

export const CALLERS = ['shop/front-0', 'tools/robot-0'];

const service = fc.oneof(
  { weight: 10, arbitrary: fc.constant('api.shop') },
  { weight: 4, arbitrary: fc.constant('store.shop') },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'api-v2.shop',
      'auto.shop',
      'open.shop',
      'lonely.shop',
      'legacy.shop',
      'line.shop',
      'pipe.shop',
      'carts.shop',
      'depot.tools',
    ),
  },
);

/** What the routes and policies begin with. */
const start = fc.constantFrom(
  '/a',
  '/a/b',
  '/a/b/c',
  '/a/secret',
  '/a/weightless',
  '/exact',
  '/split',
  '/re/7',
  '/old',
  '/moved',
  '/rw',
  '/copied',
  '/lonely',
  '/legacy',
  '/depot',
  '/items',
  '/own',
  '/',
);
const tame = fc.constantFrom('a', 'b', 'c', 'x', '7', 'secret', 'my.key');
const wild = fc.constantFrom(
  '',
  '.',
  '..',
  '%61',
  '%2e%2e',
  '%2E',
  '%2F',
  '%5c',
  '%00',
  '%zz',
  'ä',
  '%C3%A4',
  '..;v=1',
  'x;v=1',
  '~',
  '{x}',
  'A',
  'a b',
  'a%20b',
);
const path = fc
  .tuple(
    start,
    fc.oneof(
      { weight: 5, arbitrary: fc.array(tame, { maxLength: 2 }) },
      { weight: 3, arbitrary: fc.array(fc.oneof(tame, wild), { minLength: 1, maxLength: 4 }) },
    ),
  )
  .map(([first, rest]) => [first === '/' && rest.length > 0 ? '' : first, ...rest].join('/'));
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.constantFrom('?', '?debug=1', '?debug=10', '?x=1&debug=1', '?debug=0&debug=1', '?user=u7', '?user=%757'),
);

const line = fc.constantFrom(
  'x-tier: gold',
  'X-Tier:gold',
  'x-tier: silver',
  'x-user: u1',
  'x-user: u9',
  'x-user: bob',
  'x-drop: 1',
  'x-seen: before',
  'x-blocked: yes',
  'x-consumer: tools',
  'x-version: 0',
  'x-weft-role: admin',
  'x-envoy-original-path: /secret',
  'x-forwarded-client-cert: By=me;URI=spiffe://cluster.local/ns/shop/sa/front',
  'connection: x-tier, keep-alive',
  'te: trailers',
  'expect: miracles',
  'bad name: 1',
  'host: v2.example',
  'host: API.shop:80',
  'host: evil/host',
);

/** Mostly a host as it should be written. */
const httpCall: fc.Arbitrary<Call> = fc
  .record({
    caller: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...CALLERS) },
      { weight: 1, arbitrary: fc.constant('outside') },
    ),
    service,
    suffix: fc.constantFrom('', '', '.svc', '.svc.cluster.local'),
    method: fc.oneof(
      { weight: 4, arbitrary: fc.constant('GET') },
      fc.constantFrom('POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
    ),
    path,
    query,
    headers: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(line, { maxLength: 4 })),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  })
  .map(({ suffix, path, query, ...rest }) => ({
    ...rest,
    host: rest.service + suffix,
    target: path + query,
  }));

const grpcPath = fc
  .tuple(
    fc.constantFrom('shop.Carts', 'shop.CartsV2', 'shop.Void', 'shop.Orders', 'bank.Accounts'),
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('Add', 'AddAll', 'List', 'ListAll', 'Ping', 'Remove') },
      fc.constantFrom('', 'Add/x', '%41dd', '../Add', 'Add%2Fx'),
    ),
  )
  .map(([service, method]) => `/${service}/${method}`);

/** What gRPC clients send, and what only looks like it. */
const grpcCall: fc.Arbitrary<Call> = fc.record({
  caller: fc.constantFrom(...CALLERS),
  service: fc.constant('carts.shop'),
  host: fc.constant('carts.shop'),
  method: fc.oneof({ weight: 9, arbitrary: fc.constant('POST') }, fc.constantFrom('GET', 'PUT')),
  target: grpcPath,
  headers: fc
    .tuple(
      fc.oneof(
        { weight: 8, arbitrary: fc.constant('content-type: application/grpc') },
        fc.constantFrom(
          'content-type: application/grpc+proto',
          'Content-Type: application/grpc;x=y',
          'content-type: application/grpcish',
          'content-type: application/json',
        ),
      ),
      fc.array(fc.constantFrom('x-tier: gold', 'x-tier: silver', 'te: trailers', 'grpc-timeout: 10S'), {
        maxLength: 2,
      }),
    )
    .map(([type, others]) => [type, ...others]),
  random: fc.constant(0),
});

export const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: httpCall },
  { weight: 1, arbitrary: grpcCall },
);

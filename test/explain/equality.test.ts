// The proof of `weft explain`: what it says of a request is what real sidecars do with it. On a failure fast-check
// prints the seed and the smallest request for which the two differ.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { explain } from '@weft/cli/explain/explain';
import type { Arrival, Branch, Explanation, HeaderLines, Outcome } from '@weft/cli/explain/explanation';
import { type HttpQuestion, readQuestion } from '@weft/cli/explain/question';
import { writtenHead } from '@weft/cli/explain/wire';
import { GRPC_STATUS } from '@weft/proxy/stack/grpc/grpc-status';
import fc from 'fast-check';
import { CALLERS, type Call, call } from './arbitrary.ts';
import { type Ended, RealMesh } from './real-mesh.ts';

const MANIFESTS = join(import.meta.dirname, 'manifests');
const REQUESTS = 2_000;

/** One of the ends that explain names. */
interface End {
  readonly branch: Branch;
  readonly arrival?: Arrival;
  readonly outcome: Outcome;
}

test('sidecars do with each request what explain says', { timeout: 120_000 }, async () => {
  await using mesh = await RealMesh.start(MANIFESTS, CALLERS);
  const seen = new Set<string>();
  let calls = 0;

  await fc.assert(
    fc.asyncProperty(call, async (asked) => {
      const id = `call-${calls++}`;
      const url = `http://${asked.host}${asked.target}`;
      const headers = [...asked.headers, `x-request-id: ${id}`];
      const question = readQuestion(asked.method, url, { headers }) as HttpQuestion;
      const explanation = await explain(mesh.source, question, { from: asked.caller });
      const really = await send(mesh, asked, writtenHead(question), id);
      if (really === undefined) {
        assert.deepEqual(
          endsOf(explanation).map(({ outcome }) => outcome.kind),
          ['closed'],
        );
        return;
      }
      const differences = endsOf(explanation).map((end) => differencesOf(explanation, end, really, question));
      assert.ok(
        differences.some((list) => list.length === 0),
        `explain: ${JSON.stringify(explanation.outcomes)}\n${differences.map((list) => list.join('; ')).join('\n')}`,
      );
      for (const note of notesOf(explanation, really)) seen.add(note);
    }),
    { numRuns: REQUESTS, examples: EXAMPLES },
  );

  // The requests were worth it: everything that the manifests can do has happened.
  const missing = EXPECTED.filter((note) => !seen.has(note));
  assert.deepEqual(missing, [], `never happened in ${calls} requests`);
});

/** Undefined: there is no endpoint to call. */
async function send(mesh: RealMesh, asked: Call, text: string, id: string): Promise<Ended | undefined> {
  const [service = '', namespace = ''] = asked.service.split('.');
  const destination = `${namespace}/${service}:${service === 'line' || service === 'pipe' ? 9000 : 80}`;
  return asked.caller === 'outside'
    ? mesh.callDirectly(destination, text, id, asked.random)
    : mesh.callBySidecar(asked.caller, destination, text, id);
}

/** All ends that can happen. */
function endsOf({ branches }: Explanation): End[] {
  return branches
    .filter(({ share }) => share > 0)
    .flatMap((branch): End[] =>
      branch.end === undefined
        ? branch.arrivals.map((arrival) => ({ branch, arrival, outcome: arrival.outcome }))
        : [{ branch, outcome: branch.end }],
    );
}

/** What happened otherwise than this end says. */
function differencesOf(
  { route, caller }: Explanation,
  end: End,
  really: Ended,
  question: HttpQuestion,
): string[] {
  const { branch, arrival, outcome } = end;
  const differences: string[] = [];
  const compare = (what: string, said: unknown, done: unknown): void => {
    if (JSON.stringify(said) === JSON.stringify(done)) return;
    differences.push(`${what}: explain says ${JSON.stringify(said)}, it was ${JSON.stringify(done)}`);
  };

  if (caller.kind === 'mesh' && really.outbound?.['method'] !== undefined) {
    const { winner } = route ?? {};
    compare('rule', winner && `${winner.ref}[${winner.rule}]`, really.outbound['route_name']);
  }
  switch (outcome.kind) {
    case 'answered':
      // What no sidecar has read the application may refuse by itself: an answer of its own all the same.
      if (arrival?.delivered === undefined && isRefusedByApplication(really)) break;
      compare('status', 200, really.status);
      compare('workload', outcome.by, really.arrived?.workload);
      if (really.arrived !== undefined) {
        const { method, target, headers } = sentTo(end, question);
        compare('target', [method, target], [really.arrived.method, really.arrived.url]);
        compare('headers', withoutIds(headers), withoutIds(really.arrived.headers));
      }
      for (const [name, value] of branch.response?.added ?? []) {
        compare(`answer's ${name}`, value, really.headers.get(name));
      }
      if (branch.response?.removed.includes('x-origin')) {
        compare("answer's x-origin", undefined, really.headers.get('x-origin'));
      }
      break;
    case 'redirected':
      compare('status', outcome.status, really.status);
      compare('location', outcome.location, really.headers.get('location'));
      break;
    case 'refused': {
      const { grpcStatus } = outcome;
      compare('status', grpcStatus === undefined ? outcome.status : 200, really.status);
      if (grpcStatus !== undefined) {
        compare('grpc-status', String(GRPC_STATUS[grpcStatus]), really.headers.get('grpc-status'));
      }
      compare('arrived', undefined, really.arrived);
      // The one that refused; a head that is no HTTP has no id by which its line could be found.
      const refusal = arrival === undefined ? really.outbound : really.inbound;
      if (outcome.flag === 'DPE' && refusal === undefined) break;
      compare('flag', outcome.flag, refusal?.['response_flags']);
      compare('details', outcome.details, refusal?.['response_code_details']);
      break;
    }
    case 'closed':
      compare('status', 0, really.status);
      compare('arrived', undefined, really.arrived);
      break;
    case 'connected':
      compare('outcome', 'an answer', 'a connection of bytes');
      break;
  }
  return differences;
}

function isRefusedByApplication({ status, headers, arrived }: Ended): boolean {
  return status >= 400 && arrived === undefined && !headers.has('x-weft-response-flags');
}

/** The request as the application is said to get it; as it was written where no sidecar reads it. */
function sentTo(
  { branch, arrival }: End,
  question: HttpQuestion,
): Pick<HttpQuestion, 'method' | 'target' | 'headers'> {
  const lines = arrival?.delivered ?? branch.sent;
  if (lines === undefined) return question;
  const { method, path, query, headers } = lines;
  return { method, target: query === '' ? path : `${path}?${query}`, headers };
}

/** Random in each run; and what says that there is no body, which HTTP/2 (of gRPC, between sidecars) says otherwise. */
const MADE_UP = new Set(['traceparent', 'x-request-id', 'content-length']);

function withoutIds(headers: HeaderLines): HeaderLines {
  return headers
    .filter(([name]) => !MADE_UP.has(name.toLowerCase()))
    .map(([name, value]) => [name.toLowerCase(), value] as const);
}

/** What a request was good for. */
function notesOf(
  { route, caller }: Explanation,
  { status, headers, arrived, inbound, outbound }: Ended,
): string[] {
  const rule = route?.winner && `${route.winner.ref}[${route.winner.rule}]`;
  return [
    `status ${status}`,
    `grpc-status ${headers.get('grpc-status')}`,
    ...(rule === undefined ? [] : [rule]),
    ...(arrived === undefined ? [] : [`reached ${arrived.workload}`]),
    ...[inbound, outbound].flatMap((log) => log?.['response_code_details'] ?? []).map(String),
    ...(arrived !== undefined && caller.kind === 'plain' ? ['plain text from outside was taken'] : []),
  ];
}

/** What chance seldom meets. */
const EXAMPLES: [Call][] = [
  example('shop/front-0', 'api.shop', 'GET', '/exact'),
  example('shop/front-0', 'api.shop', 'GET', '/a', 'x-tier: gold', 'x-drop: 1', 'x-seen: before'),
  example('shop/front-0', 'api.shop', 'DELETE', '/a'),
  example('tools/robot-0', 'store.shop', 'GET', '/items/7'),
  example('tools/robot-0', 'store.shop', 'GET', '/own'),
  ...[
    'Carts/Add',
    'Carts/List',
    'Orders/ListAll',
    'Orders/Ping',
    'Void/Add',
    'Nothing/Add',
    'Carts/Add%2Fx',
  ].map((method) =>
    example(
      'shop/front-0',
      'carts.shop',
      'POST',
      `/shop.${method}`,
      'content-type: application/grpc',
      'x-tier: gold',
    ),
  ),
].map((one) => [one]);

function example(caller: string, host: string, method: string, target: string, ...headers: string[]): Call {
  return { caller, service: host, host, method, target, headers, random: 0 };
}

/** Each is among the examples, or so frequent that it is never missed in so many requests. */
const EXPECTED = [
  ...[0, 200, 301, 308, 400, 403, 404, 500, 503].map((status) => `status ${status}`),
  ...[0, 1, 2, 3, 4, 8, 9, 11].map((rule) => `HTTPRoute/shop/api[${rule}]`),
  ...[0, 2].map((rule) => `HTTPRoute/shop/api-more[${rule}]`),
  ...[0, 1].map((rule) => `HTTPRoute/tools/store-for-tools[${rule}]`),
  ...[0, 1, 2, 3, 4].map((rule) => `GRPCRoute/shop/carts[${rule}]`),
  ...[12, 13, 14].map((code) => `grpc-status ${code}`),
  ...['api-v1', 'api-v2', 'store', 'auto', 'open', 'legacy', 'line'].map((name) => `reached ${name}`),
  'rbac_access_denied[AuthorizationPolicy/shop/secrets]',
  'rbac_access_denied[AuthorizationPolicy/shop/api-v2-for-front]',
  'rbac_access_denied[AuthorizationPolicy/shop/store-read,AuthorizationPolicy/shop/store-write]',
  'rbac_access_denied[AuthorizationPolicy/tools/depot-closed]',
  'mtls_required[AuthenticationPolicy/shop/strict]',
  'plain text from outside was taken',
];

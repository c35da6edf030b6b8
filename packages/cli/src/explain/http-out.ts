// The caller's sidecar, for HTTP: normal form, route, and what the chosen rule does with the request.

import type { Outbound } from '@weft/api/proxy-config/types';
import { copyRequest, type H1RequestHead } from '@weft/proxy/codec/h1/message';
import { detectHttp } from '@weft/proxy/detect/http';
import { WHOLE_SHARE } from '@weft/proxy/filters/mirror/mirror';
import { editRequest, planRule, type RuleStep, redirectedTo } from '@weft/proxy/outbound/rule-plan';
import { type Condition, matchConditions } from '@weft/proxy/router/condition';
import { compileRouter } from '@weft/proxy/router/http-router';
import type { RouteMatch } from '@weft/proxy/router/route-table';
import { describeOutcome, type RouteTrace } from '@weft/proxy/router/route-trace';
import { normaliseRequest } from '@weft/proxy/stack/normalise-target';
import { addRequestIds } from '@weft/proxy/stack/request-ids';
import { bytesFromSidecar } from './bytes-out.ts';
import type { Context } from './context.ts';
import { forwarded } from './endpoints.ts';
import type { Journey } from './explain.ts';
import type { Branch, Outcome, ReceivedRequest, Route, RuleMatch } from './explanation.ts';
import type { HttpQuestion } from './question.ts';
import { describeRule } from './rule.ts';
import type { MeshSource } from './source.ts';
import { linesOf, readHead, sentHead, writtenHead } from './wire.ts';

export async function requestFromSidecar(
  context: Context,
  question: HttpQuestion,
  outbound: Outbound,
): Promise<Journey> {
  const text = writtenHead(question);
  if (!isServedAsHttp(outbound, text)) return bytesFromSidecar(context, outbound, { text });
  const reading = readHead(text);
  if (reading.kind === 'refused') {
    const { status, details, message } = reading.refusal;
    return ended({ kind: 'refused', status, flag: 'DPE', details, reason: message });
  }
  const { head } = reading;
  const problem = normaliseRequest(head, question.host);
  if (problem !== undefined) {
    return ended({
      kind: 'refused',
      status: 400,
      flag: 'DPE',
      details: problem.details,
      reason: problem.message,
    });
  }
  const request = receivedRequest(question, head, text);
  addRequestIds(head);
  const { invalid } = outbound;
  if (invalid !== undefined) return { request, ...ended(invalidConfiguration(invalid)) };
  const trace = compileRouter(outbound.rules).explain(head);
  const { winner } = trace;
  const route = describeRoute(context.source, trace);
  if (winner === undefined) {
    const reason = `no route of ${outbound.name} matches`;
    const outcome = { kind: 'refused', status: 404, flag: 'NR', details: 'route_not_found', reason } as const;
    return { request, route, ...ended(outcome) };
  }
  const { steps } = planRule(winner.rule);
  const branches = await Promise.all(
    steps.map(({ step, share }) => follow(context, step, share, copyRequest(head), winner)),
  );
  return { request, route, branches };
}

/** What a port of this protocol takes the first bytes for. */
function isServedAsHttp({ protocol }: Outbound, text: string): boolean {
  switch (protocol) {
    case 'http':
    case 'http2':
    case 'grpc':
      return true;
    case 'tcp':
    case 'tls':
      return false;
    case 'detect':
      return detectHttp(Buffer.from(text, 'latin1')) === 'http1';
  }
}

function ended(end: Outcome): Pick<Journey, 'branches'> {
  return { branches: [{ share: 1, end, mirrors: [], arrivals: [] }] };
}

function invalidConfiguration(reason: string): Outcome {
  return { kind: 'refused', status: 500, flag: 'IC', details: `invalid_configuration{${reason}}`, reason };
}

function receivedRequest({ target }: HttpQuestion, head: H1RequestHead, text: string): ReceivedRequest {
  const path = target.split('?', 1)[0] ?? '';
  const changes = path === head.path ? [] : [`path ${path} became ${head.path}`];
  return { ...linesOf(head, text), changes };
}

// --- route -------------------------------------------------------------------------------------------------

function describeRoute(source: MeshSource, { winner, routes }: RouteTrace): Route {
  const matches = routes.map((traced) => ({ traced, match: describeMatch(source, traced.route) }));
  const chosen = matches.find(({ traced }) => traced.route === winner);
  return {
    ...(chosen && { winner: chosen.match }),
    others: matches
      .filter(({ traced }) => traced.route !== winner)
      .map(({ traced, match }) => ({ ...match, why: describeOutcome(traced) })),
    timeouts: winner?.rule.timeouts ?? {},
  };
}

function describeMatch(source: MeshSource, { rule, match, matchIndex }: RouteMatch): RuleMatch {
  const { path, others } = matchConditions(match);
  const isAnyPath = match.path === undefined || (match.path.kind === 'prefix' && match.path.value === '/');
  return {
    ...describeRule(source, rule),
    match: matchIndex,
    matches: Math.max(1, rule.matches.length),
    conditions: match.grpc
      ? [path, ...others.slice(1)].map(inWords).join(', ')
      : [...(isAnyPath ? [] : [path]), ...others].map(inWords).join(', ') || 'every request',
  };
}

function inWords({ field, expected }: Condition): string {
  return `${field} ${expected}`;
}

// --- what the rule does ------------------------------------------------------------------------------------

async function follow(
  context: Context,
  step: RuleStep,
  share: number,
  head: H1RequestHead,
  match: RouteMatch,
): Promise<Branch> {
  const nowhere = { share, mirrors: [], arrivals: [] };
  switch (step.kind) {
    case 'invalid': {
      const backend = step.backend && { backend: step.backend.cluster };
      return { ...nowhere, ...backend, end: invalidConfiguration(step.reason) };
    }
    case 'redirect': {
      const location = redirectedTo(step.filter, head, match);
      return { ...nowhere, end: { kind: 'redirected', status: step.filter.status, location } };
    }
    case 'forward': {
      const { mirrors, responseHeaders } = step.filters;
      editRequest(head, step.filters, match);
      const { text, lines } = sentHead(head);
      return {
        share,
        sent: lines,
        mirrors: mirrors.map((mirror) => ({ backend: mirror.cluster, share: mirror.share / WHOLE_SHARE })),
        ...(responseHeaders && {
          response: { removed: [...responseHeaders.drop], added: responseHeaders.lines },
        }),
        ...(await forwarded(context, step.backend.cluster, { kind: 'http', text })),
      };
    }
  }
}

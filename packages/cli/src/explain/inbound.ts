// The sidecar of the workload that is called: whether it lets the caller in, and what the application gets.

import type { InboundPort } from '@weft/api/proxy-config/types';
import { type H1Refusal, REFUSALS } from '@weft/proxy/codec/h1/refusal';
import { detectHttp } from '@weft/proxy/detect/http';
import type { AuthorizationTrace } from '@weft/proxy/filters/authorization/authorization-trace';
import { type Authorizer, compileAuthorization } from '@weft/proxy/filters/authorization/authorizer';
import { admitMesh, admitPlainText } from '@weft/proxy/inbound/admission';
import type { ConnectionKind } from '@weft/proxy/inbound/classify';
import { certificateHeaderOf, sanitiseRequest } from '@weft/proxy/inbound/sanitise';
import { normaliseRequest } from '@weft/proxy/stack/normalise-target';
import { addRequestIds } from '@weft/proxy/stack/request-ids';
import type { PeerView, RequestView } from '@weft/proxy/stack/request-view';
import type { Context } from './context.ts';
import type { Carried } from './endpoints.ts';
import type { Arrival, Outcome, Security } from './explanation.ts';
import { readHead, sentHead } from './wire.ts';

interface Incoming {
  readonly carried: Carried;
  readonly security: Security;
  /** The workload's name in answers. */
  readonly by: string;
  /** SPIFFE id of the workload, where it has one. */
  readonly identity: string | undefined;
}

type Received = Pick<Arrival, 'port' | 'authorization' | 'delivered' | 'outcome'>;

export function receivedBy(context: Context, port: InboundPort, incoming: Incoming): Received {
  return { port: port.port, ...admit(context, port, incoming) };
}

/** By the kind of connection, the port's protocol and its mTLS mode. */
function admit(context: Context, port: InboundPort, incoming: Incoming): Omit<Received, 'port'> {
  const { carried, security } = incoming;
  if (security.kind === 'mtls') {
    return admitMesh(port, carried.kind === 'http') === 'http'
      ? receiveHttp(context, port, incoming)
      : receiveBytes(context, port, incoming);
  }
  switch (admitPlainText(port, spokenIn(carried))) {
    case 'http':
      return port.mtls.mode === 'STRICT'
        ? { outcome: plainTextRefused(port, carried) }
        : receiveHttp(context, port, incoming);
    case 'bytes':
      return receiveBytes(context, port, incoming);
    case 'refused':
    case 'gone': {
      const { reason, decidedBy } = certificateDemanded(port);
      return { outcome: { kind: 'closed', reason, decidedBy } };
    }
  }
}

function spokenIn(carried: Carried): ConnectionKind {
  if (carried.kind === 'bytes' && carried.isTls) return 'tls';
  const { text } = carried;
  return (text === undefined ? undefined : detectHttp(Buffer.from(text, 'latin1'))) ?? 'other';
}

/** A caller in plain text who speaks HTTP to a port in mode STRICT. */
function plainTextRefused(port: InboundPort, { text = '' }: Carried): Outcome {
  // The codec comes before any layer, so that a head that is no HTTP is refused as such.
  const reading = readHead(text);
  if (reading.kind === 'refused') return malformed(reading.refusal).outcome;
  const { reason, decidedBy } = certificateDemanded(port);
  return {
    kind: 'refused',
    status: 403,
    flag: 'UAEX',
    details: `mtls_required[${decidedBy}]`,
    reason,
    decidedBy,
  };
}

function certificateDemanded({ mtls }: InboundPort): { readonly reason: string; readonly decidedBy: string } {
  const decidedBy = mtls.ref ?? 'MeshConfig/default';
  return {
    decidedBy,
    reason: `${decidedBy} demands mutual TLS, and the caller has no certificate of the mesh`,
  };
}

function malformed({ status, details, message }: H1Refusal): { readonly outcome: Outcome } {
  return { outcome: { kind: 'refused', status, flag: 'DPE', details, reason: message } };
}

function receiveBytes(
  context: Context,
  port: InboundPort,
  { carried, security, by }: Incoming,
): Omit<Received, 'port'> {
  const authorization = authorize(context, port, undefined, security);
  const { verdict } = authorization;
  if (!verdict.allowed) {
    const decidedBy = verdict.ref === undefined ? {} : { decidedBy: verdict.ref };
    return { authorization, outcome: { kind: 'closed', reason: verdict.reason, ...decidedBy } };
  }
  return {
    authorization,
    outcome: carried.text === undefined ? { kind: 'connected', to: by } : { kind: 'answered', by },
  };
}

function receiveHttp(context: Context, port: InboundPort, incoming: Incoming): Omit<Received, 'port'> {
  const { carried, security, by } = incoming;
  if (carried.text === undefined) {
    const message = `port ${port.port} of ${by} takes HTTP only`;
    return malformed({ ...REFUSALS.startLine, message });
  }
  const reading = readHead(carried.text);
  if (reading.kind === 'refused') return malformed(reading.refusal);
  const { head } = reading;
  const problem = normaliseRequest(head, 'localhost');
  if (problem !== undefined) return malformed({ status: 400, ...problem });
  sanitiseRequest(head, certificateHeader(context, incoming));
  const authorization = authorize(context, port, head, security);
  const { verdict } = authorization;
  if (!verdict.allowed) {
    const { detail: details, reason, ref } = verdict;
    const decidedBy = ref === undefined ? {} : { decidedBy: ref };
    return {
      authorization,
      outcome: { kind: 'refused', status: 403, flag: 'UAEX', details, reason, ...decidedBy },
    };
  }
  addRequestIds(head);
  return { authorization, delivered: sentHead(head).lines, outcome: { kind: 'answered', by } };
}

function certificateHeader({ caller }: Context, { security, identity }: Incoming): string | undefined {
  if (caller.kind === 'plain' || security.kind !== 'mtls') return undefined;
  return certificateHeaderOf(identity, caller.identity);
}

function authorize(
  { source, caller }: Context,
  port: InboundPort,
  view: RequestView | undefined,
  security: Security,
): AuthorizationTrace & { places: Record<string, string> } {
  const authorizer: Authorizer = compileAuthorization(port.authorization);
  const trace = authorizer.explain(view, peerOf(caller, security), port.port);
  const places = trace.policies.flatMap(({ ref }) => {
    const place = source.place(ref);
    return place === undefined ? [] : [[ref, place] as const];
  });
  return { ...trace, places: Object.fromEntries(places) };
}

/** Who the caller is, as far as the connection proves it. */
function peerOf(caller: Context['caller'], security: Security): PeerView {
  const { address } = caller;
  if (caller.kind === 'plain' || security.kind !== 'mtls') return { address };
  return { address, identity: caller.identity, namespace: caller.namespace };
}

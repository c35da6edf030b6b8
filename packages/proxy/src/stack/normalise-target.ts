// First layer of every HTTP stack: one normal form of host and path, before anything is decided on them.

import { parseTarget, TARGET_REFUSALS } from '../router/path.ts';
import type { HttpService } from './exchange.ts';
import type { RequestHead } from './http.ts';
import { KNOWN } from './known-header.ts';

/**
 * RFC 3986 3.2.2 with an optional port; user information is no part of Host (RFC 9110 7.2). Escapes are legal and
 * refused: a policy would see another name than a server that decodes them.
 */
const HOST = /^(?:[a-z0-9._~!$&'()*+,;=-]*|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?$/;

/** Why a request has no normal form; it is answered 400. `details` is for the log, `message` for the client. */
export interface TargetProblem {
  readonly details: string;
  readonly message: string;
}

const INVALID_HOST: TargetProblem = { details: 'invalid_host', message: 'the Host header is malformed' };

/** `defaultHost` stands in for the Host that an HTTP/1.0 request may lack. */
export function normaliseTarget(defaultHost: string, next: HttpService): HttpService {
  return (exchange) => {
    const problem = normaliseRequest(exchange.request, defaultHost);
    if (problem === undefined) next(exchange);
    else exchange.refuse(400, 'DPE', problem.details, problem.message);
  };
}

/** Writes host, path and query in normal form into the request; undefined where it has one. */
export function normaliseRequest(request: RequestHead, defaultHost: string): TargetProblem | undefined {
  const host = request.known(KNOWN.host);
  const own = host === undefined || host === '' ? defaultHost : host.toLowerCase();
  request.authority = own;
  if (!HOST.test(own)) return INVALID_HOST;
  const refusal = parseTarget(request.method, request.target, request);
  if (refusal !== undefined) {
    return { details: `path_normalisation{${refusal}}`, message: TARGET_REFUSALS[refusal] };
  }
  // An absolute-form target overrules Host (RFC 9112 3.2.2), and so must the one that we send; as must the host that
  // stands in for an empty one, since it is what policies have seen.
  if (request.authority !== own || host === '') request.isAuthorityReplaced = true;
  return undefined;
}

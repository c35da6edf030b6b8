// Tokens of the local mesh: JWTs (RFC 7519) signed with HMAC-SHA256 by a secret that the launcher and the control
// plane share through a file.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WorkloadRef } from '@weft/api/proxy-config/types';
import type { TokenRefusal, TokenVerifier, WorkloadIdentity } from './token.ts';

const AUDIENCE = 'weft';
const ISSUER = 'weft-local';
/** RFC 7518 3.2: at least as long as the hash. */
const MIN_SECRET_BYTES = 32;
const MAX_TOKEN_BYTES = 8 * 1024;
const DEFAULT_TTL_MS = 24 * 60 * 60 * 1000;

/** For whom a token is minted. */
export interface LocalClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod: string;
  readonly workload: WorkloadRef;
}

/** The payload on the wire; times in seconds. */
interface Payload {
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly ns: string;
  readonly sa: string;
  readonly pod: string;
  readonly workload: WorkloadRef;
}

/** @param secret the content of the launcher's secret file; white space around it does not count. */
export function mintLocalToken(
  secret: string,
  claims: LocalClaims,
  options: { ttlMs?: number } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const payload: Payload = {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: now,
    exp: now + Math.ceil((options.ttlMs ?? DEFAULT_TTL_MS) / 1000),
    ns: claims.namespace,
    sa: claims.serviceAccount,
    pod: claims.pod,
    workload: claims.workload,
  };
  return signLocalToken(secret, payload);
}

/** Signs any payload; apart from `mintLocalToken` for the tests of what is refused. */
export function signLocalToken(secret: string, payload: object): string {
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url(payload)}`;
  return `${signed}.${mac(keyOf(secret), signed).toString('base64url')}`;
}

/** Throws where the secret is too short to be one. */
export function localTokenVerifier(secret: string): TokenVerifier {
  const key = keyOf(secret);
  return { verify: async (token) => verify(key, token) };
}

function verify(key: Buffer, token: string): WorkloadIdentity | TokenRefusal {
  const parts = token.split('.');
  const [header, body, signature] = parts;
  if (token.length > MAX_TOKEN_BYTES || parts.length !== 3 || !header || !body || !signature) {
    return refused('the token is not a signed token of the local mesh');
  }
  const given = Buffer.from(signature, 'base64url');
  const expected = mac(key, `${header}.${body}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return refused('the token is not signed by the launcher of this mesh');
  }
  // RFC 8725 3.1: the algorithm is ours to say. With the signature right this is a token of ours in another form.
  if (parse(header)?.['alg'] !== 'HS256') return refused('the token is not of the algorithm HS256');
  return identityIn(parse(body) ?? {});
}

function identityIn(payload: Readonly<Record<string, unknown>>): WorkloadIdentity | TokenRefusal {
  const { iss, aud, exp, ns, sa, pod, workload } = payload as Partial<Payload>;
  if (aud !== AUDIENCE) return refused(`the token is for the audience ${aud}, not ${AUDIENCE}`);
  if (iss !== ISSUER) return refused(`the token is issued by ${iss}, not ${ISSUER}`);
  if (typeof exp !== 'number' || exp * 1000 <= Date.now()) {
    return refused('the token has expired: the launcher writes a new one into the token file');
  }
  if (!isName(ns) || !isName(sa) || !isName(pod)) {
    return refused('the token does not name a namespace, a service account and a pod');
  }
  return {
    kind: 'identity',
    namespace: ns,
    serviceAccount: sa,
    pod,
    ...(isWorkload(workload) && { workload }),
  };
}

/** What Kubernetes allows in these names (RFC 1123 subdomain), so that it is safe inside a SPIFFE id. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(value);
}

function isWorkload(value: unknown): value is WorkloadRef {
  if (typeof value !== 'object' || value === null) return false;
  const { namespace, name, app, version } = value as Record<string, unknown>;
  return [namespace, name, app, version].every((part) => typeof part === 'string');
}

function refused(message: string): TokenRefusal {
  return { kind: 'refused', message };
}

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.trim());
  if (key.length < MIN_SECRET_BYTES) {
    throw new Error(`the launcher's secret has ${key.length} bytes, at least ${MIN_SECRET_BYTES} are needed`);
  }
  return key;
}

function mac(key: Buffer, signed: string): Buffer {
  return createHmac('sha256', key).update(signed).digest();
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

// A question as a person types it: METHOD, URL and header lines.

import { isIP } from 'node:net';
import { toBytes } from '@weft/proxy/router/path';
import { UserError } from '../user-error.ts';
import type { HeaderLines } from './explanation.ts';

export type Question = HttpQuestion | TcpQuestion;

interface Called {
  readonly url: string;
  /** The Service as an application writes it. */
  readonly host: string;
  readonly port: number | undefined;
}

export interface HttpQuestion extends Called {
  readonly kind: 'http';
  readonly method: string;
  /** Path and query as written, one character for each byte. */
  readonly target: string;
  /** Host first, as clients send it. */
  readonly headers: HeaderLines;
}

export interface TcpQuestion extends Called {
  readonly kind: 'tcp';
  /** The application speaks TLS itself; the name that it asks for (SNI), where it names one. */
  readonly tls?: { readonly serverName?: string };
}

/** What a question may have beside method and URL. */
export interface QuestionExtras {
  readonly headers: readonly string[];
  /** `package.Service/Method` */
  readonly grpc?: string;
  /** A host name; '' for TLS that names none. */
  readonly sni?: string;
}

/** Path and query are taken as they are: what the sidecar makes of `..` or `//` is part of the question. */
const CALLED =
  /^(?:(?<scheme>[a-z][a-z0-9+.-]*):\/\/)?(?<host>[^/?#:[\]@\s]+)(?::(?<port>\d{1,5}))?(?<target>[/?][^#]*)?(?:#.*)?$/i;

/** @throws UserError (2) with what to write instead */
export function readQuestion(method: string, url: string, extras: QuestionExtras): Question {
  const { headers, grpc, sni } = extras;
  const called = CALLED.exec(url)?.groups;
  const host = called?.['host']?.toLowerCase();
  if (!called || host === undefined) {
    throw new UserError(
      `"${url}" names no Service: write http://SERVICE/path, such as http://reviews/reviews/7`,
      2,
    );
  }
  const port = called['port'] === undefined ? undefined : Number(called['port']);
  if (port !== undefined && (port < 1 || port > 65_535)) {
    throw new UserError(`"${url}": a port is a number from 1 to 65535`, 2);
  }
  const scheme = called['scheme']?.toLowerCase();
  if (method === 'TCP') {
    if (grpc !== undefined) throw new UserError('a gRPC call is a POST: write POST instead of TCP', 2);
    return { ...tcpQuestion(url, host, port, headers, called['target']), ...tlsOf(scheme, host, sni) };
  }
  if (sni !== undefined) {
    throw new UserError(`--sni is for connections that the application encrypts: write TCP ${host}:PORT`, 2);
  }
  if (scheme !== undefined && scheme !== 'http') {
    throw new UserError(
      `"${url}": applications speak plain http to their sidecar, which encrypts; ` +
        'for a connection that they encrypt themselves ask for `TCP tls://SERVICE:PORT`',
      2,
    );
  }
  const target = grpc === undefined ? (called['target'] ?? '/') : grpcTarget(method, called['target'], grpc);
  const authority = port === undefined ? host : `${host}:${port}`;
  const given = [...headers.map(readHeader), ...(grpc === undefined ? [] : grpcHeaders(headers))];
  const hasHost = given.some(([name]) => name.toLowerCase() === 'host');
  return {
    kind: 'http',
    method,
    url: grpc === undefined ? url : `${url.replace(/\/$/, '')}${target}`,
    host,
    port,
    target: toBytes(target.startsWith('/') ? target : `/${target}`),
    headers: hasHost ? given : [['host', authority], ...given],
  };
}

function tcpQuestion(
  url: string,
  host: string,
  port: number | undefined,
  headers: readonly string[],
  target: string | undefined,
): TcpQuestion {
  if (headers.length > 0) throw new UserError('a TCP connection has no headers: leave --header out', 2);
  if (target !== undefined && target !== '/') {
    throw new UserError(`"${url}": a TCP connection has no path: write TCP ${host}:PORT`, 2);
  }
  return { kind: 'tcp', url, host, port };
}

const SERVER_NAME = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/;

/** RFC 6066 3: a client names the host that it was told to call, but not an address. */
function tlsOf(scheme: string | undefined, host: string, sni: string | undefined): Pick<TcpQuestion, 'tls'> {
  if (sni === undefined && scheme !== 'tls') return {};
  const serverName = (sni ?? host).toLowerCase();
  if (serverName === '' || (sni === undefined && isIP(host) !== 0)) return { tls: {} };
  if (!SERVER_NAME.test(serverName)) throw new UserError(`--sni ${sni}: a server name is a host name`, 2);
  return { tls: { serverName } };
}

function grpcTarget(method: string, target: string | undefined, grpc: string): string {
  if (method !== 'POST') throw new UserError(`a gRPC call is a POST: write POST instead of ${method}`, 2);
  if (target !== undefined && target !== '/') {
    throw new UserError(`--grpc says the path: leave ${target} out`, 2);
  }
  if (!/^[^/\s]+\/[^/\s]+$/.test(grpc)) {
    throw new UserError(`--grpc ${grpc}: write package.Service/Method, such as shop.Carts/Add`, 2);
  }
  return `/${grpc}`;
}

/** By this a call is told from other requests; with it a codec may be given (`application/grpc+proto`). */
function grpcHeaders(given: readonly string[]): HeaderLines {
  const hasType = given.some((line) => /^content-type\s*:/i.test(line));
  return hasType ? [] : [['content-type', 'application/grpc']];
}

function readHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new UserError(`"${line}" is not a header: write --header 'name: value'`, 2);
  return [toBytes(line.slice(0, colon).trim()), toBytes(line.slice(colon + 1).trim())];
}

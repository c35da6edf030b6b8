// A question as a person types it: METHOD, URL and header lines.

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
}

/** Path and query are taken as they are: what the sidecar makes of `..` or `//` is part of the question. */
const CALLED =
  /^(?:(?<scheme>[a-z][a-z0-9+.-]*):\/\/)?(?<host>[^/?#:[\]@\s]+)(?::(?<port>\d{1,5}))?(?<target>[/?][^#]*)?(?:#.*)?$/i;

/** @throws UserError (2) with what to write instead */
export function readQuestion(method: string, url: string, headers: readonly string[]): Question {
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
  if (method === 'TCP') return tcpQuestion(url, host, port, headers, called['target']);
  const scheme = called['scheme']?.toLowerCase() ?? 'http';
  if (scheme !== 'http') {
    throw new UserError(
      `"${url}": applications speak plain http to their sidecar, which encrypts; ` +
        'for a connection that they encrypt themselves ask for `TCP SERVICE:PORT`',
      2,
    );
  }
  const target = called['target'] ?? '/';
  const authority = port === undefined ? host : `${host}:${port}`;
  const given = headers.map(readHeader);
  const hasHost = given.some(([name]) => name.toLowerCase() === 'host');
  return {
    kind: 'http',
    method,
    url,
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

function readHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new UserError(`"${line}" is not a header: write --header 'name: value'`, 2);
  return [toBytes(line.slice(0, colon).trim()), toBytes(line.slice(colon + 1).trim())];
}

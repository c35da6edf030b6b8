// Which fields are worth a place in a dynamic table, and which may never have one, by their name.

/**
 * `repeats`: goes to the table when its value comes again. `unique`: each value comes once, so that only the name is
 * worth a place. `secret`: never indexed, by no hop (RFC 7541 7.1.3): connections to an endpoint carry requests of many
 * clients, and one who adds requests of his own and sees their length could try out what values are in the table.
 */
export type Indexing = 'repeats' | 'unique' | 'secret';

export const UNIQUE_NAMES: ReadonlySet<string> = new Set([
  'age',
  'b3',
  'content-length',
  'content-range',
  'etag',
  'expires',
  'grpc-timeout',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'range',
  'traceparent',
  'tracestate',
  'x-amzn-trace-id',
  'x-b3-parentspanid',
  'x-b3-spanid',
  'x-b3-traceid',
  'x-cloud-trace-context',
  'x-correlation-id',
  'x-request-id',
]);

export const SECRET_NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-amz-security-token',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
]);

export function indexingOf(name: string): Indexing {
  return SECRET_NAMES.has(name) ? 'secret' : UNIQUE_NAMES.has(name) ? 'unique' : 'repeats';
}

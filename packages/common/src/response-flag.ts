// Response flags: why a request was not simply answered by its endpoint. Envoy's letters, one table for the
// access log, the metrics' `response_flags`, headers and explain. `-` in output where there is none.

/** Letters and meaning; the order is the flag's index (stable inside one process only). */
export const RESPONSE_FLAGS = {
  '-': 'answered by the endpoint',
  NR: 'no route matched the request',
  NC: 'the route names a cluster that does not exist',
  UH: 'the cluster has no endpoint that can take the request',
  UF: 'connecting to the endpoint failed',
  UC: 'the endpoint closed the connection before it answered',
  UR: 'the endpoint reset the stream',
  UO: 'a limit of the cluster is reached (circuit breaking)',
  UT: 'the request timed out',
  URX: 'the last retry failed, or no more were allowed',
  UAEX: 'an authorization policy denied the request',
  UPE: 'the endpoint broke the protocol',
  DPE: 'the client broke the protocol',
  DC: 'the client closed the connection before the answer was complete',
  DI: 'delayed by fault injection',
  FI: 'aborted by fault injection',
  RL: 'a rate limit is exceeded',
  SI: 'nothing was sent for longer than the idle timeout',
  DT: 'the connection or request reached its maximum duration',
  DR: 'the proxy is draining',
  IC: 'the configuration for this request is invalid',
} as const;

export type ResponseFlag = keyof typeof RESPONSE_FLAGS;

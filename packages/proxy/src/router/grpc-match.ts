// Matches on the service and method of a gRPC call, which its path names: `/<service>/<method>`.

import type { GrpcMatch } from '@weft/api/proxy-config/types';
import { isGrpcCallType } from '../stack/grpc/is-grpc.ts';
import type { Condition } from './condition.ts';
import { mustCompileRegex } from './regex.ts';

/** What a GRPCRoute is for, by gRPC or gRPC-Web: nothing else on its port is matched by it, whatever its path. */
export const GRPC_ONLY: Condition = {
  field: 'headers.content-type',
  expected: 'application/grpc',
  test: (view) => isGrpcCallType(view.header('content-type')),
  actual: (view) => view.header('content-type') ?? 'absent',
};

export function grpcPathCondition(match: GrpcMatch): Condition {
  const { kind, service, method } = match;
  const holds = { service: nameTest(kind, service), method: nameTest(kind, method) };
  return {
    field: 'grpc',
    expected: `${kind === 'regex' ? 'regex' : 'method'} ${service ?? '*'}/${method ?? '*'}`,
    test: ({ path }) => {
      const slash = path.indexOf('/', 1);
      return slash > 0 && holds.service(path.slice(1, slash)) && holds.method(path.slice(slash + 1));
    },
    actual: ({ path }) => path.slice(1),
  };
}

function nameTest(kind: GrpcMatch['kind'], wanted: string | undefined): (name: string) => boolean {
  if (wanted === undefined) return () => true;
  if (kind === 'exact') return (name) => name === wanted;
  const regex = mustCompileRegex(wanted);
  return (name) => regex.testExact(name);
}

/** Where candidates for a call stand in the index of paths: as near to its path as the match is sure of. */
export function grpcPlace({ kind, service, method }: GrpcMatch): {
  pathKind: 'exact' | 'prefix';
  path: string;
} {
  if (kind === 'regex' || service === undefined) return { pathKind: 'prefix', path: '' };
  return method === undefined
    ? { pathKind: 'prefix', path: `/${service}` }
    : { pathKind: 'exact', path: `/${service}/${method}` };
}

// gRPC calls: their clients never see an HTTP status of the mesh, but the gRPC status that stands for it.

import { grpcStatusName, grpcStatusOfRefusal } from '@weft/proxy/stack/grpc/grpc-status';
import { isGrpcContentType } from '@weft/proxy/stack/grpc/is-grpc';
import type { Branch, Outcome } from './explanation.ts';
import type { Question } from './question.ts';

export function isGrpcCall(question: Question): boolean {
  if (question.kind !== 'http') return false;
  const type = question.headers.find(([name]) => name.toLowerCase() === 'content-type');
  return isGrpcContentType(type?.[1]);
}

export function withGrpcStatus(branch: Branch): Branch {
  const { end, arrivals } = branch;
  return {
    ...branch,
    ...(end && { end: translated(end) }),
    arrivals: arrivals.map((arrival) => ({ ...arrival, outcome: translated(arrival.outcome) })),
  };
}

function translated(outcome: Outcome): Outcome {
  if (outcome.kind !== 'refused') return outcome;
  return { ...outcome, grpcStatus: grpcStatusName(grpcStatusOfRefusal(outcome.status, outcome.flag)) };
}

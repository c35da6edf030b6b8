// All targets, in the order of the report.
import { direct } from './direct.ts';
import { envoy, envoyMesh, envoyMeshHttp1, envoyTelemetry } from './envoy.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import type { Target } from './target.ts';
import { weft, weftInbound, weftLogged, weftOnBun } from './weft.ts';

export const TARGETS: readonly Target[] = [
  direct,
  haproxy,
  nginx,
  envoy,
  envoyMesh,
  envoyMeshHttp1,
  envoyTelemetry,
  weft,
  weftInbound,
  weftLogged,
  weftOnBun,
];

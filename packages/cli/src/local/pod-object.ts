// The Pod that the control plane sees for a replica: what a kubelet would write to the API server.

import { LOCAL_PORTS_ANNOTATION, MESHED_ANNOTATION } from '@weft/api/annotation';
import type { Listener } from '@weft/api/proxy-config/types';
import type { Resource } from '@weft/api/resource';
import { type PodPlan, planListeners } from './pod-plan.ts';
import type { LocalWorkload } from './workload.ts';

/** JSON object from container port to the port on 127.0.0.1 where the process listens for it. */
const APP_PORTS_ANNOTATION = 'weft.dev/local-app-ports';
/** JSON list of the sidecar's listeners, so that its configuration can be shown and saved whole. */
const LISTENERS_ANNOTATION = 'weft.dev/local-listeners';

/** What is known of a replica at this moment. */
export interface PodCondition {
  readonly phase: 'Pending' | 'Running';
  readonly ready: boolean;
  /** Short reason and sentence for what keeps it from being ready. */
  readonly reason?: string;
  readonly message?: string;
  readonly restarts: number;
  /** RFC 3339. */
  readonly created: string;
  /** RFC 3339; set when it was told to stop: its endpoint takes no new traffic. */
  readonly deleted?: string;
}

export function podObject(workload: LocalWorkload, plan: PodPlan, condition: PodCondition): Resource {
  const { template } = workload;
  const { reason, message } = condition;
  const why = condition.ready ? {} : { reason, message };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: plan.pod,
      namespace: workload.namespace,
      labels: template.labels,
      annotations: {
        ...template.annotations,
        [MESHED_ANNOTATION]: 'true',
        [LOCAL_PORTS_ANNOTATION]: portMap(plan, 'sidecar'),
        [APP_PORTS_ANNOTATION]: portMap(plan, 'process'),
        [LISTENERS_ANNOTATION]: JSON.stringify(planListeners(plan)),
      },
      creationTimestamp: condition.created,
      ...(condition.deleted === undefined ? {} : { deletionTimestamp: condition.deleted }),
      ownerReferences: [
        {
          apiVersion: workload.apiVersion,
          kind: workload.kind,
          name: workload.name,
          ...(workload.uid === undefined ? {} : { uid: workload.uid }),
        },
      ],
    },
    spec: {
      serviceAccountName: template.serviceAccount,
      containers: [
        {
          name: template.container,
          ...(template.image === undefined ? {} : { image: template.image }),
          ports: template.ports,
        },
      ],
    },
    status: {
      phase: condition.phase,
      podIP: '127.0.0.1',
      podIPs: [{ ip: '127.0.0.1' }],
      conditions: [{ type: 'Ready', status: condition.ready ? 'True' : 'False', ...why }],
      containerStatuses: [
        { name: template.container, ready: condition.ready, restartCount: condition.restarts },
      ],
    },
  };
}

function portMap(plan: PodPlan, side: 'sidecar' | 'process'): string {
  return JSON.stringify(Object.fromEntries(plan.ports.map((port) => [port.containerPort, port[side]])));
}

/** The listeners of a local Pod's sidecar; none for a Pod that the local mesh did not start. */
export function localListeners(metadata: object): Listener[] {
  const { annotations } = metadata as Resource['metadata'];
  const text = annotations?.[LISTENERS_ANNOTATION];
  return text === undefined ? [] : (JSON.parse(text) as Listener[]);
}

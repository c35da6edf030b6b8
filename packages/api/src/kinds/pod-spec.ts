// What a Pod runs: written directly in a Pod, and as the template of a Deployment or StatefulSet.

import { z } from 'zod';
import { objectName, port, portOrName } from './scalar.ts';
import type { TypeOf } from './type-of.ts';

const keyRef = z.looseObject({ name: z.string(), key: z.string(), optional: z.boolean().optional() });

const probe = z.looseObject({
  httpGet: z
    .looseObject({
      path: z.string().default('/'),
      port: portOrName,
      host: z.string().optional(),
      scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP'),
      httpHeaders: z.array(z.looseObject({ name: z.string(), value: z.string() })).optional(),
    })
    .optional(),
  tcpSocket: z.looseObject({ port: portOrName, host: z.string().optional() }).optional(),
  grpc: z.looseObject({ port, service: z.string().default('') }).optional(),
  exec: z.looseObject({ command: z.array(z.string()) }).optional(),
  initialDelaySeconds: z.int().min(0).default(0),
  periodSeconds: z.int().min(1).default(10),
  timeoutSeconds: z.int().min(1).default(1),
  successThreshold: z.int().min(1).default(1),
  failureThreshold: z.int().min(1).default(3),
});

const container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  workingDir: z.string().optional(),
  env: z
    .array(
      z.looseObject({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z
          .looseObject({
            configMapKeyRef: keyRef.optional(),
            secretKeyRef: keyRef.optional(),
            fieldRef: z.looseObject({ fieldPath: z.string() }).optional(),
          })
          .optional(),
      }),
    )
    .default([]),
  envFrom: z
    .array(
      z.looseObject({
        prefix: z.string().default(''),
        configMapRef: z.looseObject({ name: z.string(), optional: z.boolean().optional() }).optional(),
        secretRef: z.looseObject({ name: z.string(), optional: z.boolean().optional() }).optional(),
      }),
    )
    .default([]),
  ports: z
    .array(
      z.looseObject({
        name: z.string().optional(),
        containerPort: port,
        protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
      }),
    )
    .default([]),
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
  startupProbe: probe.optional(),
  /** `Always` on an init container makes it a native sidecar. */
  restartPolicy: z.string().optional(),
});

export const podSpec = z.looseObject({
  serviceAccountName: objectName.default('default'),
  nodeName: z.string().optional(),
  hostNetwork: z.boolean().optional(),
  initContainers: z.array(container).optional(),
  containers: z.array(container).min(1),
  terminationGracePeriodSeconds: z.int().min(0).default(30),
});

export type PodSpec = TypeOf<typeof podSpec>;
export type Container = TypeOf<typeof container>;
export type Probe = TypeOf<typeof probe>;

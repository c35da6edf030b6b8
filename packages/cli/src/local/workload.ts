// Reads what runs locally out of the manifests: Deployments and StatefulSets become workloads with a pod template
// that a process can be started from. A template that cannot run here carries the problem instead of a command.

import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '@weft/api/control-plane-api';
import type { Container, Probe } from '@weft/api/kinds/pod-spec';
import type { Deployment, StatefulSet } from '@weft/api/kinds/workload';
import type { SourcedResource } from '@weft/api/resource';
import type { DesiredWorkload } from './reconcile.ts';

/** Annotation of a pod template: the shell command to run locally in place of the container's. */
export const LOCAL_COMMAND = 'weft.dev/local-command';

type PodTemplate = Deployment['spec']['template'];

export interface LocalWorkload extends DesiredWorkload {
  readonly apiVersion: string;
  readonly uid?: string;
  readonly template: LocalTemplate;
  /** What it was read from. */
  readonly source: SourcedResource;
}

export interface LocalTemplate {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Default `default`. */
  readonly serviceAccount: string;
  readonly container: string;
  readonly image?: string;
  /** Program and arguments, `$(NAME)` not yet replaced. Absent: see `problem`. */
  readonly command?: readonly string[];
  /** Absolute. */
  readonly workingDirectory: string;
  readonly environment: Container['env'];
  readonly environmentFrom: Container['envFrom'];
  /** In the order declared; the first one is the process's PORT. */
  readonly ports: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readinessProbe?: Probe;
  /** From SIGTERM to SIGKILL. */
  readonly graceSeconds: number;
  /** Why it cannot be started here. */
  readonly problem?: Diagnostic;
}

/**
 * The workloads of the manifests, in their order, and warnings about parts of them that have no effect locally.
 * `cwd`: the folder that origins' file names are relative to.
 */
export function readWorkloads(
  resources: readonly SourcedResource[],
  cwd: string,
): { readonly workloads: readonly LocalWorkload[]; readonly diagnostics: readonly Diagnostic[] } {
  const workloads: LocalWorkload[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const sourced of resources) {
    const { kind } = sourced.resource;
    if (kind === 'Deployment' || kind === 'StatefulSet') {
      workloads.push(readWorkload(sourced, sourced.resource as unknown as Deployment | StatefulSet, cwd));
      diagnostics.push(...ignoredParts(sourced));
    }
  }
  return { workloads, diagnostics };
}

function readWorkload(
  sourced: SourcedResource,
  object: Deployment | StatefulSet,
  cwd: string,
): LocalWorkload {
  const { apiVersion, kind, metadata, spec } = object;
  const folder = resolve(cwd, dirname(sourced.origin?.file ?? '.'));
  return {
    kind,
    apiVersion,
    namespace: metadata.namespace,
    name: metadata.name,
    ...(sourced.resource.metadata.uid === undefined ? {} : { uid: sourced.resource.metadata.uid }),
    replicas: spec.replicas,
    revision: hash([spec.template, folder]),
    template: readTemplate(sourced, spec.template, folder),
    source: sourced,
  };
}

function readTemplate(sourced: SourcedResource, template: PodTemplate, folder: string): LocalTemplate {
  const { metadata, spec } = template;
  // The schema asks for at least one.
  const container = spec.containers[0] as Container;
  const annotations = metadata.annotations ?? {};
  const local = annotations[LOCAL_COMMAND];
  const command = local
    ? ['/bin/sh', '-c', local]
    : [...(container.command ?? []), ...(container.args ?? [])];
  return {
    labels: metadata.labels,
    annotations,
    serviceAccount: spec.serviceAccountName,
    container: container.name,
    ...(container.image === undefined ? {} : { image: container.image }),
    // An image's own entry point is unknown here, so arguments alone are not enough.
    ...(local || container.command?.length ? { command } : { problem: noCommand(sourced) }),
    workingDirectory: workingDirectory(folder, container.workingDir),
    environment: container.env,
    environmentFrom: container.envFrom,
    ports: container.ports.filter(({ protocol }) => protocol === 'TCP'),
    graceSeconds: spec.terminationGracePeriodSeconds,
    ...(container.readinessProbe ? { readinessProbe: container.readinessProbe } : {}),
  };
}

/** An absolute workingDir is a path inside the image: locally its place is taken by the manifest's folder. */
function workingDirectory(folder: string, inContainer: string | undefined): string {
  return inContainer === undefined || inContainer.startsWith('/') ? folder : resolve(folder, inContainer);
}

function noCommand(sourced: SourcedResource): Diagnostic {
  const message =
    'the container names no command, and an image cannot be run locally: ' +
    `add "command", or the annotation ${LOCAL_COMMAND} to the pod template`;
  return diagnose(sourced, 'error', 'NoCommand', message, 'spec.template.spec.containers[0]');
}

/** Says so where a part of the pod would be missing, so that nobody looks for it in vain. */
function ignoredParts(sourced: SourcedResource): Diagnostic[] {
  const { containers, initContainers } = (sourced.resource as unknown as Deployment).spec.template.spec;
  const ignored = (what: string, field: string): Diagnostic =>
    diagnose(sourced, 'warning', 'NotRunLocally', what, `spec.template.spec.${field}`);
  const found = containers
    .slice(1)
    .map(({ name }, index) =>
      ignored(`container "${name}" is not run locally: only the first one is`, `containers[${index + 1}]`),
    );
  if (initContainers?.length) found.push(ignored('init containers are not run locally', 'initContainers'));
  const probe = containers[0]?.readinessProbe;
  if (probe?.exec || probe?.grpc) {
    const what = 'exec and grpc probes are not run locally: the process is ready when its port accepts';
    found.push(ignored(what, 'containers[0].readinessProbe'));
  }
  return found;
}

/** A diagnostic about one field of an object, with the place where it was written. */
export function diagnose(
  sourced: SourcedResource,
  severity: Diagnostic['severity'],
  reason: string,
  message: string,
  field: string,
): Diagnostic {
  const { kind, metadata } = sourced.resource;
  const place = sourced.origin && { file: sourced.origin.file, ...sourced.origin.position(field) };
  return {
    severity,
    reason,
    message,
    object: `${kind}/${metadata.namespace ?? 'default'}/${metadata.name}`,
    field,
    ...place,
  };
}

/** Equal for equal content; the order of keys counts, as a saved file rarely changes it alone. */
function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 10);
}

// A process's environment as Kubernetes would make it: envFrom, then env in order, `$(NAME)` replaced by what was
// set before it, values from the pod's fields, ConfigMaps and Secrets.

import { delimiter, dirname } from 'node:path';
import type { Resource } from '@weft/api/resource';
import type { LocalTemplate, LocalWorkload } from './workload.ts';

export interface EnvironmentSources {
  /** Set before everything that the container declares: PORT, service variables. */
  readonly base: Readonly<Record<string, string>>;
  /** Values of `fieldRef`: `metadata.name`, `status.podIP`, `metadata.labels['app']` … */
  readonly fields: Readonly<Record<string, string>>;
  /** The ConfigMap or Secret of that name in the pod's namespace. */
  find(kind: 'ConfigMap' | 'Secret', name: string): Resource | undefined;
}

export type Environment =
  | { readonly kind: 'environment'; readonly variables: Readonly<Record<string, string>> }
  /** What is missing, for the pod's status. */
  | { readonly kind: 'missing'; readonly message: string };

export function buildEnvironment(template: LocalTemplate, sources: EnvironmentSources): Environment {
  const variables: Record<string, string> = { ...sources.base };
  for (const { prefix, configMapRef, secretRef } of template.environmentFrom) {
    const reference = configMapRef ?? secretRef;
    if (!reference) continue;
    const kind = configMapRef ? 'ConfigMap' : 'Secret';
    const object = sources.find(kind, reference.name);
    if (!object && !reference.optional) return missing(`${kind} "${reference.name}" not found`);
    for (const [key, value] of Object.entries(object ? dataOf(object) : {})) variables[prefix + key] = value;
  }
  for (const { name, value, valueFrom } of template.environment) {
    if (!valueFrom) {
      variables[name] = expand(value ?? '', variables);
      continue;
    }
    const { fieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
    if (fieldRef) {
      const field = sources.fields[fieldRef.fieldPath];
      if (field === undefined)
        return missing(`env ${name}: field ${fieldRef.fieldPath} has no value locally`);
      variables[name] = field;
      continue;
    }
    const kind = configMapKeyRef ? 'ConfigMap' : 'Secret';
    const reference = configMapKeyRef ?? secretKeyRef;
    if (!reference) return missing(`env ${name}: this kind of valueFrom is not supported locally`);
    const object = sources.find(kind, reference.name);
    const found = object && dataOf(object)[reference.key];
    if (found !== undefined) variables[name] = found;
    else if (!reference.optional)
      return missing(`env ${name}: no key "${reference.key}" in ${kind} "${reference.name}"`);
  }
  return { kind: 'environment', variables };
}

/** Fields that `valueFrom.fieldRef` can name, of the pod of that name. */
export function podFields({ namespace, template }: LocalWorkload, pod: string): Record<string, string> {
  return {
    'metadata.name': pod,
    'metadata.namespace': namespace,
    'spec.serviceAccountName': template.serviceAccount,
    'spec.nodeName': 'localhost',
    'status.podIP': '127.0.0.1',
    'status.hostIP': '127.0.0.1',
    ...byKey('metadata.labels', template.labels),
    ...byKey('metadata.annotations', template.annotations),
  };
}

function byKey(path: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`${path}['${key}']`, value]));
}

/** Replaces `$(NAME)`; `$$(NAME)` stands for the text itself, and an unknown name stays as it is (Kubernetes). */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$?)\(([^()]*)\)/g, (whole, escaped: string, name: string) =>
    escaped ? whole.slice(1) : (variables[name] ?? whole),
  );
}

/** A ConfigMap's data, or a Secret's decoded data with its stringData over it. */
function dataOf(object: Resource): Readonly<Record<string, string>> {
  const data = (object['data'] ?? {}) as Record<string, string>;
  if (object.kind !== 'Secret') return data;
  const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]);
  return { ...Object.fromEntries(decoded), ...(object['stringData'] as Record<string, string> | undefined) };
}

function missing(message: string): Environment {
  return { kind: 'missing', message };
}

/** The launcher's own environment without its PORT; `node` in a command is the Node that Weft runs on. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { PORT: _, PATH = '', ...rest } = process.env;
  return { ...rest, PATH: `${dirname(process.execPath)}${delimiter}${PATH}` };
}

// Checks of a mesh that runs: from what its control plane tells, without a look at the machine.

import { X509Certificate } from 'node:crypto';
import type {
  DetectedPort,
  MeshStatus,
  ProxyStatus,
  StoredResource,
  WorkloadStatus,
} from '@weft/api/control-plane-api';
import type { ApiClient } from '../api-client.ts';
import { count, formatAge } from '../output/quantity.ts';
import { bad, type Check, type CheckGroup, good, warning } from './check.ts';
import { guessedPorts } from './guessed-ports.ts';
import { manifestChecks } from './manifests.ts';

/** A root that ends sooner has to be replaced now: every workload needs a certificate of the next one. */
const ROOT_WARNING_MS = 30 * 86_400_000;

export interface RunningMesh {
  /** Of the API. */
  readonly address: string;
  /** This command's version. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly status: MeshStatus;
  readonly proxies: readonly ProxyStatus[];
  readonly detected: readonly DetectedPort[];
  readonly resources: readonly StoredResource[];
  /** PEM. */
  readonly roots: readonly string[];
}

/** Asks everything. @throws ApiError */
export async function readRunningMesh(client: ApiClient, version: string): Promise<RunningMesh> {
  const [status, proxies, detected, resources] = await Promise.all([
    client.status(),
    client.proxies(),
    client.detected(),
    client.resources({}),
  ]);
  return {
    address: client.address,
    version,
    now: Date.now(),
    status,
    proxies,
    detected,
    resources,
    roots: await rootsOf(client, proxies),
  };
}

/** Every proxy is given the same. */
async function rootsOf(client: ApiClient, proxies: readonly ProxyStatus[]): Promise<readonly string[]> {
  for (const { id } of proxies) {
    const [namespace = '', pod = ''] = id.split('/');
    const config = await client.proxyConfig(namespace, pod).catch(() => undefined);
    if (config?.trust) return config.trust.roots;
  }
  return [];
}

export function runningChecks(mesh: RunningMesh): CheckGroup[] {
  const { status, resources, detected } = mesh;
  return [
    { title: 'Control plane', checks: controlPlaneChecks(mesh) },
    { title: 'Manifests', checks: manifestChecks(status.diagnostics) },
    { title: 'Workloads', checks: workloadChecks(status.workloads) },
    { title: 'Proxies', checks: mesh.proxies.length === 0 ? [noProxy] : proxyChecks(mesh) },
    { title: 'Certificates', checks: certificateChecks(mesh) },
    { title: 'Protocols', checks: guessedPorts(detected, resources) },
  ];
}

/** Where the API does not answer: all that can be said. `message`: why, and what to do. */
export function unreachable(address: string, message: string): CheckGroup[] {
  return [{ title: 'Control plane', checks: [bad(`does not answer at ${address}`, message)] }];
}

function controlPlaneChecks({ address, version, status }: RunningMesh): Check[] {
  const isSame = status.version === version;
  return [
    good(`answers at ${address}, reads ${status.provider.source}`),
    isSame
      ? good(`version ${version}, as this weft`)
      : warning(
          `version ${status.version}, this weft is ${version}`,
          'use the weft of the version that runs, or start the mesh again with this one',
        ),
  ];
}

function workloadChecks(workloads: readonly WorkloadStatus[]): Check[] {
  const failed = workloads.filter(({ ready, replicas }) => ready < replicas);
  if (failed.length === 0) return [good(`${count(workloads.length, 'workload')}, every replica ready`)];
  return failed.map(({ namespace, name, ready, replicas, message }) =>
    bad(
      `${namespace}/${name}: ${ready} of ${replicas} replicas ready${message === undefined ? '' : `: ${message}`}`,
      `look at its own output: \`weft get pods -n ${namespace}\` names the replicas, \`weft up\` shows why they end`,
    ),
  );
}

const noProxy = bad(
  'no proxy has connected',
  'see that the workloads were started with a sidecar; `weft status` lists them',
);

function proxyChecks({ proxies, version }: RunningMesh): Check[] {
  const problems = proxies.flatMap((proxy): Check[] => {
    const { id, connected, synced, nacks } = proxy;
    if (!connected) {
      return [
        bad(`${id} is not connected`, 'it serves by what it had last; its log says what keeps it away'),
      ];
    }
    const refusals = nacks.map(({ type, name, field, message }) =>
      bad(
        `${id} refused ${[type, name, field].filter(Boolean).join(' ')}: ${message}`,
        'it serves by the last good version; `weft explain` shows what led to this one. Please report it',
      ),
    );
    if (refusals.length > 0) return refusals;
    if (synced) return [];
    return [warning(`${id} has not accepted its newest configuration yet`, 'ask again in a moment')];
  });
  const others = Map.groupBy(
    proxies.filter((proxy) => proxy.version !== undefined && proxy.version !== version),
    (proxy) => proxy.version,
  );
  for (const [other, of] of others) {
    const ids = of.map(({ id }) => id).join(', ');
    problems.push(warning(`version ${other}, this weft is ${version}: ${ids}`, 'restart their workloads'));
  }
  return problems.length > 0
    ? problems
    : [
        good(
          `${proxies.length === 1 ? '1 proxy' : `${proxies.length} proxies`}, connected, all configuration accepted`,
        ),
      ];
}

function certificateChecks({ proxies, roots, now }: RunningMesh): Check[] {
  const problems = proxies.flatMap(({ id, connected, certificate }): Check[] => {
    // A proxy that came back with the certificate it had needs no new one, and the control plane knows of none.
    if (certificate === undefined || !connected) return [];
    const left = Date.parse(certificate.notAfter) - now;
    if (left > 0) return [];
    const text = `the certificate of ${id} expired ${formatAge(-left)} ago`;
    return [
      bad(text, 'its log says why it could not be renewed; it needs the control plane on its xDS port'),
    ];
  });
  const ends = proxies.flatMap(({ certificate }) => (certificate ? [Date.parse(certificate.notAfter)] : []));
  const first = ends.length === 0 ? undefined : Math.min(...ends) - now;
  const checks = [
    ...roots.flatMap((pem) => rootChecks(new X509Certificate(pem).validToDate.getTime() - now)),
    ...(problems.length > 0 || first === undefined
      ? problems
      : [good(`${count(ends.length, 'workload certificate')}, the first ends in ${formatAge(first)}`)]),
  ];
  return checks.length > 0 ? checks : [good('none was signed since the control plane started')];
}

function rootChecks(left: number): Check[] {
  const remedy = 'remove ca/ from the data folder of the control plane and start the mesh again';
  if (left <= 0) return [bad(`the root of the mesh expired ${formatAge(-left)} ago`, remedy)];
  const text = `the root of the mesh is valid for ${formatAge(left)}`;
  return [left < ROOT_WARNING_MS ? warning(text, remedy) : good(text)];
}

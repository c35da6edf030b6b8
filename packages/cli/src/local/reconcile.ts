// The deployment controller as a pure function: from the workloads that the manifests ask for and the replicas
// that exist to the steps that bring them closer. Called again after every change; it keeps no memory.
//
//   desired + replicas ──reconcile──▶ actions ──(mesh.ts)──▶ processes ──change──▶ reconcile …

/** What one manifest asks for. */
export interface DesiredWorkload {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
  /** 0 stops all of them. */
  readonly replicas: number;
  /** Hash of the pod template; a replica of another revision is replaced. */
  readonly revision: string;
}

/** What runs (or tries to). Its pod's name is `<workload>-<ordinal>`. */
export interface ReplicaView {
  readonly kind: DesiredWorkload['kind'];
  readonly namespace: string;
  readonly workload: string;
  readonly ordinal: number;
  readonly revision: string;
  readonly phase: 'starting' | 'ready' | 'stopping';
}

export type Action<W extends DesiredWorkload = DesiredWorkload, R extends ReplicaView = ReplicaView> =
  | { readonly kind: 'start'; readonly workload: W; readonly ordinal: number }
  | { readonly kind: 'stop'; readonly replica: R };

/** One more than wanted may exist while replicas are replaced, so that none has to go before its successor. */
const SURGE = 1;

/** The steps due now, stops before starts. Equal input gives equal output, in the order of `desired`. */
export function reconcile<W extends DesiredWorkload, R extends ReplicaView>(
  desired: readonly W[],
  replicas: readonly R[],
): Action<W, R>[] {
  const wanted = new Set(desired.map(identityOf));
  const actions: Action<W, R>[] = replicas
    .filter((replica) => replica.phase !== 'stopping' && !wanted.has(ownerOf(replica)))
    .map((replica) => ({ kind: 'stop', replica }));
  for (const workload of desired) {
    const own = replicas.filter((replica) => ownerOf(replica) === identityOf(workload));
    actions.push(
      ...(workload.kind === 'StatefulSet' ? reconcileSet(workload, own) : rollOver(workload, own)),
    );
  }
  return actions;
}

/** Deployment: successors first, then as many predecessors as are no longer needed to have `replicas` ready. */
function rollOver<W extends DesiredWorkload, R extends ReplicaView>(
  workload: W,
  own: readonly R[],
): Action<W, R>[] {
  const alive = own.filter((replica) => replica.phase !== 'stopping');
  const current = alive.filter((replica) => replica.revision === workload.revision);
  const outdated = alive.filter((replica) => replica.revision !== workload.revision);

  const excess = leastUseful(current).slice(0, Math.max(0, current.length - workload.replicas));
  const kept = current.filter((replica) => !excess.includes(replica));
  // An outdated replica that is not ready serves nobody; a ready one has to stay until a successor is ready.
  let spare = countReady(kept) + countReady(outdated) - workload.replicas;
  const retired = leastUseful(outdated).filter((replica) => replica.phase !== 'ready' || spare-- > 0);

  const room = workload.replicas + SURGE - kept.length - (outdated.length - retired.length);
  const missing = workload.replicas - kept.length;
  const starts = Math.max(0, outdated.length === 0 ? missing : Math.min(room, missing));
  return [
    ...[...excess, ...retired].map((replica): Action<W, R> => ({ kind: 'stop', replica })),
    ...freeOrdinals(own, starts).map((ordinal): Action<W, R> => ({ kind: 'start', workload, ordinal })),
  ];
}

/** StatefulSet: ordinals 0 … n-1 keep their names; one at a time is replaced, from the highest, when all are ready. */
function reconcileSet<W extends DesiredWorkload, R extends ReplicaView>(
  workload: W,
  own: readonly R[],
): Action<W, R>[] {
  const actions: Action<W, R>[] = own
    .filter((replica) => replica.ordinal >= workload.replicas && replica.phase !== 'stopping')
    .map((replica) => ({ kind: 'stop', replica }));
  const taken = new Set(own.map((replica) => replica.ordinal));
  for (let ordinal = 0; ordinal < workload.replicas; ordinal++) {
    if (!taken.has(ordinal)) actions.push({ kind: 'start', workload, ordinal });
  }
  const members = own.filter((replica) => replica.ordinal < workload.replicas);
  const outdated = members.filter((replica) => replica.revision !== workload.revision);
  const broken = outdated.filter((replica) => replica.phase === 'starting');
  const allReady = members.length === workload.replicas && countReady(members) === members.length;
  const [next] = leastUseful(broken.length > 0 ? broken : allReady ? outdated : []);
  if (next) actions.push({ kind: 'stop', replica: next });
  return actions;
}

/** Not ready before ready, then the highest ordinal: the order in which replicas can be spared. */
function leastUseful<R extends ReplicaView>(replicas: readonly R[]): R[] {
  return replicas.toSorted(
    (a, b) => Number(a.phase === 'ready') - Number(b.phase === 'ready') || b.ordinal - a.ordinal,
  );
}

function countReady(replicas: readonly ReplicaView[]): number {
  return replicas.filter((replica) => replica.phase === 'ready').length;
}

/** The lowest ordinals that no replica has, also not one that is still stopping: its pod name is in use. */
function freeOrdinals(own: readonly ReplicaView[], count: number): number[] {
  const taken = new Set(own.map((replica) => replica.ordinal));
  const free: number[] = [];
  for (let ordinal = 0; free.length < count; ordinal++) if (!taken.has(ordinal)) free.push(ordinal);
  return free;
}

function identityOf({ kind, namespace, name }: Pick<DesiredWorkload, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${namespace}/${name}`;
}

function ownerOf({ kind, namespace, workload }: ReplicaView): string {
  return identityOf({ kind, namespace, name: workload });
}

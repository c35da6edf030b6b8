// The rules of one action, found by path and by peer: a request tests those that can match it at all, so that its
// cost does not grow with the number of rules.

import type { AuthorizationRule } from '@weft/api/proxy-config/types';
import { PathIndex } from '../../router/path-index.ts';
import type { PeerView, RequestView } from '../../stack/request-view.ts';
import { compilePathPattern } from './path-pattern.ts';
import { type CompiledRule, ruleMatches } from './rule.ts';

/** A rule, what is decided when it matches, and where it stands in the order of evaluation. */
export interface RankedRule<V> {
  readonly rank: number;
  readonly source: AuthorizationRule;
  readonly rule: CompiledRule;
  readonly verdict: V;
}

/** Rules in order of rank, by what all their sources name. */
interface PeerBucket<V> {
  readonly byIdentity: Map<string, RankedRule<V>[]>;
  readonly byNamespace: Map<string, RankedRule<V>[]>;
  readonly others: RankedRule<V>[];
}

/** A rule that names more pairs of path and peer than this is kept by its paths alone. */
const MOST_PLACES = 4096;

export class RuleIndex<V> {
  readonly #paths: PathIndex<PeerBucket<V>>;
  /** All rules, for connections that are not HTTP and so have no path. */
  readonly #tcp: PeerBucket<V> = emptyBucket();

  /** `rules` in order of rank. */
  constructor(rules: readonly RankedRule<V>[]) {
    const exact = new Map<string, PeerBucket<V>>();
    const prefixes = new Map<string, PeerBucket<V>>();
    for (const ranked of rules) {
      const places = pathPlaces(ranked.source);
      const peers = peerKeys(ranked.source);
      const indexed = places.length * peers.length > MOST_PLACES ? ANY_PEER : peers;
      for (const { kind, path } of places) {
        const buckets = kind === 'exact' ? exact : prefixes;
        const bucket = buckets.get(path) ?? emptyBucket<V>();
        buckets.set(path, bucket);
        put(bucket, indexed, ranked);
      }
      put(this.#tcp, peers, ranked);
    }
    this.#paths = new PathIndex(exact, prefixes);
  }

  /** The first rule that matches, by rank. */
  first(view: RequestView | undefined, peer: PeerView, port: number): V | undefined {
    let best: RankedRule<V> | undefined;
    if (view === undefined) {
      best = firstOfBucket(this.#tcp, best, view, peer, port);
    } else {
      const { hits } = this.#paths;
      for (let i = this.#paths.lookup(view.path) - 1; i >= 0; i--) {
        best = firstOfBucket(hits[i] as PeerBucket<V>, best, view, peer, port);
      }
    }
    return best?.verdict;
  }
}

function firstOfBucket<V>(
  bucket: PeerBucket<V>,
  best: RankedRule<V> | undefined,
  view: RequestView | undefined,
  peer: PeerView,
  port: number,
): RankedRule<V> | undefined {
  let first = firstOf(bucket.others, best, view, peer, port);
  if (peer.identity !== undefined && bucket.byIdentity.size > 0) {
    first = firstOf(bucket.byIdentity.get(peer.identity), first, view, peer, port);
  }
  if (peer.namespace !== undefined && bucket.byNamespace.size > 0) {
    first = firstOf(bucket.byNamespace.get(peer.namespace), first, view, peer, port);
  }
  return first;
}

function firstOf<V>(
  rules: readonly RankedRule<V>[] | undefined,
  best: RankedRule<V> | undefined,
  view: RequestView | undefined,
  peer: PeerView,
  port: number,
): RankedRule<V> | undefined {
  if (rules === undefined) return best;
  for (const ranked of rules) {
    if (best !== undefined && ranked.rank >= best.rank) return best;
    if (ruleMatches(ranked.rule, view, peer, port)) return ranked;
  }
  return best;
}

// --- where a rule is kept ----------------------------------------------------------------------------------

type PathPlace = ReturnType<typeof compilePathPattern>['place'];

const EVERYWHERE: readonly PathPlace[] = [{ kind: 'prefix', path: '' }];

/** Every place in the path index where a request that the rule could match is sure to look. */
function pathPlaces({ to }: AuthorizationRule): readonly PathPlace[] {
  if (to.length === 0) return EVERYWHERE;
  const places = new Map<string, PathPlace>();
  for (const { paths } of to) {
    if (paths === undefined) return EVERYWHERE;
    for (const path of paths) {
      const { place } = compilePathPattern(path);
      if (place.kind === 'prefix' && place.path === '') return EVERYWHERE;
      places.set(`${place.kind} ${place.path}`, place);
    }
  }
  return [...places.values()];
}

interface PeerKey {
  readonly kind: 'identity' | 'namespace' | 'any';
  readonly value: string;
}

const ANY_PEER: readonly PeerKey[] = [{ kind: 'any', value: '' }];

function peerKeys({ from }: AuthorizationRule): readonly PeerKey[] {
  if (from.length === 0) return ANY_PEER;
  const keys = new Map<string, PeerKey>();
  for (const { identities, namespaces } of from) {
    const kind = isExact(identities) ? 'identity' : 'namespace';
    const values = kind === 'identity' ? identities : namespaces;
    if (!isExact(values)) return ANY_PEER;
    for (const value of values) keys.set(`${kind} ${value}`, { kind, value });
  }
  return [...keys.values()];
}

function isExact(values: readonly string[] | undefined): values is readonly string[] {
  return values?.every((value) => !value.includes('*')) ?? false;
}

function put<V>(bucket: PeerBucket<V>, keys: readonly PeerKey[], ranked: RankedRule<V>): void {
  for (const { kind, value } of keys) {
    if (kind === 'any') {
      bucket.others.push(ranked);
    } else {
      const map = kind === 'identity' ? bucket.byIdentity : bucket.byNamespace;
      const rules = map.get(value) ?? [];
      rules.push(ranked);
      map.set(value, rules);
    }
  }
}

function emptyBucket<V>(): PeerBucket<V> {
  return { byIdentity: new Map(), byNamespace: new Map(), others: [] };
}

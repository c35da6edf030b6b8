// Conditions of authorization rules, each able to test a request and to say what it expected and found.
// The decision and its trace share them.

import type {
  AuthorizationOperation,
  AuthorizationSource,
  HeaderCondition,
} from '@weft/api/proxy-config/types';
import { CidrSet, parseCidr } from '@weft/common/cidr';
import { hostnameOf } from '../../router/hostname.ts';
import type { PeerView, RequestView } from '../../stack/request-view.ts';
import { compilePathPattern } from './path-pattern.ts';
import { compileStringSet } from './string-pattern.ts';

/** What a rule is decided by. */
export interface Subject {
  /** Undefined on a connection that is not HTTP. */
  readonly view: RequestView | undefined;
  readonly peer: PeerView;
  readonly port: number;
}

export interface Condition {
  /** `identities`, `notPaths`, `header x-user`. */
  readonly field: string;
  readonly expected: string;
  /** Whether it needs an HTTP request to be decided. */
  readonly isHttp: boolean;
  test(view: RequestView | undefined, peer: PeerView, port: number): boolean;
  actual(subject: Subject): string;
}

/** Reads one value of a subject; undefined where it has none. */
type Read<T> = (view: RequestView | undefined, peer: PeerView, port: number) => T | undefined;

/** A field and its `not…` twin. A value that is absent is in no list: `values` fails, `notValues` holds. */
function membership<T extends string | number>(
  field: string,
  isHttp: boolean,
  read: Read<T>,
  makeSet: (values: readonly T[]) => { has(value: T): boolean },
  values: readonly T[] | undefined,
  notValues: readonly T[] | undefined,
): Condition[] {
  const make = (name: string, listed: readonly T[], wanted: boolean): Condition => {
    const set = makeSet(listed);
    return {
      field: name,
      expected: `${wanted ? 'one of' : 'none of'} ${listed.join(', ')}`,
      isHttp,
      test: (view, peer, port) => {
        const value = read(view, peer, port);
        return (value !== undefined && set.has(value)) === wanted;
      },
      actual: ({ view, peer, port }) => String(read(view, peer, port) ?? 'none'),
    };
  };
  const conditions: Condition[] = [];
  if (values !== undefined) conditions.push(make(field, values, true));
  if (notValues !== undefined) {
    conditions.push(make(`not${field[0]?.toUpperCase()}${field.slice(1)}`, notValues, false));
  }
  return conditions;
}

/** All of a source; they all have to hold. */
export function sourceConditions(source: AuthorizationSource): readonly Condition[] {
  return [
    ...membership(
      'identities',
      false,
      (_view, peer) => peer.identity,
      compileStringSet,
      source.identities,
      source.notIdentities,
    ),
    ...membership(
      'namespaces',
      false,
      (_view, peer) => peer.namespace,
      compileStringSet,
      source.namespaces,
      source.notNamespaces,
    ),
    ...membership(
      'addresses',
      false,
      (_view, peer) => peer.address,
      addressSet,
      source.addresses,
      source.notAddresses,
    ),
  ];
}

/** All of an operation; they all have to hold. */
export function operationConditions(operation: AuthorizationOperation): readonly Condition[] {
  return [
    ...membership(
      'ports',
      false,
      (_view, _peer, port) => port,
      (ports) => new Set(ports),
      operation.ports,
      operation.notPorts,
    ),
    ...membership(
      'methods',
      true,
      (view) => view?.method,
      (methods) => new Set(methods),
      operation.methods,
      operation.notMethods,
    ),
    ...membership('paths', true, (view) => view?.path, pathSet, operation.paths, operation.notPaths),
    ...membership(
      'hosts',
      true,
      (view) => view && hostnameOf(view.authority),
      compileStringSet,
      operation.hosts,
      operation.notHosts,
    ),
  ];
}

export function headerConditions({ header, values, notValues }: HeaderCondition): readonly Condition[] {
  return membership('values', true, (view) => view?.header(header), compileStringSet, values, notValues).map(
    (condition) => ({ ...condition, field: `${condition.field} of ${header}` }),
  );
}

function addressSet(addresses: readonly string[]): CidrSet {
  return new CidrSet(
    addresses.map((address) => {
      const range = parseCidr(address);
      if (range === undefined) throw new Error(`'${address}' was not decoded: no CIDR`);
      return range;
    }),
  );
}

function pathSet(paths: readonly string[]): { has(path: string): boolean } {
  const exact = new Set(paths);
  const patterns = paths.map(compilePathPattern).filter(({ place }) => place.kind !== 'exact');
  return {
    has(path) {
      if (exact.has(path)) return true;
      for (const pattern of patterns) if (pattern.test(path)) return true;
      return false;
    },
  };
}

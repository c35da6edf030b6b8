// An explanation in words, from top to bottom in the order in which the mesh decides; the last line is how it ends.

import type { Style } from '../../output/style.ts';
import {
  type Caller,
  type Destination,
  type Explanation,
  type ReceivedRequest,
  UNDECLARED,
} from '../explanation.ts';
import { arrivalSections } from './arrival.ts';
import { branchLines } from './branch.ts';
import { outcomeLines } from './outcome.ts';
import { routeLines, timeoutLines } from './route.ts';
import { type Section, sectionLines } from './section.ts';

export function explanationLines(explanation: Explanation, style: Style): string[] {
  const { question, caller, destination, request, route, branches, notes } = explanation;
  const sections: Section[] = [
    { title: 'From', lines: callerLines(caller, style) },
    { title: 'To', lines: destinationLines(destination, style) },
    { title: 'Request', lines: request ? requestLines(request, style) : tlsLines(explanation) },
    { title: 'Route', lines: routeLines(explanation, style) },
    { title: 'Timeouts', lines: route ? timeoutLines(route.timeouts) : [] },
    { title: 'Backends', lines: branchLines(branches, request, style) },
    ...arrivalSections(branches, style),
    { title: 'Note', lines: notes.map((note) => style.warn(note)) },
  ];
  return [
    `${style.bold(`${question.method} ${question.url}`)} from ${style.bold(caller.name)}`,
    '',
    ...sectionLines(sections, style),
    '',
    ...outcomeLines(explanation.outcomes, style),
  ];
}

function callerLines(caller: Caller, style: Style): string[] {
  if (caller.kind === 'mesh') {
    const { namespace, name, identity } = caller;
    return [`workload ${namespace}/${name}, by its sidecar`, style.dim(`who it proves to be: ${identity}`)];
  }
  const who =
    caller.name === 'outside' ? 'somebody outside the mesh' : `workload ${caller.namespace}/${caller.name}`;
  return [`${who}, without a sidecar: no routes, no mutual TLS, nothing that proves who it is`];
}

function destinationLines(destination: Destination, style: Style): string[] {
  const { namespace, service, port, protocol, protocolReason, place } = destination;
  const undeclared = protocolReason === UNDECLARED ? 'protocol not declared' : 'protocol detected';
  const spoken = protocol === 'detect' ? undeclared : `protocol ${protocol}`;
  return [
    `Service ${namespace}/${service}, port ${port}${place === undefined ? '' : `  ${style.dim(place)}`}`,
    style.dim(`${spoken}: ${protocolReason}`),
  ];
}

function tlsLines({ tls }: Explanation): string[] {
  if (tls === undefined) return [];
  return [tls.serverName === undefined ? 'TLS, without a server name' : `TLS, server name ${tls.serverName}`];
}

function requestLines({ method, path, query, host, changes }: ReceivedRequest, style: Style): string[] {
  const target = query === '' ? path : `${path}?${query}`;
  return [`${method} ${target}, host ${host}`, ...changes.map((change) => style.warn(change))];
}

// The ways on from the chosen rule, and what the request looks like on each.

import type { Style } from '../../output/style.ts';
import type { Branch, HeaderLines, RequestLines } from '../explanation.ts';
import { NO, shareText } from './section.ts';

/** Nothing for a redirect or a refusal, which have no backend. */
export function branchLines(
  branches: readonly Branch[],
  received: RequestLines | undefined,
  style: Style,
): string[] {
  return branches.flatMap(({ backend, share, end, sent, mirrors, response, balancer }) => {
    if (backend === undefined) return [];
    const policy = balancer?.policy === undefined ? '' : ` (by ${balancer.policy})`;
    const how = balancer === undefined ? '' : style.dim(`, balanced ${balancer.name}${policy}`);
    return [
      `${shareText(share).padStart(6)}  ${backend}${share === 0 ? style.dim(', weight 0: never chosen') : how}`,
      ...(end && 'reason' in end ? [`        ${style.bad(NO)} ${end.reason}`] : []),
      ...(sent && received ? changeLines(received, sent).map((line) => `        ${line}`) : []),
      ...responseLines(response).map((line) => `        ${line}`),
      ...mirrors.map(
        (mirror) =>
          `        copied to ${mirror.backend} (${shareText(mirror.share)}), whose answers are thrown away`,
      ),
    ];
  });
}

/** What every sidecar adds is no news. */
const OF_THE_MESH = new Set(['x-request-id', 'traceparent', 'x-forwarded-client-cert', 'host']);

/** What is changed on the way. */
export function changeLines(before: RequestLines, after: RequestLines): string[] {
  const changes: string[] = [];
  if (before.path !== after.path) changes.push(`path ${before.path} becomes ${after.path}`);
  if (before.host !== after.host) changes.push(`host ${before.host} becomes ${after.host}`);
  const valuesBefore = valuesByName(before.headers);
  const valuesAfter = valuesByName(after.headers);
  for (const [name, value] of valuesBefore) {
    const now = valuesAfter.get(name);
    if (now === undefined) changes.push(`header ${name} is removed`);
    else if (now !== value) changes.push(`header ${name} becomes ${now}`);
  }
  for (const [name, value] of valuesAfter) {
    if (!valuesBefore.has(name)) changes.push(`header ${name}: ${value} is added`);
  }
  return changes;
}

function valuesByName(headers: HeaderLines): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    if (OF_THE_MESH.has(name)) continue;
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return values;
}

function responseLines(response: Branch['response']): string[] {
  if (response === undefined) return [];
  const added = response.added.map(([name, value]) => `${name}: ${value}`);
  const names = new Set(response.added.map(([name]) => name));
  const removed = response.removed.filter((name) => !names.has(name));
  return [
    ...(added.length === 0 ? [] : [`the answer gets ${added.join(', ')}`]),
    ...(removed.length === 0 ? [] : [`the answer loses ${removed.join(', ')}`]),
  ];
}

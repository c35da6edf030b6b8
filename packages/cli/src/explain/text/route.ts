// Which rule was chosen, and why every other was not.

import type { Timeouts } from '@weft/api/proxy-config/types';
import type { Style } from '../../output/style.ts';
import type { Explanation, RuleMatch } from '../explanation.ts';
import { NEUTRAL, NO, YES } from './section.ts';

export function routeLines({ route, caller, request, branches }: Explanation, style: Style): string[] {
  if (route === undefined) {
    if (caller.kind === 'plain') return ["none: it is the caller's sidecar that routes"];
    // What is refused before it is routed says so in the last line.
    const isRefused = request !== undefined || branches.some(({ end }) => end?.kind === 'refused');
    return isRefused ? [] : ['none: a connection that is not HTTP is carried as it is'];
  }
  const { winner, others } = route;
  if (winner !== undefined && isService(winner)) {
    return ['none is attached to the Service: its own endpoints get every request'];
  }
  const mark = winner === undefined ? style.bad(NO) : style.dim(NEUTRAL);
  return [
    ...(winner
      ? [`${style.good(YES)} ${ruleText(winner)}: ${winner.conditions}${placeText(winner, style)}`]
      : []),
    ...others.map((other) => `${mark} ${ruleText(other)}: ${style.dim(other.why)}`),
  ];
}

function isService({ ref }: RuleMatch): boolean {
  return ref.startsWith('Service/');
}

function ruleText({ ref, rule, name, match, matches }: RuleMatch): string {
  const named = name === undefined ? '' : ` "${name}"`;
  const which = matches > 1 ? `, match ${match}` : '';
  return `${ref} rule ${rule}${named}${which}`;
}

function placeText({ place }: RuleMatch, style: Style): string {
  return place === undefined ? '' : `  ${style.dim(place)}`;
}

export function timeoutLines({ requestMs, backendRequestMs, idleMs }: Timeouts): string[] {
  return [
    ...(requestMs === undefined ? [] : [`${secondsText(requestMs)} for the whole request`]),
    ...(backendRequestMs === undefined ? [] : [`${secondsText(backendRequestMs)} for each attempt`]),
    ...(idleMs === undefined ? [] : [`${secondsText(idleMs)} without a byte`]),
  ];
}

/** As it was written: limits are not rounded. */
function secondsText(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`;
}

// What the sidecar of each workload that is called says.

import type { TracedPolicy, TracedRule } from '@weft/proxy/filters/authorization/authorization-trace';
import { count } from '../../output/quantity.ts';
import type { Style } from '../../output/style.ts';
import type { Arrival, Branch, Security } from '../explanation.ts';
import { NEUTRAL, NO, type Section, shareText, YES } from './section.ts';

/** One section for each workload that can be reached; it is told once, however many ways lead to it. */
export function arrivalSections(branches: readonly Branch[], style: Style): Section[] {
  const told = new Set<string>();
  return branches
    .filter(({ share }) => share > 0)
    .flatMap(({ arrivals }) =>
      arrivals.flatMap((arrival) => {
        const lines = arrivalLines(arrival, arrivals.length > 1, style);
        const key = lines.join('\n');
        if (told.has(key)) return [];
        told.add(key);
        return [{ title: 'Reaches', lines }];
      }),
    );
}

function arrivalLines(arrival: Arrival, isOneOfSeveral: boolean, style: Style): string[] {
  const { workload, endpoints, port, share, authorization } = arrival;
  const address = endpoints[0] && `${endpoints[0].address}:${endpoints[0].port}`;
  const who = workload === undefined ? address : `${workload.namespace}/${workload.name} ${workload.version}`;
  const where = port === undefined ? '' : `, port ${port}`;
  const part = isOneOfSeveral ? `, about ${shareText(share)} of it` : '';
  return [
    `${style.bold(who ?? '')}${where}, ${count(endpoints.length, 'endpoint')}${part}`,
    ...securityLines(arrival.security, style),
    ...(authorization?.policies ?? []).flatMap((policy) =>
      policyLines(policy, authorization?.places[policy.ref], style),
    ),
    verdictText(arrival, style),
  ];
}

function securityLines(security: Security, style: Style): string[] {
  if (security.kind === 'plain') return [`${style.warn('plain text')}: ${security.why}`];
  if (security.kind === 'own-tls') return ["the application's own TLS, passed on as it is"];
  if (security.kind === 'none') return [];
  if (security.kind === 'tls') {
    return [
      `${style.good('TLS')} ${style.dim(`(by ${security.policy})`)}`,
      style.dim(`who it has to prove to be: ${security.names.join(' or ')}, by ${security.roots}`),
    ];
  }
  const by = security.policy === undefined ? "the mesh's default" : security.policy;
  return [
    `${style.good('mutual TLS')} ${style.dim(`(${security.mode} by ${by})`)}`,
    style.dim(`who it has to prove to be: ${security.identity}`),
  ];
}

function verdictText({ authorization, outcome, port }: Arrival, style: Style): string {
  if (outcome.kind === 'refused' || outcome.kind === 'closed') return `${style.bad(NO)} ${outcome.reason}`;
  if (port === undefined) return `${style.dim(NEUTRAL)} no policy is asked: it is sidecars that enforce them`;
  return `${style.good(YES)} ${authorization?.verdict.reason ?? 'allowed'}`;
}

function policyLines(policy: TracedPolicy, place: string | undefined, style: Style): string[] {
  const { ref, action, rules, matched, invalid } = policy;
  const head = `${policyMark(policy, style)} ${action} ${ref}${place === undefined ? '' : `  ${style.dim(place)}`}`;
  if (invalid !== undefined) return [head, `    cannot be read, so it denies everything: ${invalid}`];
  if (rules.length === 0) return [head, style.dim('    has no rules, so nothing matches')];
  // After the rule that matches no other is asked.
  const asked = matched === undefined ? rules : rules.slice(0, matched + 1);
  return [head, ...asked.flatMap((rule) => ruleLines(rule, style))];
}

function policyMark({ action, matched, decided, invalid }: TracedPolicy, style: Style): string {
  if (invalid !== undefined) return style.bad(NO);
  if (matched !== undefined && action !== 'AUDIT')
    return action === 'ALLOW' ? style.good(YES) : style.bad(NO);
  return decided ? style.bad(NO) : style.dim(NEUTRAL);
}

function ruleLines({ index, matches, mismatches }: TracedRule, style: Style): string[] {
  if (matches) return [`    rule ${index} matches`];
  return mismatches
    .flatMap(({ field, expected, actual }) => [
      `    rule ${index}: ${field} does not hold`,
      `      expected ${expected}`,
      `      got ${actual}`,
    ])
    .map((line) => style.dim(line));
}

// What AUDIT policies matched: counted for each rule, and told in the log. They never refuse.

import type { Logger } from '@weft/common/logger/logger';
import { labels } from '@weft/common/metrics/labels';
import type { Registry } from '@weft/common/metrics/registry';
import type { AuditHit } from '../filters/authorization/verdict.ts';
import type { PeerView } from '../stack/request-view.ts';
import { seldom } from '../telemetry/seldom.ts';

/** One request or connection that AUDIT policies matched. */
export interface Audit {
  readonly hits: readonly AuditHit[];
  readonly peer: PeerView;
  /** Absent for a connection that is not HTTP. */
  readonly method?: string;
  readonly path?: string;
}

/** Takes each audit. */
export function auditReporter(registry: Registry, log: Logger, now?: () => number): (audit: Audit) => void {
  const counter = registry.counter(
    'weft_authorization_audited_total',
    'Requests and connections that a rule of an AUDIT policy matched.',
  );
  const tell = seldom(now);
  return ({ hits, peer, method, path }) => {
    for (const { ref, rule } of hits) {
      counter.add(counter.series(labels({ policy: ref, rule: String(rule) })));
      const fields = tell(`${ref}[${rule}]`);
      if (fields === undefined) continue;
      const { address, identity } = peer;
      log.info('an AUDIT policy matches', {
        policy: ref,
        rule,
        peer: address,
        principal: identity,
        method,
        path,
        ...fields,
      });
    }
  };
}

// BackendTLSPolicy (gateway.networking.k8s.io/v1): TLS of the sidecar's own to what is behind a Service and has no
// sidecar. Strict, as HTTPRoute.

import { z } from 'zod';
import { namespacedMetadata } from './metadata.ts';
import { hostname, objectName, preciseHostname } from './scalar.ts';
import type { TypeOf } from './type-of.ts';
import { unsupportedField } from './unsupported.ts';

const targetReference = z.strictObject({
  group: z.literal('', { error: 'must be "": a Service is of the core group' }),
  kind: z.literal('Service'),
  name: objectName,
  /** Name of a port; absent: all of them. */
  sectionName: z.string().min(1).max(253).optional(),
});

const targetReferences = z
  .array(targetReference)
  .min(1)
  .max(16)
  .check(({ value, issues }) => {
    for (const [index, { name, sectionName }] of value.entries()) {
      const earlier = value.findIndex((other) => other.name === name);
      if (earlier === index) continue;
      const isSame = value
        .slice(0, index)
        .some((other) => other.name === name && other.sectionName === sectionName);
      const isWhole = sectionName === undefined || value[earlier]?.sectionName === undefined;
      if (!isSame && !isWhole) continue;
      const message = `must name a port of its own: Service ${name} is already target [${earlier}]`;
      issues.push({ code: 'custom', path: [index, 'sectionName'], input: sectionName, message });
    }
  });

const subjectAltName = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Hostname'), hostname }),
  z.strictObject({
    type: z.literal('URI'),
    // RFC 3986 4.3, in printable ASCII as certificates have it.
    uri: z
      .string()
      .max(253)
      .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/, {
        error: 'must be an absolute URI, such as spiffe://example.com/app',
      }),
  }),
]);

const validation = z
  .strictObject({
    /** ConfigMaps in the policy's namespace, each with roots in PEM under the key `ca.crt`. */
    caCertificateRefs: z
      .array(z.strictObject({ group: z.string(), kind: z.string().min(1), name: objectName }))
      .max(8)
      .default([]),
    /** `System`: the roots of the machine that the sidecar runs on. */
    wellKnownCACertificates: z.string().max(253).optional(),
    hostname: preciseHostname,
    subjectAltNames: z.array(subjectAltName).max(5).optional(),
  })
  .check(({ value, issues }) => {
    const { caCertificateRefs, wellKnownCACertificates } = value;
    const hasRefs = caCertificateRefs.length > 0;
    // The Gateway API: empty is as good as absent.
    const hasWellKnown = Boolean(wellKnownCACertificates);
    if (hasRefs !== hasWellKnown) return;
    const message = hasRefs
      ? 'must not be set beside wellKnownCACertificates'
      : 'is required where wellKnownCACertificates is not set: name a ConfigMap with roots under ca.crt';
    issues.push({ code: 'custom', path: ['caCertificateRefs'], input: caCertificateRefs, message });
  });

export const backendTlsPolicySchema = z.strictObject({
  apiVersion: z.literal(['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha3']),
  kind: z.literal('BackendTLSPolicy'),
  metadata: namespacedMetadata,
  spec: z.strictObject({ targetRefs: targetReferences, validation, options: unsupportedField() }),
  status: z.unknown().optional(),
});

export type BackendTLSPolicy = TypeOf<typeof backendTlsPolicySchema>;

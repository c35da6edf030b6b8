// What is one for the whole mesh: roots and telemetry.

import type { Telemetry, Trust } from '@weft/api/proxy-config/types';
import { array, checked, defaulted, object, oneOf, required, string } from './decoder.ts';

const PEM = /^\s*-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;

/** One certificate; whether it can be used is seen where it is. */
const certificate = checked(string, (text) =>
  PEM.test(text) ? undefined : 'has to be one certificate in PEM (-----BEGIN CERTIFICATE----- …)',
);

export const certificates = checked(array(certificate), (roots) =>
  roots.length === 0 ? 'has to have at least one certificate' : undefined,
);

/** SPIFFE ID specification, section 2.1. */
const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/;

export const trust = object<Trust>({
  name: defaulted(oneOf('trust'), 'trust'),
  trustDomain: required(
    checked(string, (text) =>
      TRUST_DOMAIN.test(text) ? undefined : 'has to be a trust domain, such as cluster.local',
    ),
  ),
  roots: required(certificates),
});

export const telemetry = object<Telemetry>({
  name: defaulted(oneOf('telemetry'), 'telemetry'),
  accessLog: defaulted(
    object<Telemetry['accessLog']>({
      mode: defaulted(oneOf('none', 'errors', 'all'), 'errors'),
      format: defaulted(oneOf('json', 'text'), 'json'),
    }),
    { mode: 'errors', format: 'json' },
  ),
});

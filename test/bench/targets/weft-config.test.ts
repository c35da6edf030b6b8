import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { decodeProxyConfig } from '@weft/proxy/config/decode/proxy-config';
import { type Certificates, makeCertificates } from '../certificates.ts';
import type { BenchProtocol, HopRole } from './target.ts';
import { inboundSide, outboundSide, type StaticConfig } from './weft-config.ts';

describe('the configuration that the bench gives to Weft', () => {
  let certificates: Certificates;
  before(async () => {
    certificates = await makeCertificates('certificates-of-tests');
  });
  const hop = (role: HopRole, protocol: BenchProtocol = 'http1') => ({
    name: 'weft',
    role,
    protocol,
    port: 8080,
    upstreamPort: 8081,
    certificates,
  });

  test('is what the proxy reads, for both sides, alone and with mTLS', () => {
    for (const protocol of ['http1', 'http2', 'grpc', 'tcp'] as const) {
      for (const role of ['single', 'outbound'] as const) assertDecodes(outboundSide(hop(role, protocol)));
      for (const role of ['single', 'inbound'] as const) assertDecodes(inboundSide(hop(role, protocol)));
    }
  });

  test('demands mTLS between two sidecars, from both of them', () => {
    const [endpoint] = outboundSide(hop('outbound')).endpoints[0]?.endpoints ?? [];
    assert.equal(endpoint?.identity, certificates.inbound.spiffeId);
    const [port] = inboundSide(hop('inbound')).inbound?.ports ?? [];
    assert.equal(port?.mtls.mode, 'STRICT');
    assert.deepEqual(port?.authorization[1]?.rules[0]?.from, [
      { identities: [certificates.outbound.spiffeId] },
    ]);
  });
});

function assertDecodes({ identity: _, ...config }: StaticConfig): void {
  const decoded = decodeProxyConfig(config);
  assert.ok('value' in decoded, JSON.stringify(decoded));
}

// Envoy's side of mesh mTLS: TLS 1.3, both certificates checked against the root and for the peer's SPIFFE id.
import type { Certificates, Identity } from '../certificates.ts';
import type { EnvoyForm } from './envoy-form.ts';

const TLS = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';

/** What is spoken inside. Bytes get no ALPN, and no resumption, so that every connection is a full handshake. */
type Inside = EnvoyForm['between'] | 'tcp';

export function downstreamTls(certificates: Certificates, inside: Inside): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TLS}.DownstreamTlsContext`,
      require_client_certificate: true,
      ...(inside === 'tcp'
        ? { disable_stateless_session_resumption: true, disable_stateful_session_resumption: true }
        : {}),
      common_tls_context: context(certificates, certificates.inbound, certificates.outbound, inside),
    },
  };
}

export function upstreamTls(certificates: Certificates, inside: Inside): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${TLS}.UpstreamTlsContext`,
      sni: certificates.inbound.dnsName,
      ...(inside === 'tcp' ? { max_session_keys: 0 } : {}),
      common_tls_context: context(certificates, certificates.outbound, certificates.inbound, inside),
    },
  };
}

function context({ rootsFile }: Certificates, own: Identity, peer: Identity, inside: Inside): object {
  return {
    tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
    tls_certificates: [
      { certificate_chain: { filename: own.certificateFile }, private_key: { filename: own.keyFile } },
    ],
    validation_context: {
      trusted_ca: { filename: rootsFile },
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: peer.spiffeId } }],
    },
    ...(inside === 'tcp' ? {} : { alpn_protocols: [inside === 'http2' ? 'h2' : 'http/1.1'] }),
  };
}

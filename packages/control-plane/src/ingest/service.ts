// Service (v1) → Service.

import type { Service as ServiceResource } from '@weft/api/kinds/service';
import type { Finding } from '../model/finding.ts';
import type { Service, ServicePort } from '../model/service.ts';
import { type Ingested, modelObject } from './ingested.ts';
import { protocolOfAppProtocol, protocolOfPortName } from './protocol.ts';

export function ingestService({ metadata, spec }: ServiceResource): Ingested<Service> {
  const object = modelObject('Service', metadata);
  if (spec.type === 'ExternalName') {
    return {
      value: { ...object, ports: [] },
      findings: [
        {
          reason: 'UnsupportedValue',
          message: 'Services of type ExternalName are not served by the mesh: calls to them are not routed',
          field: 'spec.type',
        },
      ],
    };
  }

  const findings: Finding[] = [];
  const ports = spec.ports.flatMap((port, index): ServicePort[] => {
    if (port.protocol !== 'TCP') return [];
    const declared = port.appProtocol === undefined ? undefined : protocolOfAppProtocol(port.appProtocol);
    if (port.appProtocol !== undefined && !declared) {
      findings.push({
        reason: 'UnsupportedValue',
        message: `appProtocol ${port.appProtocol} is not known and ignored: use http, http2, grpc, tls or tcp`,
        field: `spec.ports[${index}].appProtocol`,
      });
    }
    const protocol = declared ?? protocolOfPortName(port.name ?? '') ?? 'detect';
    return [
      {
        ...(port.name !== undefined && { name: port.name }),
        number: port.port,
        targetPort: port.targetPort ?? port.port,
        protocol,
      },
    ];
  });

  // An empty selector selects nothing: Kubernetes then keeps no endpoints for it, as with none.
  const selects = spec.selector !== undefined && Object.keys(spec.selector).length > 0;
  return {
    value: {
      ...object,
      ports,
      ...(selects && { selector: spec.selector }),
    },
    findings,
  };
}

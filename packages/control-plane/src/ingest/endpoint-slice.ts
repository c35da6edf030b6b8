// EndpointSlice (discovery.k8s.io/v1) → EndpointSlice.

import {
  type EndpointSlice as EndpointSliceResource,
  SERVICE_NAME_LABEL,
} from '@weft/api/kinds/endpoint-slice';
import type { EndpointSlice, SliceEndpoint } from '../model/endpoint-slice.ts';
import { type Ingested, modelObject } from './ingested.ts';

export function ingestEndpointSlice(resource: EndpointSliceResource): Ingested<EndpointSlice> {
  const { metadata, addressType, ports, endpoints } = resource;
  const service = metadata.labels?.[SERVICE_NAME_LABEL];
  const value: EndpointSlice = {
    ...modelObject('EndpointSlice', metadata),
    service: service ?? '',
    ports: ports.flatMap(({ name, port, protocol }) =>
      protocol === 'TCP' && port !== undefined ? [{ name: name ?? '', number: port }] : [],
    ),
    endpoints: endpoints.flatMap((endpoint): SliceEndpoint[] => {
      // Kubernetes: consumers use the first address, the others are of no defined meaning.
      const address = endpoint.addresses[0];
      if (address === undefined || addressType === 'FQDN') return [];
      const pod = endpoint.targetRef?.kind === 'Pod' ? endpoint.targetRef.name : undefined;
      return [
        {
          address,
          ready: endpoint.conditions?.ready ?? true,
          ...(pod !== undefined && { pod }),
          ...(endpoint.zone !== undefined && { zone: endpoint.zone }),
        },
      ];
    }),
  };
  if (service !== undefined && addressType !== 'FQDN') return { value, findings: [] };
  return {
    value,
    findings: [
      service === undefined
        ? {
            reason: 'UnsupportedValue',
            message: `the slice belongs to no Service: set the label ${SERVICE_NAME_LABEL}`,
            field: 'metadata.labels',
          }
        : {
            reason: 'UnsupportedValue',
            message: 'addresses that are names are not resolved: use addressType IPv4 or IPv6',
            field: 'addressType',
          },
    ],
  };
}

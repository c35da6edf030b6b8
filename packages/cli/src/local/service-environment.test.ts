import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceEnvironment, servicePorts } from './service-environment.ts';

function service(name: string, spec: object) {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec };
}

test('TCP ports of Services are listed, other kinds, UDP ports and ExternalNames are not', () => {
  const ports = servicePorts([
    service('web', {
      selector: { app: 'web' },
      ports: [
        { name: 'http', port: 80, targetPort: 'main', protocol: 'TCP' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    }),
    service('elsewhere', {
      type: 'ExternalName',
      externalName: 'example.com',
      ports: [{ port: 443, protocol: 'TCP' }],
    }),
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-0', namespace: 'shop' },
      spec: { ports: [{ port: 1 }] },
    },
  ]);
  const selector = { app: 'web' };
  assert.deepEqual(ports, [
    { namespace: 'shop', service: 'web', name: 'http', port: 80, targetPort: 'main', selector },
  ]);
});

test('the variables are those of Kubernetes: upper-case, dashes as underscores, the first port without its name', () => {
  assert.deepEqual(
    serviceEnvironment([
      { namespace: 'shop', service: 'reviews-v2', name: 'http-web', port: 80, listenerPort: 20001 },
      { namespace: 'shop', service: 'reviews-v2', name: 'metrics', port: 9090, listenerPort: 20002 },
      { namespace: 'shop', service: 'stock', port: 7070, listenerPort: 20003 },
    ]),
    {
      REVIEWS_V2_SERVICE_HOST: '127.0.0.1',
      REVIEWS_V2_SERVICE_PORT: '20001',
      REVIEWS_V2_SERVICE_PORT_HTTP_WEB: '20001',
      REVIEWS_V2_SERVICE_PORT_METRICS: '20002',
      STOCK_SERVICE_HOST: '127.0.0.1',
      STOCK_SERVICE_PORT: '20003',
    },
  );
});

// Proves before measuring that a chain answers right and that its features are on: a proxy that forwards
// without authorization, routes or request ids would be measured as faster than it is.

import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:http2';
import { BODY_BYTES } from './origin.ts';
import type { Scenario } from './scenario.ts';
import { DENIED_PATH } from './targets/mesh-policy.ts';
import type { Feature } from './targets/target.ts';

/** Throws where the chain behind the port does not do what it should. */
export async function verifyChain(
  name: string,
  port: number,
  { protocol, path }: Pick<Scenario, 'protocol' | 'path'>,
  features: ReadonlySet<Feature>,
): Promise<void> {
  const expect = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${name} cannot be compared: ${what}`);
  };
  const isHttp1 = protocol === 'http1' || protocol === 'tcp';
  const get = (path: string): Promise<Answer> => (isHttp1 ? getHttp1(port, path) : getHttp2(port, path));
  // fortio answers calls only; that they succeed is seen under load.
  if (protocol !== 'grpc') {
    const answer = await get(path);
    expect(answer.status === 200, `GET ${path} is answered ${answer.status}, not 200`);
    expect(answer.body.length === BODY_BYTES[path], `GET ${path} answers ${answer.body.length} bytes`);
  }
  if (features.has('authorization')) {
    const { status } = await get(`${DENIED_PATH}/users`);
    expect(status === 403, `a denied path is answered ${status}, not 403: is authorization on?`);
  }
  if (features.has('routing')) {
    const { status } = await get('/moved/away');
    expect(status === 302, `a redirected path is answered ${status}, not 302: are the routes on?`);
  }
  if (protocol === 'grpc') return;
  const seen = (await get('/seen')).body;
  if (features.has('request-id')) {
    expect(/^x-request-id: \S+$/m.test(seen), 'the origin saw no x-request-id');
  }
  if (features.has('trace-context')) {
    expect(/^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-/m.test(seen), 'the origin saw no traceparent');
  }
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function getHttp2(port: number, path: string): Promise<Answer> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const call = session.request({ ':path': path });
    const [headers] = await once(call, 'response');
    call.setEncoding('latin1');
    let body = '';
    for await (const chunk of call) body += chunk;
    return { status: headers[':status'], body };
  } finally {
    session.close();
  }
}

async function getHttp1(port: number, path: string): Promise<Answer> {
  const call = request({ host: '127.0.0.1', port, path, agent: false }).end();
  const [response] = await once(call, 'response');
  response.setEncoding('latin1');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body };
}

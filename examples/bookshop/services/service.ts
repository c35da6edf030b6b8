// What the bookshop's HTTP services share: answer JSON on PORT, and call each other by name.
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
} from 'node:http';

/** What a handler answers: a status and a body that is sent as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export type Handler = (path: string, incoming: IncomingMessage) => Answer | Promise<Answer>;

const agent = new Agent({ keepAlive: true });

/** Listens on PORT; on SIGTERM it takes no new connection and ends when the last request is answered. */
export function serve(handler: Handler): Server {
  const server = createServer(async (incoming, response) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://service');
    let answer: Answer;
    try {
      answer = await handler(pathname, incoming);
    } catch (error) {
      answer = { status: 502, body: { error: error instanceof Error ? error.message : String(error) } };
    }
    const body = JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
  server.listen(Number(process.env['PORT'] ?? 8080));
  process.on('SIGTERM', () => server.close(() => process.exit(0)));
  return server;
}

/** Host and port of a service, from the variables that Kubernetes sets for each Service of the namespace. */
export function addressOf(service: string): { readonly host: string; readonly port: number } {
  const name = service.toUpperCase().replaceAll('-', '_');
  const host = process.env[`${name}_SERVICE_HOST`];
  const port = process.env[`${name}_SERVICE_PORT`];
  if (!host || !port) throw new Error(`${name}_SERVICE_HOST and ${name}_SERVICE_PORT are not set`);
  return { host, port: Number(port) };
}

/** Calls another service. `from`: headers of the request being answered, so that traces stay in one piece. */
export function call(
  service: string,
  path: string,
  options: { readonly method?: string; readonly from?: IncomingHttpHeaders } = {},
): Promise<Answer> {
  const headers: Record<string, string> = { host: service };
  for (const name of ['traceparent', 'x-request-id', 'x-beta']) {
    const value = options.from?.[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...addressOf(service), path, method: options.method ?? 'GET', headers, agent, timeout: 5000 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString()) });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${service} did not answer within 5 s`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

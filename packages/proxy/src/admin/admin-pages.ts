// The pages of the admin port (15000): what the proxy holds and does, its log levels, and draining.

import { LEVELS, type Log, parseLevel } from '@weft/common/logger/logger';
import { type Answer, json, type Page, type PageKey, type Pages } from './http-server.ts';

/** What the pages show; each callback is asked at each request and its answer is written as JSON. */
export interface AdminSources {
  /** The ProxyConfig that serves now. */
  readonly configDump: () => unknown;
  /** Clusters with their endpoints: active requests, pooled connections. */
  readonly clusters: () => unknown;
  /** Certificates in use: identity, validity, serial. */
  readonly certificates: () => unknown;
  /** Ports that declare no protocol, and what their connections turned out to speak. */
  readonly detected: () => unknown;
  /** Who this proxy is: node, version, start, state. */
  readonly serverInfo: () => unknown;
  /** Not ready from now on; clients are told to leave when they had time to learn it. Idempotent. */
  readonly drain: () => void;
  /** The same, and no client uses the endpoint any more. */
  readonly withdrawn: () => void;
  readonly log: Log;
}

const DRAIN_HELP = 'not ready any more, inbound ends; ?withdrawn: at once, no client uses the endpoint';

export function adminPages(sources: AdminSources): Pages {
  const { log } = sources;
  const levels = LEVELS.join('|');
  const pages = new Map<PageKey, Page>([
    ['GET /config_dump', show('the configuration that serves now', sources.configDump)],
    ['GET /clusters', show('clusters and endpoints with active requests and pools', sources.clusters)],
    ['GET /detected', show('what undeclared ports turned out to speak', sources.detected)],
    ['GET /certs', show('certificates in use', sources.certificates)],
    ['GET /server_info', show('identity, version and state of this proxy', sources.serverInfo)],
    ['GET /logging', show('log levels by component', () => log.levels())],
    ['POST /logging', { help: `?level=${levels}[&component=NAME]`, answer: (query) => setLevel(log, query) }],
    ['POST /drain', { help: DRAIN_HELP, answer: (query) => drain(sources, query) }],
  ]);
  return new Map([['GET /', listOf(pages)], ...pages]);
}

function show(help: string, read: () => unknown): Page {
  return { help, answer: () => json(read()) };
}

function listOf(pages: Pages): Page {
  const lines = [...pages].map(([key, page]) => `${key.padEnd(17)} ${page.help}`);
  return { help: 'this list', answer: () => ({ body: `${lines.join('\n')}\n` }) };
}

function setLevel(log: Log, query: URLSearchParams): Answer {
  const wanted = query.get('level') ?? '';
  const level = parseLevel(wanted);
  if (level === undefined) {
    return { status: 400, body: `'${wanted}' is not a level: use one of ${LEVELS.join(', ')}\n` };
  }
  const component = query.get('component') ?? undefined;
  if (component !== undefined && !(component in log.levels())) {
    const known = Object.keys(log.levels()).join(', ');
    return { status: 400, body: `there is no component '${component}': there are ${known}\n` };
  }
  log.setLevel(level, component);
  return json(log.levels());
}

function drain(sources: AdminSources, query: URLSearchParams): Answer {
  if (query.has('withdrawn')) sources.withdrawn();
  else sources.drain();
  return { status: 202, body: 'draining\n' };
}

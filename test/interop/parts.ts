// The parts of the suite, in the order they run.
import { grpc } from './grpc/part.ts';
import { h2spec } from './h2spec/part.ts';
import { http } from './http/part.ts';
import type { Part } from './part.ts';
import { mariadb } from './server/mariadb.ts';
import { memcached } from './server/memcached.ts';
import { mqtt } from './server/mqtt.ts';
import { nats } from './server/nats.ts';
import { serverPart } from './server/part.ts';
import { postgres } from './server/postgres.ts';
import { redis } from './server/redis.ts';
import { smtp } from './server/smtp.ts';
import { websocket, websocketAll } from './websocket/part.ts';

const SERVERS = [postgres, mariadb, redis, smtp, mqtt, nats, memcached];

export const PARTS: readonly Part[] = [h2spec, http, grpc, websocket, ...SERVERS.map(serverPart)];

/** Run only where they are named: they take long and add little. */
export const NAMED_PARTS: readonly Part[] = [websocketAll];

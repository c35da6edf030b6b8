// Steady load on a proxy: clients that send one request after the other on connections that they keep.

import { Agent } from 'node:http';
import { type Answer, type CallOptions, call } from './http.ts';

export interface Load {
  /** Requests that were answered 200. */
  readonly succeeded: number;
  /** What was not: a status, or the error of the connection. */
  readonly failures: readonly string[];
  /** Connections that were opened, one for each client where none was closed. */
  readonly connections: number;
  /** Resolves when so many more have succeeded. */
  progress(count: number): Promise<void>;
  /** Ends the load after the requests under way. */
  stop(): Promise<void>;
}

export function startLoad(
  port: number,
  options: CallOptions & {
    readonly clients?: number;
    readonly onAnswer?: (answer: Answer) => void;
    /** Whether a connection error ends this client in good order (the proxy no longer listens). */
    readonly isEnd?: (error: NodeJS.ErrnoException) => boolean;
  } = {},
): Load {
  const { clients = 4, onAnswer, isEnd, ...request } = options;
  const failures: string[] = [];
  const waiting = new Set<() => void>();
  let succeeded = 0;
  let connections = 0;
  const stopped = new AbortController();

  async function client(): Promise<void> {
    // One connection each, so that each is in use at all times.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { createConnection } = agent;
    agent.createConnection = (...args) => {
      connections++;
      return createConnection.apply(agent, args);
    };
    while (!stopped.signal.aborted) {
      try {
        const answer = await call(port, { ...request, agent });
        onAnswer?.(answer);
        if (answer.status === 200) succeeded++;
        else failures.push(`${answer.status} ${answer.body}`);
      } catch (error) {
        if (isEnd?.(error as NodeJS.ErrnoException)) break;
        failures.push(String(error));
      }
      for (const look of waiting) look();
      if (failures.length > 100) break;
    }
    agent.destroy();
  }

  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    get succeeded() {
      return succeeded;
    },
    failures,
    get connections() {
      return connections;
    },
    progress(count) {
      const wanted = succeeded + count;
      return new Promise((resolve) => {
        const look = (): void => {
          if (succeeded < wanted && failures.length <= 100) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

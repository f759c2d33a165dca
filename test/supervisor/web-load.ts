/** Clients that ask a web server all the time: half of them on a new connection each time, the others on one that they keep. */
import http from 'node:http';
import { onTestFinished } from 'vitest';

export interface WebLoad {
  /** Answers so far. */
  readonly answers: readonly string[];
  /** Errors so far, such as ECONNREFUSED and ECONNRESET. */
  readonly errors: readonly string[];
  /** Resolves at the next answer that satisfies the condition. */
  until(isWanted: (answer: string) => boolean): Promise<void>;
  /** Ends the clients; resolves when their last requests are answered. */
  stop(): Promise<void>;
}

export function startLoad(port: number, clients: number): WebLoad {
  const answers: string[] = [];
  const errors: string[] = [];
  const waiting = new Set<(answer: string) => void>();
  let stopped = false;
  const client = async (agent: http.Agent | false) => {
    while (!stopped) {
      try {
        const answer = await get(port, agent);
        answers.push(answer);
        for (const look of waiting) look(answer);
      } catch (error) {
        errors.push((error as NodeJS.ErrnoException).code ?? String(error));
      }
    }
  };
  const agents = Array.from(
    { length: clients },
    (_, i) => i % 2 === 0 && new http.Agent({ keepAlive: true }),
  );
  const done = Promise.all(agents.map(client));
  const stop = async () => {
    stopped = true;
    await done;
    for (const agent of agents) if (agent) agent.destroy();
  };
  onTestFinished(stop);
  return {
    answers,
    errors,
    stop,
    until: (isWanted) =>
      new Promise((resolve) => {
        const look = (answer: string) => {
          if (!isWanted(answer)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      }),
  };
}

/** The body of one answer. @param agent default: a new connection */
export function get(port: number, agent: http.Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body += text));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

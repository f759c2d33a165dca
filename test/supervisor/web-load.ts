/** Clients that ask a web server all the time, each request on a connection of its own. */
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
  const client = async () => {
    while (!stopped) {
      try {
        const answer = await get(port);
        answers.push(answer);
        for (const look of waiting) look(answer);
      } catch (error) {
        errors.push((error as NodeJS.ErrnoException).code ?? String(error));
      }
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  const stop = async () => {
    stopped = true;
    await done;
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

/** The body of one answer. */
export function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body += text));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

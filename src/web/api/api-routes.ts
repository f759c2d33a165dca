/** All routes of the JSON API. docs/web-api.openapi.json describes each of them. */
import fs from 'node:fs';
import os from 'node:os';
import { processRoutes } from '../processes/process-routes.js';
import { recordRoutes } from '../records/record-routes.js';
import type { Access } from '../security/access.js';
import { EventStream } from '../server/event-stream.js';
import { HttpError } from '../server/http-error.js';
import { type Route, sendEncoded, sendJson } from '../server/route.js';
import type { SnapshotFeed } from '../server/snapshot-feed.js';
import type { ResolvedWebOptions } from '../server/web-options.js';
import type { SessionAnswer } from './answers.js';

/** The routes of a server. With `readOnly` those that change something do not exist. */
export function apiRoutes(options: ResolvedWebOptions, access: Access, feed: SnapshotFeed): Route[] {
  const description = readJson('docs/web-api.openapi.json', options);
  const session = sessionAnswer(options, access);
  const routes: Route[] = [
    { method: 'GET', path: '/api/openapi.json', handle: ({ response }) => sendJson(response, description) },
    { method: 'GET', path: '/api/session', handle: ({ response }) => sendJson(response, session) },
    {
      method: 'GET',
      path: '/api/snapshot',
      handle: ({ response }) => sendEncoded(response, feed.latest),
    },
    {
      method: 'GET',
      path: '/api/events',
      handle: ({ response }) => feed.add(() => new EventStream(response)),
    },
    {
      method: 'GET',
      path: '/api/channels/{id}/history',
      handle: ({ response, parameters: { id = '' } }) => {
        const history = feed.channels.of(id);
        if (history === null) throw new HttpError(404, 'NOT_FOUND', 'no history of such a channel');
        sendJson(response, history);
      },
    },
    {
      method: 'GET',
      path: '/api/health/timeline',
      handle: ({ response }) => sendJson(response, feed.agents.all()),
    },
    ...recordRoutes(options.root),
    ...processRoutes(options.processes),
  ];
  return options.readOnly ? routes.filter(({ method }) => method === 'GET') : routes;
}

function sessionAnswer(options: ResolvedWebOptions, access: Access): SessionAnswer {
  const { version } = readJson('package.json', options) as { version: string };
  const { root, readOnly, processes, health, aeron } = options;
  return {
    version,
    host: os.hostname(),
    root,
    readOnly,
    actionKey: readOnly ? null : access.actionKey,
    sources: { processes: processes?.socket ?? null, health, aeron },
  };
}

function readJson(file: string, { packageFolder }: ResolvedWebOptions): unknown {
  return JSON.parse(fs.readFileSync(new URL(file, packageFolder), 'utf8'));
}

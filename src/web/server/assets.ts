/** The files of the page. The map is fixed when the server starts: no path of a request reaches the file system. */
import fs from 'node:fs';
import { RingwireError, reasonOf } from '../../platform/index.js';
import type { Route } from './route.js';

/** Built by `.ci/build.mjs` beside the module: path of the request, file, type. */
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

/** Routes of the files in a folder. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` where the page was not built */
export function assetRoutes(folder: URL): Route[] {
  return FILES.map(([path, name, type]) => {
    const body = read(new URL(name, folder));
    return {
      method: 'GET',
      path,
      handle: ({ response }) => {
        response.writeHead(200, { 'content-type': type, 'content-length': body.length });
        response.end(body);
      },
    };
  });
}

function read(file: URL): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new RingwireError(
      'COULD_NOT_ACCESS_STORAGE',
      `cannot read a file of the page: ${reasonOf(error)}; build ringwire with npm run build`,
      { path: file.pathname, cause: error },
    );
  }
}

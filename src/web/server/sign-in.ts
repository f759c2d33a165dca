/** The page for a browser without a cookie: it asks for the token. */
import type { ServerResponse } from 'node:http';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>ringwire: token required</title>
<h1>Token required</h1>
<p>Open the URL that <code>ringwire web</code> printed, or enter its token.</p>
<form action="/" method="get">
<label>Token <input name="token" type="password" autocomplete="off" required size="48"></label>
<button>Open</button>
</form>
</html>
`;

/** Answers 401 with the page. */
export function sendSignIn(response: ServerResponse): void {
  response.writeHead(401, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(PAGE),
  });
  response.end(PAGE);
}

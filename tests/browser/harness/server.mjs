// A static host as plain as they come: files of one folder under a sub-path, the right types, no special headers.

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};

/**
 * Serves `folder` at `base`. Resolves to the site's address and a way to stop. Anything else on the host is a 404.
 * `before`: code by the name of the script that it is put before, for what a test must do inside of a worker.
 */
export async function serve(folder, { base = '/some/where/', before = {} } = {}) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
    let file = join(folder, normalize(path.slice(base.length)));
    const inside = path.startsWith(base) && (file + sep).startsWith(folder + sep);
    let found = inside && (await stat(file).catch(() => null));
    if (found && found.isDirectory()) {
      file = join(file, 'index.html');
      found = await stat(file).catch(() => null);
    }
    if (!found) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
      return;
    }
    const name = path.slice(base.length);
    if (before[name]) {
      response.writeHead(200, { 'content-type': TYPES['.js'] }).end(before[name] + (await readFile(file, 'utf8')));
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-length': found.size });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}${base}`, stop };
}

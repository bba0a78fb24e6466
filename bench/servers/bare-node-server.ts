/** `bare-node-server.ts PORT BYTES`: a server that answers each request with the same bytes. It shows what a small request costs in Node itself. */
import { createServer } from 'node:http';

const [port, bytes] = process.argv.slice(2).map(Number);
const body = 'x'.repeat(bytes ?? 0);
const head = { 'Content-Type': 'application/json', 'Content-Length': body.length };

createServer((_request, response) => {
  response.writeHead(200, head);
  response.end(body, 'latin1');
}).listen(port, '127.0.0.1');

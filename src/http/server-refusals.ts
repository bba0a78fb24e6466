import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorCode, RegistryError, rowOf } from '../errors.ts';
import { requestId } from '../ids.ts';
import type { Log } from '../observe/log.ts';
import { endAndDrain } from './drain.ts';
import { ociBody } from './problem.ts';
import type { Request } from './request.ts';

/** Milliseconds a refused tunnel may take to close its side. */
const LINGER = 5_000;

/** Refuses a request no door sees, in the form every OCI client reads, and closes its connection. */
export const refuseRequest = (request: Request, response: ServerResponse, code: ErrorCode): void => {
  const error = new RegistryError(code);
  request.because = error.message;
  const body = ociBody({ error, status: error.status, headers: {} }, request);
  response.shouldKeepAlive = false;
  response.writeHead(error.status, {
    'X-Request-Id': request.id,
    'Content-Type': 'application/json',
    'Content-Length': request.method === 'HEAD' ? 0 : Buffer.byteLength(body),
  });
  endAndDrain(request, response, request.method === 'HEAD' ? undefined : body);
};

/** What Node's parser refuses never becomes a request: answered on the bare connection, in the same form. */
export const refuseMalformed = (error: NodeJS.ErrnoException, socket: Socket, log: Log): void =>
  refuseConnection(
    socket,
    error.code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : 'REQUEST_MALFORMED',
    log,
  );

/** CONNECT: this is no proxy. Node has let go of the connection, so its errors and its end are ours to see to. */
export const refuseTunnel = (socket: Socket, log: Log): void => {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(LINGER, () => socket.destroy());
  socket.resume();
  refuseConnection(socket, 'METHOD_NOT_ALLOWED', log, 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE\r\n');
};

const refuseConnection = (socket: Socket, code: ErrorCode, log: Log, lines = ''): void => {
  if (!socket.writable) return;
  const id = requestId();
  const { status, message, oci = code } = rowOf(code);
  log.info({ id, status, because: message, address: socket.remoteAddress });
  const body = JSON.stringify({ errors: [{ code: oci, message, detail: { 'request-id': id } }] });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nX-Request-Id: ${id}\r\n${lines}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

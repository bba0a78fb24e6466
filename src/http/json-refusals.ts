import { Readable } from 'node:stream';
import type { FastifyError } from 'fastify';
import { type ErrorCode, RegistryError } from '../errors.ts';
import type { Log } from '../observe/log.ts';
import { drain, hasRest } from './drain.ts';
import { familyOf } from './families.ts';
import type { JsonReply, RequestHead } from './json-app.ts';
import { type Problem, problemOf } from './problem.ts';
import type { Request } from './request.ts';

/**
 * Writes whatever was thrown at a JSON door, by us or by Fastify itself, in the envelope of the address's family. `note` is
 * told of it.
 */
export const refuser =
  (log: Log, note: (request: RequestHead, problem: Problem) => void) =>
  (thrown: unknown, refused: RequestHead, reply: JsonReply): JsonReply => {
    const { raw: request } = refused;
    const problem = problemOf(thrown instanceof RegistryError ? thrown : translate(thrown), request, log);
    note(refused, problem);
    const written = familyOf(request.url ?? '').envelope(problem, request);
    const body = typeof written === 'string' ? written : JSON.stringify(written);
    return reply
      .code(problem.status)
      .headers({ ...problem.headers, 'X-Request-Id': request.id })
      .type('application/json')
      .send(hasRest(request) && request.method !== 'HEAD' ? drained(request, reply, body) : body);
  };

/** The answer at once, and its end when the client has sent its body or was cut (drain.ts). */
const drained = (request: Request, reply: JsonReply, body: string): Readable => {
  reply.header('Content-Length', Buffer.byteLength(body));
  return Readable.from(bodyThenDrain(request, body), { objectMode: false });
};

async function* bodyThenDrain(request: Request, body: string): AsyncGenerator<string> {
  yield body;
  await drain(request);
}

/** Fastify's own errors that a request can bring about. The others are mistakes in this program: INTERNAL. */
const CODES: Record<string, ErrorCode> = {
  FST_ERR_NOT_FOUND: 'NOT_FOUND',
  FST_ERR_VALIDATION: 'BAD_REQUEST',
  FST_ERR_BAD_URL: 'BAD_REQUEST',
  FST_ERR_INVALID_URL: 'BAD_REQUEST',
  FST_ERR_MAX_PARAM_LENGTH: 'URI_TOO_LONG',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'BAD_REQUEST',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BAD_REQUEST',
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'BAD_REQUEST',
  FST_ERR_ROUTE_MISSING_CONTENT: 'BAD_REQUEST',
  FST_ERR_HANDLER_TIMEOUT: 'UNAVAILABLE',
};

/** Fastify's own refusals in our words; anything else stays what it is and becomes INTERNAL. */
export const translate = (thrown: unknown): unknown => {
  const error = thrown as FastifyError;
  const code = Object.hasOwn(CODES, error.code ?? '') ? CODES[error.code] : undefined;
  if (code === 'BAD_REQUEST') {
    const message = error.validation
      ? `The request is not valid: ${error.message}.`
      : 'The request is not valid: its address, type or body cannot be read.';
    return new RegistryError(code, { message });
  }
  if (code) return new RegistryError(code);
  return error.statusCode === 400 ? new RegistryError('BAD_REQUEST', { cause: error }) : error;
};

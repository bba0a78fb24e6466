import type { FastifyError } from 'fastify';
import { type ErrorCode, RegistryError } from '../errors.ts';
import type { Log } from '../observe/log.ts';
import { familyOf } from './families.ts';
import type { JsonReply, RequestHead } from './json-app.ts';
import { type Problem, problemOf } from './problem.ts';
import type { Request } from './request.ts';

/** How a door words a refusal. */
export type Envelope = (problem: Problem, request: Request) => object | string;

/** Writes whatever was thrown at a JSON door, by us or by Fastify itself, in the envelope of the address's family. */
export const refuser =
  (log: Log) =>
  (thrown: unknown, { raw: request }: Pick<RequestHead, 'raw'>, reply: JsonReply): JsonReply => {
    const problem = problemOf(thrown instanceof RegistryError ? thrown : translate(thrown), request, log);
    const body = familyOf(request.url ?? '').envelope(problem, request);
    return reply
      .code(problem.status)
      .headers({ ...problem.headers, 'X-Request-Id': request.id })
      .type('application/json')
      .send(typeof body === 'string' ? body : JSON.stringify(body));
  };

const CODES: Record<string, ErrorCode> = {
  FST_ERR_VALIDATION: 'BAD_REQUEST',
  FST_ERR_BAD_URL: 'BAD_REQUEST',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'BAD_REQUEST',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BAD_REQUEST',
};

/** Fastify's own refusals in our words; anything else stays what it is and becomes INTERNAL. */
const translate = (thrown: unknown): unknown => {
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

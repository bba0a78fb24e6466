import { RegistryError } from '../errors.ts';
import type { JsonRequest } from './json-app.ts';

/** The parts of a request that are there before its body. */
const PARTS = ['params', 'querystring'] as const;

/**
 * Holds path and query against the route's schemas and brings their values to its types, so that rights can be decided on
 * them before the body is read.
 */
export const validateHead = (request: JsonRequest): void => {
  const query = request.query as Record<string, unknown>;
  if (request.method === 'GET') dropEmpty(query);
  for (const part of PARTS) {
    const validate = request.getValidationFunction(part);
    if (!validate || validate(part === 'params' ? request.params : query)) continue;
    const [error] = validate.errors ?? [];
    const where = `${part}${error?.instancePath ?? ''}`;
    throw new RegistryError('BAD_REQUEST', {
      message: `The request is not valid: ${where} ${error?.message}.`,
    });
  }
};

/**
 * An empty filter is the same as none: `?repository=` lists every repository. That holds for reading only. Where
 * something is made or removed, an empty value must not widen it: `POST /api/v1/tokens?namespace=` is refused.
 */
const dropEmpty = (query: Record<string, unknown>): void => {
  for (const name of Object.keys(query)) if (query[name] === '') delete query[name];
};

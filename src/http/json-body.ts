import { RegistryError } from '../errors.ts';
import type { Bodies } from './bodies.ts';
import type { JsonApp, JsonRequest } from './json-app.ts';

/** Deeper than any document of these APIs. */
const MOST_DEPTH = 32;
/** Values in a document, containers and their leaves. */
const MOST_VALUES = 10_000;

/**
 * Lets routes of this instance receive JSON, and nothing else. Clients that post nothing (`POST …/lock`) may call it JSON, as
 * IBM's SDKs do; where a body is needed, it is missed.
 */
export const acceptJson = (app: JsonApp, bodies: Bodies): void => {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: JsonRequest) => {
    const bytes = await bodies.read(request.raw, {
      bytes: request.routeOptions.bodyLimit,
      refusal: 'BODY_TOO_LARGE',
    });
    if (bytes.length === 0) return undefined;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    parse(request, bytes.toString('utf8'), (error, body) => (error ? reject(error) : resolve(body)));
    const body = await promise;
    refuseOversized(body);
    return body;
  });
};

/** Throws BAD_REQUEST for a document that is too deep, or has too many values or one that no number holds, whatever a schema says about its parts. */
const refuseOversized = (document: unknown): void => {
  let level: unknown[] = [document];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    values += level.length;
    if (depth > MOST_DEPTH || values > MOST_VALUES)
      throw new RegistryError('BAD_REQUEST', {
        message: `The request is not valid: a body has at most ${MOST_DEPTH} levels and ${MOST_VALUES} values.`,
      });
    if (level.some((value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY))
      throw new RegistryError('BAD_REQUEST', { message: 'The request is not valid: a number is too large.' });
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? (Object.values(value) as unknown[]) : [],
    );
  }
};

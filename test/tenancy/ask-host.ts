import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { TestRegistry } from '../support/registry.ts';

/** The JSON that the registry answers on another host name; fetch sets Host itself. */
export const askHost = (
  registry: TestRegistry,
  host: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> => {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  request(new URL(path, registry.url), { headers: { ...headers, Host: host } }, (response) =>
    resolve(json(response)),
  )
    .once('error', reject)
    .end();
  return promise;
};

import type { GrammarWorld } from './grammar-world.ts';
import { maximalBodies } from './maximal.ts';

/** What is sent to one route. */
interface Maximal {
  readonly what: string;
  /** Each sends one body as the owner of the first account, and answers the status. */
  readonly bodies: readonly (() => Promise<number>)[];
}

/** The largest bodies that each route lets in. */
export const maximalRequests = (world: GrammarWorld): Maximal[] => {
  const { registry, samples, senders } = world;
  const [owner] = senders;
  const own = samples.filter(({ accountId, schema }) => accountId === registry.accountId && schema?.body);
  return own.map(({ method, path, headers, body, schema, bodyLimit = 0 }) => {
    const send = async (text: string): Promise<number> => {
      const response = await registry.fetch(path, {
        method,
        headers: {
          'Content-Type': 'application/json',
          Authorization: owner?.authorization ?? '',
          ...headers,
        },
        body: text,
      });
      await response.arrayBuffer();
      return response.status;
    };
    const bodies = maximalBodies(schema?.body as never, body, bodyLimit).map((each) => JSON.stringify(each));
    return { what: `${method} ${path}`, bodies: bodies.map((text) => () => send(text)) };
  });
};

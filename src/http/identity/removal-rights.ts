import type { RemovalQuestion } from '../../wire/explain.ts';
import type { JsonRequest, RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import type { Needs, Right } from '../needs.ts';

type Kind = RemovalQuestion['kind'];

/** The route that removes each kind, and how a question names what its path does. */
const REMOVED_BY: Readonly<
  Record<Kind, { path: string; paramsOf: (asked: RemovalQuestion, accountId: string) => object }>
> = {
  policy: { path: '/v2/policies/:id', paramsOf: ({ id }) => ({ id }) },
  'access-group': { path: '/v2/groups/:id', paramsOf: ({ id }) => ({ id }) },
  'api-key': { path: '/v1/apikeys/:id', paramsOf: ({ id }) => ({ id }) },
  trust: {
    path: '/v1/profiles/:id/rules/:trust',
    paramsOf: ({ id, profile = '' }) => ({ id: profile, trust: id }),
  },
  namespace: { path: '/api/v1/namespaces/:name', paramsOf: ({ id }) => ({ name: id }) },
  'service-id': { path: '/v1/serviceids/:id', paramsOf: ({ id }) => ({ id }) },
  user: {
    path: '/v2/accounts/:account/users/:iam_id',
    paramsOf: ({ id }, account) => ({ account, iam_id: id }),
  },
};

/** What a route that removes something needs. */
export type DeletionNeeds = (path: string) => Needs | undefined;

/** Who may ask what would break is who may remove it: the rights of the routes that do, on what the body names. */
export const removalRights = (needsOf: DeletionNeeds): Right<JsonRequest>[] =>
  (Object.keys(REMOVED_BY) as Kind[]).flatMap((kind) => {
    const { path } = REMOVED_BY[kind];
    const needs = needsOf(path);
    if (typeof needs !== 'object' || !('action' in needs))
      throw new Error(`DELETE ${path} declares no rights on its path`);
    const { and = [], ...first } = needs;
    return [first as Right, ...and].map((right) => askedOf(kind, right));
  });

/** A right on a path as one on what a question of this kind names. */
const askedOf = (kind: Kind, right: Right<RequestHead>): Right<JsonRequest> => {
  const wrapped: Record<string, unknown> = { ...right };
  for (const name of ['on', 'governing', 'reaching', 'orGoverning', 'saying'] as const) {
    const ask = (right as unknown as Record<string, unknown>)[name];
    if (typeof ask === 'function')
      wrapped[name] = (request: JsonRequest, ...more: unknown[]) => ask(asDeletion(request), ...more);
  }
  const { when } = right;
  wrapped.when = async (request: JsonRequest, ...more: [JsonRequest['credential']]) =>
    (request.body as RemovalQuestion).kind === kind && (!when || (await when(asDeletion(request), ...more)));
  return wrapped as unknown as Right<JsonRequest>;
};

/** The request as one for the removal itself. */
const asDeletion = (request: JsonRequest): RequestHead => {
  const asked = request.body as RemovalQuestion;
  const { raw, credential, method, url, routeOptions, headers } = request;
  const account = accountOf(request);
  const params = REMOVED_BY[asked.kind].paramsOf(asked, account);
  return { raw, credential, method, url, routeOptions, query: {}, headers: { ...headers, account }, params };
};

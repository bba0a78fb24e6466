import type { RemovalQuestion } from '../../wire/explain.ts';
import type { JsonRequest, RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import type { Needs, Right, SignedIn } from '../needs.ts';

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
  const { when, saying } = right;
  const common = {
    when: async (request: JsonRequest, credential: SignedIn): Promise<boolean> =>
      (request.body as RemovalQuestion).kind === kind &&
      (!when || (await when(asDeletion(request), credential))),
    ...(saying ? { saying: (request: JsonRequest) => saying(asDeletion(request)) } : {}),
  };
  if ('governing' in right) return { ...right, ...common, governing: onDeletion(right.governing) };
  const { on, reaching, orGoverning } = right;
  return {
    ...right,
    ...common,
    on: onDeletion(on),
    ...(reaching ? { reaching: onDeletion(reaching) } : {}),
    ...(orGoverning ? { orGoverning: onDeletion(orGoverning) } : {}),
  };
};

const onDeletion =
  <Result>(ask: (request: RequestHead, credential: SignedIn) => Result) =>
  (request: JsonRequest, credential: SignedIn): Result =>
    ask(asDeletion(request), credential);

/** The request as one for the removal itself. */
const asDeletion = (request: JsonRequest): RequestHead => {
  const asked = request.body as RemovalQuestion;
  const { raw, credential, method, url, routeOptions, headers } = request;
  const account = accountOf(request);
  const params = REMOVED_BY[asked.kind].paramsOf(asked, account);
  return { raw, credential, method, url, routeOptions, query: {}, headers: { ...headers, account }, params };
};

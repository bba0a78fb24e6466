import { accessBody, buildBody, iamBody, ociBody, type Problem, v1Body } from './problem.ts';
import type { Request } from './request.ts';

/** How a door words a refusal. */
export type Envelope = (problem: Problem, request: Request) => object | string;

/** Addresses that belong to one API, whether a route serves them or not. */
export interface Family {
  readonly envelope: Envelope;
  /** IBM's IAM repeats the request id in the header Transaction-Id. */
  readonly transactionId: boolean;
}

const REGISTRY: Family = { envelope: v1Body, transactionId: false };
/** Clients read the answer of a build as docker's lines. */
const BUILDS: Family = { envelope: buildBody, transactionId: false };
const OCI: Family = { envelope: ociBody, transactionId: false };
const IAM: Family = { envelope: iamBody, transactionId: true };
const ACCESS: Family = { envelope: accessBody, transactionId: true };

/** The first that fits is the family. Policies, templates of access and settings of it lie below /v1/ and answer as /v2/ does. */
const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/^\/oauth(?:\/|$)/, OCI],
  [/^\/api\/v1\/builds(?:\/|$)/, BUILDS],
  [/^\/v2(?:\/|$)/, ACCESS],
  [
    /^\/v1\/(?:policies(?:\/|$)|(?:policy|action_control|role|group)_|accounts\/[^/]*\/settings\/access_management(?:\/|$))/,
    ACCESS,
  ],
  [/^\/(?:v1|identity)(?:\/|$)/, IAM],
];

/** The family of an address: a path as it was sent, or the pattern of a route. */
export const familyOf = (url: string): Family => {
  const [path = ''] = url.split('?', 1);
  return FAMILIES.find(([pattern]) => pattern.test(path))?.[1] ?? REGISTRY;
};

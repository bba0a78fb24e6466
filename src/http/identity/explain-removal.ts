import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { type AccessGroups, type Policies, PUBLIC_ACCESS, type Resource } from '../../access/room.ts';
import type { AuditLog } from '../../audit/events/room.ts';
import type { Clock } from '../../clock.ts';
import { RegistryError } from '../../errors.ts';
import { type ApiKey, iamIdOfProfile, iamIdOfServiceId } from '../../identity/room.ts';
import { type Identity, principalName } from '../../principal.ts';
import type { RepositoryListing } from '../../registry/room.ts';
import type { Namespace } from '../../tenancy/room.ts';
import { type LostSignIn, type LostUse, RemovalAnswer, RemovalQuestion } from '../../wire/explain.ts';
import { IdentityNames } from '../identity-names.ts';
import type { JsonApp, JsonRequest } from '../json-app.ts';
import { accountOf, principalOf, regionOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import { resourceOf } from '../resource.ts';
import { timestamp } from '../timestamp.ts';
import type { ExplainParts } from './explain.ts';
import { type DeletionNeeds, removalRights } from './removal-rights.ts';
import { type Use, UsesFound, withoutTags } from './removal-uses.ts';

export interface RemovalParts extends ExplainParts {
  readonly log: AuditLog;
  readonly policies: Policies;
  readonly accessGroups: AccessGroups;
  readonly repositoryListing: RepositoryListing;
  readonly clock: Clock;
  readonly deletionNeeds: DeletionNeeds;
}

/** What was used longer ago is not missed. */
const LOOKED_BACK = 90 * 86_400_000;
/** Members of a group, repositories of a namespace, and uses that are decided on again. */
const MOST_MEMBERS = 50;
const MOST_REPOSITORIES = 50;
const MOST_DECIDED = 200;
/** Policies of one identity that an explanation tells. */
const MOST_TOLD = 200;
/** Events of one repository that are looked at. */
const EVENTS_OF_REPOSITORY = 400;
const MOST_SHOWN = 100;

/** POST /v1/explain/removal: ours. What of the last 90 days would be refused if this were gone. */
export const explainRemovalRoutes = (app: JsonApp, parts: RemovalParts): void => {
  app.post(
    '/v1/explain/removal',
    {
      schema: {
        summary: 'What would break if a policy, group, key, trust, namespace or identity were removed',
        tags: ['access'],
        body: RemovalQuestion,
        response: { 200: RemovalAnswer },
      },
      config: { needs: { onBody: removalRights(parts.deletionNeeds) } },
    },
    async (request) => {
      const since = parts.clock.now() - LOOKED_BACK;
      const found = await lookFor({ request, parts, since, found: new UsesFound(parts.log) }, request.body);
      const uses = withoutTags(found.uses);
      const names = new IdentityNames(parts.identity, accountOf(request));
      const shown = uses.slice(0, MOST_SHOWN);
      // with which secret and from where is told to those who may read the log
      const mayRead = await mayDo(parts.access, principalOf(request), 'iam-access-management.audit.list', {
        accountId: accountOf(request),
      });
      await names.learn(shown.map(({ principal }) => principal));
      return {
        since: timestamp(since),
        uses: shown.map((use) => wireUse(use, names.of(use.principal), mayRead)),
        total: uses.length,
        total_is_exact: !found.isCut,
        sign_ins: found.signIns.slice(0, MOST_SHOWN),
      };
    },
  );
};

interface Look {
  readonly request: JsonRequest;
  readonly parts: RemovalParts;
  readonly since: number;
  readonly found: UsesFound;
}

interface Broken {
  readonly uses: readonly Use[];
  readonly isCut: boolean;
  readonly signIns: readonly LostSignIn[];
}

const lookFor = async (look: Look, { kind, id, profile = '' }: RemovalQuestion): Promise<Broken> => {
  switch (kind) {
    case 'api-key':
      return ofKey(look, id);
    case 'service-id':
      return ofIdentity(look, { kind: 'service-id', iamId: iamIdOfServiceId(id) });
    case 'user':
      return ofIdentity(look, { kind: 'user', iamId: id });
    case 'trust':
      return ofTrust(look, profile);
    case 'namespace':
      return ofNamespace(look, id);
    case 'policy': {
      const policy = await look.parts.policies.find(id);
      return policy ? ofPolicies(look, policy.subject, (policyId) => policyId === id) : NOTHING;
    }
    case 'access-group':
      return ofPolicies(look, id, (_policyId, subject) => subject === id);
  }
};

const NOTHING: Broken = { uses: [], isCut: false, signIns: [] };

const ofKey = async ({ request, parts, since, found }: Look, id: string): Promise<Broken> => {
  await found.add({ accountId: accountOf(request), credential: id, since });
  const key = await parts.identity.apiKeys.find(id);
  return { uses: found.all, isCut: found.isCut, signIns: key ? signInsOf([key], since) : [] };
};

const ofIdentity = async (
  { request, parts, since, found }: Look,
  who: Pick<Identity, 'kind' | 'iamId'>,
): Promise<Broken> => {
  const accountId = accountOf(request);
  await found.add({ accountId, principal: principalName({ ...who, accountId }), since });
  const keys = await parts.identity.apiKeys.ofIdentity(accountId, who.iamId);
  return { uses: found.all, isCut: found.isCut, signIns: signInsOf(keys, since) };
};

/** A log does not say which of several trusts let a profile in: all that the profile did is told. */
const ofTrust = async (look: Look, profileId: string): Promise<Broken> => {
  const broken = await ofIdentity(look, { kind: 'profile', iamId: iamIdOfProfile(profileId) });
  const profile = await look.parts.identity.profiles.find(profileId);
  const at = profile?.lastAuthnAt;
  if (!profile || at === undefined || at < look.since) return broken;
  const { id, name } = profile;
  return { ...broken, signIns: [{ kind: 'profile', id, name, last_used_at: timestamp(at) }] };
};

const ofNamespace = async ({ request, parts, since, found }: Look, name: string): Promise<Broken> => {
  const accountId = accountOf(request);
  const region = regionOf(request);
  const namespace = await parts.namespaces.find(region.id, name);
  if (namespace?.accountId !== accountId)
    throw new RegistryError('NOT_FOUND', { message: `there is no namespace ${name} in your account here` });
  const page = await parts.repositoryListing.page({
    regionId: region.id,
    namespaces: [{ id: namespace.id, namespace, repositories: undefined }],
    order: 'newest',
    filter: undefined,
    after: undefined,
    limit: MOST_REPOSITORIES,
    counting: false,
  });
  if (page.next) found.cut();
  for (const { name: repository, facts } of page.rows)
    if (Math.max(facts?.pushedAt ?? 0, facts?.pulledAt ?? 0) >= since)
      await found.add({ accountId, repository, since }, EVENTS_OF_REPOSITORY);
  return { uses: found.all, isCut: found.isCut, signIns: [] };
};

/** Uses that these policies allow and no other policy of the same identity does. */
const ofPolicies = async (
  look: Look,
  subject: string,
  isRemoved: (policyId: string, subject: string) => boolean,
): Promise<Broken> => {
  const { request, parts, since, found } = look;
  const accountId = accountOf(request);
  const holders = await holdersOf(look, subject);
  for (const iamId of holders ?? []) {
    const kinds = iamId.startsWith('iam-') ? (['service-id', 'profile'] as const) : (['user'] as const);
    for (const kind of kinds)
      await found.add({ accountId, principal: principalName({ kind, iamId, accountId }), since });
  }
  if (!holders) await found.add({ accountId, since });
  const owner = await parts.identity.accounts.find(accountId);
  const lost: Use[] = [];
  for (const use of found.all.slice(0, MOST_DECIDED)) {
    const principal = identityOf(use.principal, accountId);
    // the owner's rights are not policies
    if (!principal || (principal.kind === 'user' && principal.iamId === owner?.ownerIamId)) continue;
    const resource = await resourceOfUse(look, use);
    if (!resource) continue;
    const { considered } = await parts.explainer.explain(principal, use.action, resource);
    const allowing = considered.filter(({ verdict }) => verdict === 'allows');
    if (considered.length >= MOST_TOLD) found.cut();
    else if (allowing.length > 0 && allowing.every((each) => isRemoved(each.policyId, each.subject)))
      lost.push(use);
    await turnOfLoop();
  }
  if (found.all.length > MOST_DECIDED) found.cut();
  return { uses: lost, isCut: found.isCut, signIns: [] };
};

/** Those who hold what a subject is given; undefined: everyone. */
const holdersOf = async ({ parts, found }: Look, subject: string): Promise<readonly string[] | undefined> => {
  if (subject === PUBLIC_ACCESS) return undefined;
  if (!subject.startsWith('AccessGroupId-')) return [subject];
  const page = { offset: 0, limit: MOST_MEMBERS, type: undefined };
  const { members, total } = await parts.accessGroups.members(subject, page);
  if (total > members.length) found.cut();
  return members.map(({ iamId }) => iamId);
};

const identityOf = (written: string, accountId: string): Identity | undefined => {
  const [, kind, account, iamId = ''] = /^(user|service-id|profile):([^/]+)\/(.+)$/.exec(written) ?? [];
  return account === accountId ? { kind: kind as Identity['kind'], iamId, accountId } : undefined;
};

const resourceOfUse = async ({ request, parts }: Look, use: Use): Promise<Resource | undefined> => {
  const region =
    parts.regions.list.find(({ names }) => use.region !== undefined && names.includes(use.region)) ??
    regionOf(request);
  const [name = ''] = use.repository.split('/');
  const namespace: Namespace | undefined = await parts.namespaces.find(region.id, name);
  if (namespace?.accountId !== accountOf(request)) return undefined;
  const tag = use.tag === undefined ? {} : { tag: use.tag };
  return { ...resourceOf(region, namespace, use.repository), ...tag };
};

const signInsOf = (keys: readonly ApiKey[], since: number): LostSignIn[] =>
  keys.flatMap(({ id, name, secrets }) => {
    const used = secrets.filter(({ lastUsedAt = 0 }) => lastUsedAt >= since);
    const last = used.sort((a, b) => (b.lastUsedAt ?? 0) - (a.lastUsedAt ?? 0))[0];
    if (last?.lastUsedAt === undefined) return [];
    return [
      {
        kind: 'api-key' as const,
        id,
        name,
        last_used_at: timestamp(last.lastUsedAt),
        ...(last.lastUsedFrom === undefined ? {} : { last_used_from: last.lastUsedFrom }),
        ...(last.lastUsedWith === undefined ? {} : { last_used_with: last.lastUsedWith }),
      },
    ];
  });

const wireUse = (use: Use, name: string | undefined, mayRead: boolean): LostUse => {
  const { credentialId, address, agent, lastAt } = use.last;
  return {
    principal: use.principal,
    ...(name === undefined ? {} : { name }),
    action: use.action,
    repository: use.repository,
    times: use.times,
    last_used_at: timestamp(lastAt),
    ...(!mayRead || credentialId === undefined ? {} : { credential: credentialId }),
    ...(!mayRead || address === undefined ? {} : { address }),
    ...(!mayRead || agent === undefined ? {} : { agent }),
  };
};

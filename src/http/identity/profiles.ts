import { Type } from 'typebox';
import type { Action, Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { type Identity, iamIdOfProfile, type Profile as StoredProfile } from '../../identity/room.ts';
import { AccountId } from '../../wire/iam-entities.ts';
import { Profile, ProfileCreate, ProfileList, ProfileUpdate } from '../../wire/profiles.ts';
import { type Deleted, withPolicies } from '../identity-deletion.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, actorOf, callerOf, idOf, ifMatchOf } from '../json-request.ts';
import type { ActionNeeds } from '../needs.ts';
import { linkTo, parsePlace, printPlace } from '../pages.ts';
import { formatIamDate } from './iam-date.ts';
import type { IdentityParts } from './parts.ts';

export const ProfileId = Type.Object({ id: Type.String({ maxLength: 100 }) });
const ListQuery = Type.Object({
  account_id: Type.Optional(AccountId),
  name: Type.Optional(Type.String({ maxLength: 100 })),
  pagesize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  pagetoken: Type.Optional(Type.String({ maxLength: 200 })),
});

/** A profile named in the path, as a resource; one that the caller may not see is not there. */
export const onProfile = ({ profiles }: Identity, action: Action): ActionNeeds => ({
  action,
  hide: true,
  on: async (request) => resourceOf(await profiles.find(idOf(request))),
});

/** /v1/profiles. */
export const profileRoutes = (app: JsonApp, { identity, access, externalUrl }: IdentityParts): void => {
  const { profiles } = identity;
  const deleted = async (request: RequestHead): Promise<Deleted | undefined> => {
    const profile = await profiles.find(idOf(request));
    return profile && { accountId: profile.accountId, iamId: iamIdOfProfile(profile.id) };
  };
  app.post(
    '/v1/profiles',
    {
      schema: {
        summary: 'Create a trusted profile',
        tags: ['iam'],
        body: ProfileCreate,
        response: { 201: Profile },
      },
      config: {
        needs: {
          onBody: [
            {
              action: 'iam-identity.profile.create',
              on: ({ body }) => ({ accountId: (body as { account_id: string }).account_id }),
            },
          ],
        },
      },
    },
    async (request, reply) => {
      const { name, account_id: accountId, description = '', email = '' } = request.body;
      const createdBy = callerOf(request);
      const profile = { accountId, name, description, email, createdBy };
      const made = await profiles.create(profile, actorOf(request));
      reply.code(201).header('ETag', made.entityTag);
      return wireProfile(made);
    },
  );

  app.get(
    '/v1/profiles',
    {
      schema: {
        summary: "An account's trusted profiles",
        tags: ['iam'],
        querystring: ListQuery,
        response: { 200: ProfileList },
      },
      config: {
        needs: {
          action: 'iam-identity.profile.list',
          on: (request) => ({ accountId: askedAccount(request) }),
        },
      },
    },
    async (request) => {
      const { pagesize = 20, pagetoken, name } = request.query;
      const accountId = askedAccount(request);
      const [after = ''] = pagetoken === undefined ? [] : placeAsked(pagetoken);
      const named = name === undefined ? undefined : await profiles.findByName(accountId, name);
      const { profiles: page, more } =
        name === undefined
          ? await profiles.list(accountId, after, pagesize)
          : { profiles: named ? [named] : [], more: false };
      const link = (token?: string): string =>
        linkTo(`${externalUrl}/v1/profiles`, { account_id: accountId, pagesize, pagetoken: token });
      const last = more ? page.at(-1) : undefined;
      const next = last ? { next: link(printPlace([last.id])) } : {};
      return { offset: 0, limit: pagesize, first: link(), ...next, profiles: page.map(wireProfile) };
    },
  );

  app.get(
    '/v1/profiles/:id',
    {
      schema: { summary: 'A trusted profile', tags: ['iam'], params: ProfileId, response: { 200: Profile } },
      config: { needs: onProfile(identity, 'iam-identity.profile.get') },
    },
    async (request, reply) => {
      const profile = await profiles.find(request.params.id);
      if (!profile) throw new RegistryError('NOT_FOUND');
      reply.header('ETag', profile.entityTag);
      return wireProfile(profile);
    },
  );

  app.put(
    '/v1/profiles/:id',
    {
      schema: {
        summary: 'Change a trusted profile (If-Match)',
        tags: ['iam'],
        params: ProfileId,
        body: ProfileUpdate,
        response: { 200: Profile },
      },
      config: { needs: onProfile(identity, 'iam-identity.profile.update') },
    },
    async (request, reply) => {
      const { name, description, email } = request.body;
      const patch = { name, description, email };
      const profile = await profiles.update(request.params.id, ifMatchOf(request), patch, actorOf(request));
      reply.header('ETag', profile.entityTag);
      return wireProfile(profile);
    },
  );

  app.delete(
    '/v1/profiles/:id',
    {
      schema: {
        summary: 'Delete a trusted profile; every token of it ends',
        tags: ['iam'],
        params: ProfileId,
        response: { 204: Type.Null() },
      },
      config: {
        needs: {
          ...onProfile(identity, 'iam-identity.profile.delete'),
          and: [withPolicies(access, deleted)],
        },
      },
    },
    async (request, reply) => {
      await profiles.delete(request.params.id, actorOf(request));
      reply.code(204);
    },
  );
};

const placeAsked = (pagetoken: string): readonly string[] => {
  const place = parsePlace(pagetoken, 1);
  if (place) return place;
  throw new RegistryError('BAD_REQUEST', {
    message: 'pagetoken is not one of this list; begin again without it',
  });
};

const askedAccount = (request: RequestHead): string =>
  (request.query as { account_id?: string }).account_id ?? accountOf(request);

const resourceOf = (profile: StoredProfile | undefined): Resource | undefined =>
  profile && { accountId: profile.accountId, entity: { type: 'profile', id: profile.id } };

const wireProfile = (profile: StoredProfile): Profile => ({
  id: profile.id,
  entity_tag: profile.entityTag,
  crn: `crn:v1:bluemix:public:iam-identity::a/${profile.accountId}::profile:${profile.id}`,
  name: profile.name,
  description: profile.description,
  ...(profile.email === '' ? {} : { email: profile.email }),
  created_at: formatIamDate(profile.createdAt),
  modified_at: formatIamDate(profile.modifiedAt),
  iam_id: iamIdOfProfile(profile.id),
  account_id: profile.accountId,
  activity: {
    authn_count: profile.authnCount,
    ...(profile.lastAuthnAt === undefined ? {} : { last_authn: formatIamDate(profile.lastAuthnAt) }),
  },
});

import { RegistryError } from '../../errors.ts';
import { type Asked, type Exchanged, loginName, type ProfileNamed } from '../../identity/room.ts';
import {
  COMMAND_LINE,
  GRANT_APIKEY,
  GRANT_ASSUME,
  GRANT_CR_TOKEN,
  GRANT_DEVICE_CODE,
  GRANT_LOGIN_CODE,
  GRANT_PASSCODE,
  GRANT_PASSWORD,
  GRANT_REFRESH,
  GRANT_TOKEN_EXCHANGE,
  TOKEN_TYPE_ACCESS,
  TOKEN_TYPES_OF_JWTS,
} from '../../wire/tokens.ts';
import type { Request } from '../request.ts';
import { machineNameOf } from './machine-name.ts';
import type { IdentityParts } from './parts.ts';

/** A token request: who sent it, what it says. */
export interface Grant {
  readonly request: Request;
  readonly form: URLSearchParams;
  readonly asked: Asked;
}

type Exchange = (grant: Grant, parts: IdentityParts) => Promise<Exchanged>;

/** What each grant type reads off the form. */
const GRANTS: Readonly<Record<string, Exchange>> = {
  [GRANT_APIKEY]: ({ request, form, asked }, { identity: { identityTokens }, guard }) => {
    const secret = required(form, 'apikey');
    return guard.attempt(request, 'apikey-grant', secret, () =>
      identityTokens.fromApiKey(secret, asked, request.actor),
    );
  },
  [GRANT_REFRESH]: ({ request, form, asked }, { identity: { identityTokens }, guard }) => {
    const token = required(form, 'refresh_token');
    const account = form.get('account') ?? form.get('bss_account') ?? undefined;
    return guard.attempt(request, 'refresh-grant', token, () =>
      identityTokens.fromRefreshToken(token, account, asked),
    );
  },
  [GRANT_PASSWORD]: ({ request, form, asked }, { identity: { identityTokens }, guard }) => {
    const userName = required(form, 'username');
    const account = form.get('bss_account') ?? form.get('account') ?? undefined;
    return guard.password(
      request,
      `password-grant ${loginName(userName)}`,
      required(form, 'password'),
      (given) => identityTokens.fromPassword({ userName, account, ...given }, asked),
    );
  },
  [GRANT_PASSCODE]: ({ request, form, asked }, { identity: { identityTokens }, guard }) => {
    const code = required(form, 'passcode');
    return guard.attempt(request, 'passcode-grant', code, () => identityTokens.fromPasscode(code, asked));
  },
  [GRANT_ASSUME]: async ({ request, form, asked }, { identity: { identityTokens }, guard }) => {
    const token = required(form, 'access_token');
    const exchanged = await identityTokens.fromAccessToken(token, profileOf(form), asked);
    await guard.admit(request, exchanged.credential);
    return exchanged;
  },
  [GRANT_CR_TOKEN]: async ({ request, form, asked }, { identity: { identityTokens }, guard }) => {
    const token = required(form, 'cr_token');
    const exchanged = await identityTokens.fromComputeToken(token, profileOf(form), asked);
    await guard.admit(request, exchanged.credential);
    return exchanged;
  },
  [GRANT_TOKEN_EXCHANGE]: async ({ form, asked }, { identity: { identityTokens } }) => {
    const token = required(form, 'subject_token');
    checkExchange(form);
    return identityTokens.fromSubjectToken(token, targetOf(form), asked);
  },
  [GRANT_LOGIN_CODE]: async (
    { request, form, asked },
    { identity: { identityTokens, loginGrants }, guard },
  ) => {
    const { clientId } = asked;
    if (clientId !== COMMAND_LINE) throw new RegistryError('EXTERNAL_LOGIN_NEEDED');
    const [code, redirectUri] = [required(form, 'code'), required(form, 'redirect_uri')];
    const codeVerifier = required(form, 'code_verifier');
    return guard.attempt(request, 'login-code-grant', code, async () =>
      identityTokens.fromBrowser(await loginGrants.use({ code, clientId, redirectUri, codeVerifier }), asked),
    );
  },
  [GRANT_DEVICE_CODE]: ({ request, form, asked }, { identity: { identityTokens, deviceLogins }, guard }) => {
    const code = required(form, 'device_code');
    return guard.attempt(request, 'device-code-grant', code, async () =>
      identityTokens.fromBrowser(await deviceLogins.poll(code, asked.clientId), asked),
    );
  },
};

export const GRANT_TYPES = Object.keys(GRANTS);

/** POST /identity/token. Throws what the grant throws, GRANT_UNSUPPORTED, FIELD_MISSING, BAD_REQUEST. */
export const exchange = async (
  { request, form, clientId }: Omit<Grant, 'asked'> & { clientId: string | undefined },
  parts: IdentityParts,
): Promise<Exchanged> => {
  const grantType = required(form, 'grant_type');
  checkResponseType(form.get('response_type'));
  const grant = Object.hasOwn(GRANTS, grantType) ? GRANTS[grantType] : undefined;
  if (!grant)
    throw new RegistryError('GRANT_UNSUPPORTED', {
      message: `Property grant_type must be one of ${GRANT_TYPES.join(', ')}.`,
    });
  const asked = {
    ...parts.guard.arrival(request),
    grantType,
    clientId,
    lifetime: lifetimeOf(form),
    machine: machineNameOf(form.get('machine_name')),
  };
  return grant({ request, form, asked }, parts);
};

/** Ours: the seconds that the access token is to live, where that is less than it may. */
const lifetimeOf = (form: URLSearchParams): number | undefined => {
  const text = form.get('lifetime') || undefined;
  if (text === undefined) return undefined;
  if (/^[1-9]\d{1,5}$/.test(text) && Number(text) >= 60) return Number(text);
  throw new RegistryError('BAD_REQUEST', {
    message: 'Property lifetime must be a number of seconds, 60 or more.',
  });
};

/** RFC 8693, 2.1. */
const checkExchange = (form: URLSearchParams): void => {
  if (!TOKEN_TYPES_OF_JWTS.includes(required(form, 'subject_token_type')))
    throw new RegistryError('BAD_REQUEST', {
      message: `Property subject_token_type must be one of ${TOKEN_TYPES_OF_JWTS.join(', ')}.`,
    });
  if ((form.get('requested_token_type') || TOKEN_TYPE_ACCESS) !== TOKEN_TYPE_ACCESS)
    throw new RegistryError('BAD_REQUEST', {
      message: `Property requested_token_type must be ${TOKEN_TYPE_ACCESS}.`,
    });
  if (form.has('actor_token') || form.has('actor_token_type'))
    throw new RegistryError('BAD_REQUEST', {
      message: 'Property actor_token is not supported: leave it out.',
    });
};

/** The profile: as in IBM's grants, or by its id or CRN as RFC 8693 names a target. */
const targetOf = (form: URLSearchParams): ProfileNamed => {
  const targets = [...form.getAll('audience'), ...form.getAll('resource')].filter(Boolean);
  if (targets.length === 0) return profileOf(form);
  const [target = '', ...others] = targets;
  if (others.length > 0) throw new RegistryError('TARGET_INVALID', { message: 'Name one trusted profile.' });
  const named = new URLSearchParams({ [target.startsWith('crn:') ? 'profile_crn' : 'profile_id']: target });
  return profileOf(named);
};

/** A list; ims_portal stands beside cloud_iam in IBM's command line and adds nothing here. */
const checkResponseType = (value: string | null): void => {
  const types = (value ?? 'cloud_iam').split(/[ ,]+/).filter(Boolean);
  if (types.includes('delegated_refresh_token'))
    throw new RegistryError('BAD_REQUEST', {
      message: 'Delegated refresh tokens are not offered; let the other service have a trusted profile.',
    });
  const unknown = types.find((type) => type !== 'cloud_iam' && type !== 'ims_portal');
  if (unknown !== undefined || !types.includes('cloud_iam'))
    throw new RegistryError('BAD_REQUEST', {
      message: `Property response_type must be cloud_iam${unknown === undefined ? '' : `, not ${unknown.slice(0, 50)}`}.`,
    });
};

/** Exactly one way to name the profile. */
const profileOf = (form: URLSearchParams): ProfileNamed => {
  const [id, crn, name] = ['profile_id', 'profile_crn', 'profile_name'].map(
    (key) => form.get(key) || undefined,
  );
  if ([id, crn, name].filter((each) => each !== undefined).length !== 1)
    throw new RegistryError('FIELD_MISSING', {
      message: 'Property missing or empty: exactly one of profile_id, profile_crn and profile_name.',
    });
  if (id !== undefined) return { id };
  if (name !== undefined) {
    const accountId = form.get('account') || undefined;
    if (accountId === undefined && form.get('grant_type') === GRANT_ASSUME)
      throw new RegistryError('FIELD_MISSING', {
        message: 'Property missing or empty: account, which profile_name needs.',
      });
    // IBM's SDKs send no account: as in docker's user name, it may stand behind the name
    const [, short, account] = /^(.{1,100})@([0-9a-f]{32})$/.exec(name) ?? [];
    return accountId === undefined && short !== undefined
      ? { name: short, accountId: account }
      : { name, accountId };
  }
  const [, ofCrn] =
    /^crn:v1:[^:]*:public:iam-identity::a\/[^:]*::profile:(Profile-[\w-]+)$/.exec(crn ?? '') ?? [];
  if (ofCrn === undefined)
    throw new RegistryError('BAD_REQUEST', {
      message: 'Property profile_crn must be the CRN of a trusted profile.',
    });
  return { id: ofCrn };
};

export const required = (form: URLSearchParams, name: string): string => {
  const value = form.get(name);
  if (!value) throw new RegistryError('FIELD_MISSING', { message: `Property missing or empty: ${name}.` });
  return value;
};

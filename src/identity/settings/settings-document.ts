import {
  DEFAULT_SETTINGS,
  type IdentitySettings,
  type Restriction,
  SETTING_NAMES,
} from './identity-settings.ts';

/** How settings stand in their row: as IBM's document, in which every number is a string. */
type Document = Readonly<Record<string, string | undefined>>;

const NOT_SET = 'NOT_SET';

/** What a stored document settles; the defaults for what it does not name. */
export const readSettings = (document: string): IdentitySettings => {
  const read = JSON.parse(document) as Document;
  const restriction = (key: 'restrictServiceIds' | 'restrictApiKeys' | 'restrictUserList'): Restriction =>
    RESTRICTIONS.get(read[SETTING_NAMES[key]]) ?? DEFAULT_SETTINGS[key];
  const number = (key: 'session' | 'sessionIdle' | 'accessToken' | 'refreshToken'): number =>
    numberOf(read[SETTING_NAMES[key]]) ?? (DEFAULT_SETTINGS[key] as number);
  return {
    restrictServiceIds: restriction('restrictServiceIds'),
    restrictApiKeys: restriction('restrictApiKeys'),
    restrictUserList: restriction('restrictUserList'),
    allowedAddresses: read[SETTING_NAMES.allowedAddresses] ?? DEFAULT_SETTINGS.allowedAddresses,
    session: number('session'),
    sessionIdle: number('sessionIdle'),
    accessToken: number('accessToken'),
    refreshToken: number('refreshToken'),
    maxSessions: numberOf(read[SETTING_NAMES.maxSessions]),
    ssoRequired: read[SETTING_NAMES.ssoRequired] === 'true',
    keysBoundToSignIn: read[SETTING_NAMES.keysBoundToSignIn] === 'true',
    signInRecheck: numberOf(read[SETTING_NAMES.signInRecheck]),
  };
};

export const printSettings = (settings: IdentitySettings): string =>
  JSON.stringify({
    [SETTING_NAMES.restrictServiceIds]: WORDS[settings.restrictServiceIds],
    [SETTING_NAMES.restrictApiKeys]: WORDS[settings.restrictApiKeys],
    [SETTING_NAMES.restrictUserList]: WORDS[settings.restrictUserList],
    [SETTING_NAMES.allowedAddresses]: settings.allowedAddresses,
    [SETTING_NAMES.session]: String(settings.session),
    [SETTING_NAMES.sessionIdle]: String(settings.sessionIdle),
    [SETTING_NAMES.accessToken]: String(settings.accessToken),
    [SETTING_NAMES.refreshToken]: String(settings.refreshToken),
    [SETTING_NAMES.maxSessions]: settings.maxSessions === undefined ? NOT_SET : String(settings.maxSessions),
    [SETTING_NAMES.ssoRequired]: String(settings.ssoRequired),
    [SETTING_NAMES.keysBoundToSignIn]: String(settings.keysBoundToSignIn),
    [SETTING_NAMES.signInRecheck]:
      settings.signInRecheck === undefined ? NOT_SET : String(settings.signInRecheck),
    // a second factor does not exist here, and earlier versions of this program read it from here
    mfa: 'NONE',
  });

const WORDS: Readonly<Record<Restriction, string>> = {
  'not-set': NOT_SET,
  restricted: 'RESTRICTED',
  'not-restricted': 'NOT_RESTRICTED',
};
const RESTRICTIONS: ReadonlyMap<string | undefined, Restriction> = new Map(
  (Object.keys(WORDS) as Restriction[]).map((restriction) => [WORDS[restriction], restriction]),
);

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined || text === NOT_SET ? undefined : Number(text);

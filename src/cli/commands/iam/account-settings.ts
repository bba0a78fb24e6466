import type { IdentitySettings } from '../../../wire/identity-settings.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, NO_QUESTION, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import { table } from '../../table.ts';

/** What can be changed: the API's name, the option's name in camel case, and a summary. */
const SETTINGS = [
  ['session_expiration_in_seconds', 'sessionExpirationInSeconds', 'How long a session lasts at most'],
  ['session_invalidation_in_seconds', 'sessionInvalidationInSeconds', 'How long a session may be idle'],
  ['max_sessions_per_identity', 'maxSessionsPerIdentity', 'How many sessions one identity may have'],
  [
    'system_access_token_expiration_in_seconds',
    'systemAccessTokenExpirationInSeconds',
    'How long an access token lasts',
  ],
  [
    'system_refresh_token_expiration_in_seconds',
    'systemRefreshTokenExpirationInSeconds',
    'How long a refresh token lasts',
  ],
  [
    'restrict_create_service_id',
    'restrictCreateServiceId',
    'RESTRICTED: only identities with a policy for it create service IDs',
  ],
  [
    'restrict_create_platform_apikey',
    'restrictCreatePlatformApikey',
    'RESTRICTED: only users with a policy for it create API keys of their own',
  ],
  ['allowed_ip_addresses', 'allowedIpAddresses', 'Addresses that logins may come from, separated by commas'],
  ['mfa', 'mfa', 'Which second factor is asked for'],
] as const;

const lines = (settings: IdentitySettings): string[] =>
  table(
    SETTINGS.flatMap(([name]) => {
      const value = settings[name];
      return value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]];
    }),
  );

const show: Command = {
  name: 'account-settings',
  summary: "Show the settings of the account's identities",
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { iam, account } = await connect();
    io.begin(`Getting settings of account '${account}'`);
    const settings = await iam.settings.get();
    if (input.json) return io.json(settings);
    io.lines(lines(settings));
    io.ok();
  },
};

const update: Command = {
  name: 'account-settings-update',
  summary: "Change settings of the account's identities; NOT_SET is the default",
  flags: [
    ...SETTINGS.map(([name, , summary]) => ({ flags: `--${name.replaceAll('_', '-')} <value>`, summary })),
    NO_QUESTION,
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const { iam, account } = await connect();
    const change = input.given(Object.fromEntries(SETTINGS.map(([name, option]) => [name, option])));
    if (Object.keys(change).length === 0)
      throw new CliError(EXIT.USAGE, 'Name at least one setting to change.');
    io.begin(`Updating settings of account '${account}'`);
    const settings = await iam.settings.update(await iam.settings.get(), change as Record<string, string>);
    if (input.json) return io.json(settings);
    io.lines(lines(settings));
    io.ok();
  },
};

export const accountSettingsCommands: readonly Command[] = [show, update];

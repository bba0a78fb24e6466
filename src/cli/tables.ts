import type { Command, CommandGroup } from './command.ts';
import { accountCommands } from './commands/account.ts';
import { imageCommands } from './commands/cr/image.ts';
import { infoCommands } from './commands/cr/info.ts';
import { loginCommands } from './commands/cr/login.ts';
import { namespaceCommands } from './commands/cr/namespace.ts';
import { regionCommands } from './commands/cr/region.ts';
import { registryTokenCommands } from './commands/cr/registry-token.ts';
import { tokenSettingsCommands } from './commands/cr/token-settings.ts';
import { apiKeyCommands } from './commands/iam/api-key.ts';
import { oauthTokensCommands } from './commands/iam/oauth-tokens.ts';
import { sessionCommands } from './commands/session.ts';
import { targetCommands } from './commands/target.ts';

/** Every command of the client: help, completion and the reference in docs/cli.md follow these tables. */
export const COMMANDS: readonly Command[] = [...sessionCommands, ...targetCommands, ...accountCommands];

export const GROUPS: readonly CommandGroup[] = [
  {
    name: 'cr',
    summary: 'Namespaces, images and tokens of the container registry',
    commands: [
      ...infoCommands,
      ...loginCommands,
      ...regionCommands,
      ...namespaceCommands,
      ...imageCommands,
      ...registryTokenCommands,
      ...tokenSettingsCommands,
    ],
  },
  {
    name: 'iam',
    summary: 'Identities and what they log in with',
    commands: [...apiKeyCommands, ...oauthTokensCommands],
  },
];

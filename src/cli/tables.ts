import type { Command, CommandGroup } from './command.ts';
import { accountCommands } from './commands/account.ts';
import { accountJoinCommands } from './commands/account-join.ts';
import { accountUserCommands } from './commands/account-user.ts';
import { imageCommands } from './commands/cr/image.ts';
import { infoCommands } from './commands/cr/info.ts';
import { loginCommands } from './commands/cr/login.ts';
import { namespaceCommands } from './commands/cr/namespace.ts';
import { quotaCommands } from './commands/cr/quota.ts';
import { regionCommands } from './commands/cr/region.ts';
import { registryTokenCommands } from './commands/cr/registry-token.ts';
import { tokenSettingsCommands } from './commands/cr/token-settings.ts';
import { collectionCommands } from './commands/gc.ts';
import { accessGroupCommands } from './commands/iam/access-group.ts';
import { accountSettingsCommands } from './commands/iam/account-settings.ts';
import { apiKeyCommands } from './commands/iam/api-key.ts';
import { customRoleCommands } from './commands/iam/custom-role.ts';
import { explainCommands } from './commands/iam/explain.ts';
import { groupMemberCommands } from './commands/iam/group-member.ts';
import { leakedKeyCommands } from './commands/iam/leaked-key.ts';
import { oauthTokensCommands } from './commands/iam/oauth-tokens.ts';
import { policyCommands } from './commands/iam/policy.ts';
import { profileTrustCommands } from './commands/iam/profile-trust.ts';
import { serviceApiKeyCommands } from './commands/iam/service-api-key.ts';
import { serviceIdCommands } from './commands/iam/service-id.ts';
import { trustedProfileCommands } from './commands/iam/trusted-profile.ts';
import { pullSecretCommands } from './commands/pull-secret.ts';
import { resourceGroupCommands } from './commands/resource-group.ts';
import { sessionCommands } from './commands/session.ts';
import { targetCommands } from './commands/target.ts';

/** A long group is read by what its commands are about. */
const under = (heading: string, commands: readonly Command[]): Command[] =>
  commands.map((command) => ({ ...command, heading }));

/** Every command of the client: help, completion and the reference in docs/cli.md follow these tables. */
export const COMMANDS: readonly Command[] = [
  ...sessionCommands,
  ...targetCommands,
  ...accountCommands,
  ...pullSecretCommands,
];

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
      ...quotaCommands,
    ],
  },
  {
    name: 'iam',
    summary: 'Identities, what they log in with, and what they may do',
    commands: [
      ...under('Your API keys:', apiKeyCommands),
      ...under('An API key found in public:', leakedKeyCommands),
      ...under('The session:', oauthTokensCommands),
      ...under('Service IDs and their API keys:', [...serviceIdCommands, ...serviceApiKeyCommands]),
      ...under('Policies, who may do what on what:', policyCommands),
      ...under('Access groups:', [...accessGroupCommands, ...groupMemberCommands]),
      ...under('Roles:', customRoleCommands),
      ...under('Trusted profiles:', [...trustedProfileCommands, ...profileTrustCommands]),
      ...under('Why, and how:', [...explainCommands, ...accountSettingsCommands]),
    ],
  },
  {
    name: 'account',
    summary: 'The account and the people in it',
    commands: [...accountUserCommands, ...accountJoinCommands],
  },
  {
    name: 'resource',
    summary: 'Resource groups, which hold namespaces',
    commands: resourceGroupCommands,
  },
  {
    name: 'gc',
    summary: 'Garbage collection (operator only)',
    commands: collectionCommands,
  },
];

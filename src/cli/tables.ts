import type { Command, CommandGroup } from './command.ts';
import { accountCommands } from './commands/account.ts';
import { accountJoinCommands } from './commands/account-join.ts';
import { accountQuotaCommands } from './commands/account-quota.ts';
import { accountStateCommands } from './commands/account-state.ts';
import { accountUserCommands } from './commands/account-user.ts';
import { auditCommands } from './commands/audit.ts';
import { auditExport } from './commands/audit-export.ts';
import { auditHoldCommands } from './commands/audit-holds.ts';
import { auditSealCommands } from './commands/audit-seals.ts';
import { backupCommands } from './commands/backup.ts';
import { collectionCommands } from './commands/collection.ts';
import { accountOptionCommands } from './commands/cr/account-options.ts';
import { exemptionCommands } from './commands/cr/exemption.ts';
import { holdCommands } from './commands/cr/hold.ts';
import { imageCommands } from './commands/cr/image.ts';
import { imageDeletionCommands } from './commands/cr/image-deletion.ts';
import { imageInspectCommands } from './commands/cr/image-inspect.ts';
import { imageTagCommands } from './commands/cr/image-tag.ts';
import { infoCommands } from './commands/cr/info.ts';
import { loginCommands } from './commands/cr/login.ts';
import { namespaceCommands } from './commands/cr/namespace.ts';
import { protectionCommands } from './commands/cr/protection.ts';
import { quotaCommands } from './commands/cr/quota.ts';
import { regionCommands } from './commands/cr/region.ts';
import { registryTokenCommands } from './commands/cr/registry-token.ts';
import { retentionCommands } from './commands/cr/retention.ts';
import { tokenSettingsCommands } from './commands/cr/token-settings.ts';
import { trashCommands } from './commands/cr/trash.ts';
import { usageCommands } from './commands/cr/usage.ts';
import { vulnerabilityCommands } from './commands/cr/vulnerability.ts';
import { webhookCommands } from './commands/cr/webhook.ts';
import { webhookDeliveryCommands } from './commands/cr/webhook-delivery.ts';
import { credentialProviderCommands } from './commands/credential-provider.ts';
import { doctorCommands } from './commands/doctor.ts';
import { accessGroupCommands } from './commands/iam/access-group.ts';
import { accessGroupMemberCommands } from './commands/iam/access-group-member.ts';
import { accountSettingsCommands } from './commands/iam/account-settings.ts';
import { apiKeyCommands } from './commands/iam/api-key.ts';
import { customRoleCommands } from './commands/iam/custom-role.ts';
import { explainCommands } from './commands/iam/explain.ts';
import { leakedKeyCommands } from './commands/iam/leaked-key.ts';
import { oauthTokensCommands } from './commands/iam/oauth-tokens.ts';
import { policyCommands } from './commands/iam/policy.ts';
import { profileTrustCommands } from './commands/iam/profile-trust.ts';
import { secretsCommands } from './commands/iam/secrets.ts';
import { serviceApiKeyCommands } from './commands/iam/service-api-key.ts';
import { serviceIdCommands } from './commands/iam/service-id.ts';
import { trustedProfileCommands } from './commands/iam/trusted-profile.ts';
import { importCommands } from './commands/import.ts';
import { issuerCommands } from './commands/issuer.ts';
import { pullSecretCommands } from './commands/pull-secret.ts';
import { resourceGroupCommands } from './commands/resource-group.ts';
import { sessionCommands } from './commands/session.ts';
import { signingKeyCommands } from './commands/signing-key.ts';
import { systemCommands } from './commands/system.ts';
import { targetCommands } from './commands/target.ts';
import { trustCommands } from './commands/trust.ts';
import { versionCommands } from './commands/version.ts';

/** Puts commands of a long group under a heading. */
const under = (heading: string, commands: readonly Command[]): Command[] =>
  commands.map((command) => ({ ...command, heading }));

/** Every command of the client. Help and completion are made from these tables, and docs/cli.md is checked against them. */
export const COMMANDS: readonly Command[] = [
  ...sessionCommands,
  ...targetCommands,
  ...accountCommands,
  ...accountStateCommands,
  ...accountQuotaCommands,
  ...pullSecretCommands,
  ...credentialProviderCommands,
  ...issuerCommands,
  ...importCommands,
  ...doctorCommands,
  ...systemCommands,
  ...versionCommands,
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
      ...protectionCommands,
      ...holdCommands,
      ...imageInspectCommands,
      ...imageTagCommands,
      ...imageDeletionCommands,
      ...trashCommands,
      ...registryTokenCommands,
      ...tokenSettingsCommands,
      ...quotaCommands,
      ...usageCommands,
      ...accountOptionCommands,
      ...vulnerabilityCommands,
      ...exemptionCommands,
      ...retentionCommands,
      ...webhookCommands,
      ...webhookDeliveryCommands,
    ],
  },
  {
    name: 'iam',
    summary: 'Identities, their credentials, and what they may do',
    commands: [
      ...under('Your API keys:', apiKeyCommands),
      ...under('An API key that was found in public:', leakedKeyCommands),
      ...under('What expires or is not used:', secretsCommands),
      ...under('The session:', oauthTokensCommands),
      ...under('Service IDs and their API keys:', [...serviceIdCommands, ...serviceApiKeyCommands]),
      ...under('Policies: who may do what, and where:', policyCommands),
      ...under('Access groups:', [...accessGroupCommands, ...accessGroupMemberCommands]),
      ...under('Roles:', customRoleCommands),
      ...under('Trusted profiles:', [...trustedProfileCommands, ...profileTrustCommands]),
      ...under('Decisions and settings:', [...explainCommands, ...accountSettingsCommands]),
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
    name: 'trust',
    summary: 'Builds and workloads that log in without a stored secret',
    commands: trustCommands,
  },
  {
    name: 'audit',
    summary: 'Who did what: the audit log of the account',
    commands: [...auditCommands, auditExport, ...auditSealCommands, ...auditHoldCommands],
  },
  {
    name: 'keys',
    summary: 'Keys that sign tokens: list, rotate, retire (operator only)',
    commands: signingKeyCommands,
  },
  {
    name: 'gc',
    summary: 'Garbage collection (operator only)',
    commands: collectionCommands,
  },
  {
    name: 'backup',
    summary: 'Copies of everything in another place (operator only)',
    commands: backupCommands,
  },
];

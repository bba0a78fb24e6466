/** /v1/accounts/{id}/settings/access_management. Source: IBM IAM Policy Management API, `Access management settings`. */
import { type Static, Type } from 'typebox';

const Interaction = Type.Object({
  state: Type.Union([Type.Literal('enabled'), Type.Literal('limited'), Type.Literal('monitor')]),
  external_allowed_accounts: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 }),
});

const identityTypes = { user: Interaction, service_id: Interaction, service: Interaction };

export const AccessSettings = Type.Object({
  external_account_identity_interaction: Type.Object({ identity_types: Type.Object(identityTypes) }),
});
export type AccessSettings = Static<typeof AccessSettings>;

export const AccessSettingsChange = Type.Object({
  external_account_identity_interaction: Type.Optional(
    Type.Object({ identity_types: Type.Optional(Type.Partial(Type.Object(identityTypes))) }),
  ),
});
export type AccessSettingsChange = Static<typeof AccessSettingsChange>;

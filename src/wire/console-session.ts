/** The session of a person in a browser, /console/session: Tidegate's own. */
import { type Static, Type } from 'typebox';

const Text = (most: number) => Type.String({ minLength: 1, maxLength: most });

const Account = Type.Object({
  id: Type.String(),
  name: Type.String(),
  operates: Type.Optional(Type.Boolean({ description: 'Its Administrators are the operators' })),
});

export const ProviderChoice = Type.Object({
  name: Type.String(),
  label: Type.String({ description: 'What the button says' }),
  sign_in: Type.String({ description: 'Path that leads to the provider' }),
});

export const ConsoleSession = Type.Object({
  signed_in: Type.Boolean(),
  providers: Type.Array(ProviderChoice),
  user: Type.Optional(Type.Object({ iam_id: Type.String(), name: Type.String(), email: Type.String() })),
  account: Type.Optional(Account),
  accounts: Type.Optional(
    Type.Array(Account, { description: 'Those the person may switch to; one where an API key signed in' }),
  ),
  session_id: Type.Optional(Type.String()),
});
export type ConsoleSession = Static<typeof ConsoleSession>;

/** One of an API key, a password with its user name, and a one-time code. */
export const ConsoleSignIn = Type.Object({
  apikey: Type.Optional(Text(8192)),
  user_name: Type.Optional(Text(254)),
  password: Type.Optional(Text(1024)),
  passcode: Type.Optional(Text(200)),
  account: Type.Optional(Text(100)),
});
export type ConsoleSignIn = Static<typeof ConsoleSignIn>;

export const ConsoleTokenRequest = Type.Object({
  account: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'Id of the account to act in; it stays chosen',
    }),
  ),
});
export type ConsoleTokenRequest = Static<typeof ConsoleTokenRequest>;

export const ConsoleToken = Type.Object({
  access_token: Type.String(),
  expires_in: Type.Integer({ description: 'Seconds' }),
  account: Type.String({ description: 'Id' }),
});
export type ConsoleToken = Static<typeof ConsoleToken>;

/** A way to a provider with a purpose. */
export const ProviderJourney = Type.Object({
  issuer: Text(63),
  return: Type.Optional(Text(1000)),
});
export type ProviderJourney = Static<typeof ProviderJourney>;

export const InvitationJourney = Type.Object({
  ...ProviderJourney.properties,
  code: Text(200),
});
export type InvitationJourney = Static<typeof InvitationJourney>;

export const ProviderLocation = Type.Object({
  location: Type.String({ description: 'Address at the provider that the page goes to' }),
});
export type ProviderLocation = Static<typeof ProviderLocation>;

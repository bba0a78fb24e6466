/** Who becomes a user by signing in for the first time. All that is given must hold. */
export interface SignUp {
  /** The account they become members of, with no rights. */
  readonly account: string;
  /** Domains of e-mail addresses that the provider says it verified; undefined where the domain does not matter. */
  readonly emailDomains: readonly string[] | undefined;
  /** Groups of which a person must be in one; undefined where groups do not matter. */
  readonly groups: readonly string[] | undefined;
}

/** What this registry is at an issuer through which people sign in: its client. */
export interface PeopleClient {
  /** What the button says. */
  readonly label: string;
  readonly clientId: string;
  /** Undefined for a public client. A function, so that nothing that prints an issuer prints it. */
  readonly clientSecret: (() => string) | undefined;
  readonly scopes: readonly string[];
  /** More parameters of the authorization request, where a provider needs them to give a refresh token. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Name, e-mail address and groups are read from the provider's userinfo endpoint in place of the ID token. */
  readonly fromUserInfo: boolean;
  readonly groupsClaim: string;
  readonly signUp: SignUp | undefined;
  /** A person who uses a sign-in is looked up at the provider again after so many minutes; */
  readonly recheckMinutes: number;
  /** and while the provider cannot be asked, the sign-in lasts so many minutes more. */
  readonly graceMinutes: number;
}

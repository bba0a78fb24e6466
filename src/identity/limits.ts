/** How many of each an account has at most. IBM's numbers; links and identities have none there and a generous one here. */
export const LIMITS = {
  serviceIdsPerAccount: 2000,
  apiKeysPerIdentity: 20,
  /** Of sessions, and of refresh tokens: the oldest make room. An account may settle for fewer sessions. */
  sessionsPerIdentity: 10_000,
  registryTokensPerAccount: 10_000,
  profilesPerAccount: 2000,
  trustsPerProfile: { rule: 20, link: 200, identity: 200 },
} as const;

import { recordEvent } from '../../audit/events/tx.ts';
import type { Tx } from '../../database/database.ts';
import type { FederatedIdentityRow, SignInRow } from '../../database/federation-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { ClaimsFault } from '../federated-identities/federated-identity.ts';
import * as identities from '../federated-identities/rows.ts';
import * as rows from './rows.ts';
import { type SignIn, signInOfRow } from './sign-in.ts';

/** Sign-ins of one person at one provider that are alive at once: the oldest make room. */
const MOST_SIGN_INS = 100;

/**
 * What a provider said of a person who signs in, ready for a transaction: FederatedIdentities.arrival makes it. Everything
 * random, secret or of the settings is in it already.
 */
export interface NewSignIn {
  readonly id: string;
  /** Of the federated identity where it is a new one. */
  readonly identityId: string;
  /** The name of the declared issuer. */
  readonly issuer: string;
  readonly issuerLink: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  /** As JSON. */
  readonly claims: string;
  readonly claimsFault: ClaimsFault | undefined;
  readonly refreshToken: string | undefined;
  readonly nextCheckAt: number | undefined;
  readonly sid: string | undefined;
  readonly authTime: number;
  readonly at: number;
  readonly keptUntil: number;
}

/**
 * A person signs in: what the provider says replaces what it said before. The first time it ties the provider's subject to
 * the user; who that is, the caller has decided. CONFLICT where the subject is another user's.
 */
export const signIn = async (
  tx: Tx,
  { iamId, accountId, actor, ...given }: NewSignIn & { iamId: string; accountId: string; actor: Actor },
): Promise<SignIn> => {
  const known = await identities.findFederatedIdentityOf(tx.db, given.issuer, given.subject);
  if (known && known.iam_id !== iamId)
    throw new RegistryError('CONFLICT', {
      message: 'this identity of the provider belongs to another user; unlink it there first',
    });
  if (known) await identities.changeFederatedIdentity(tx, known, said(given));
  else await add(tx, iamId, given);
  const row: SignInRow = {
    id: given.id,
    federated_identity_id: known?.id ?? given.identityId,
    iam_id: iamId,
    issuer: given.issuer,
    sid: given.sid ?? null,
    auth_time: given.authTime,
    started_at: given.at,
    ended_at: null,
    kept_until: given.keptUntil,
  };
  const before = await rows.signInsOfIdentity(tx.db, row.federated_identity_id, MOST_SIGN_INS + 1);
  for (const { id } of before.slice(MOST_SIGN_INS - 1)) await rows.endSignIn(tx, id, given.at);
  await rows.insertSignIn(tx, row);
  const event = { accountId, at: given.at, target: iamId, targetType: 'user', targetName: given.issuer };
  const reason = given.claimsFault && CLAIMS_FAULTS[given.claimsFault];
  if (!known) await recordEvent(tx, actor, { ...event, action: 'iam-identity.user-federated.link' });
  await recordEvent(tx, actor, { ...event, action: 'iam-identity.user-federated.login', reason });
  return signInOfRow(row);
};

const add = async (tx: Tx, iamId: string, given: NewSignIn): Promise<void> => {
  const own = await identities.federatedIdentitiesOfUser(tx.db, iamId);
  if (own.length >= identities.MOST_IDENTITIES)
    throw new RegistryError('LIMIT_REACHED', {
      message: `a user has at most ${identities.MOST_IDENTITIES} identities of providers; unlink one first`,
    });
  await identities.insertFederatedIdentity(tx, {
    id: given.identityId,
    issuer: given.issuer,
    subject: given.subject,
    iam_id: iamId,
    created_at: given.at,
    ...said(given),
  });
};

type Said = Omit<FederatedIdentityRow, 'id' | 'issuer' | 'subject' | 'iam_id' | 'created_at'>;

const said = (given: NewSignIn): Said => ({
  email: given.email ?? null,
  name: given.name ?? null,
  issuer_link: given.issuerLink,
  claims: given.claims,
  claims_fault: given.claimsFault ?? null,
  claims_at: given.at,
  refresh_token: given.refreshToken ?? null,
  checked_at: given.at,
  next_check_at: given.nextCheckAt ?? null,
  check_lease: null,
  check_lease_until: null,
  failing_since: null,
  ended_at: null,
});

export const CLAIMS_FAULTS: Readonly<Record<ClaimsFault, string>> = {
  overage:
    'the provider has too many groups for a token and names another place, which is not asked: no groups',
  'too-large': 'the claims are larger than what is kept: no groups',
};

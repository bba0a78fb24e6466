import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { RegistryTokenRow } from '../../database/schema.ts';
import { pages, rowsInTurns } from '../../database/windows.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { Credential } from '../login/credential.ts';
import type { SigningKeys } from '../signing-keys/signing-keys.ts';
import { type AuthOptions, type AuthOptionsChange, authOptionsOf } from './auth-options.ts';
import { type RegistryToken, registryTokenOfRow, rowOfRegistryToken } from './registry-token.ts';
import { claimedTokenId, registryTokenValue } from './registry-token-value.ts';
import { expiredRegistryTokens, findAuthOptions, findRegistryToken, listRegistryTokens } from './rows.ts';
import {
  createRegistryToken,
  readRegistryToken,
  removeExpiredTokens,
  removeRegistryTokens,
  setAuthOptions,
} from './writes.ts';

/** Tokens that one transaction removes. */
const REMOVED_AT_ONCE = 100;

/** An account in a region: what a registry token belongs to. */
export interface TokenScope {
  readonly accountId: string;
  readonly regionId: string;
}

export interface NewRegistryToken extends TokenScope {
  /** The region's host at this moment; kept for re-signing, never compared. */
  readonly issuer: string;
  readonly readonly: boolean;
  readonly namespaceId: string | undefined;
  readonly description: string;
  /** Milliseconds; undefined for one that does not expire. */
  readonly lifetime: number | undefined;
}

/** Registry tokens of 2017: owned by the account, bound to their region, pull or pull and push, and nothing else. */
export class RegistryTokens {
  readonly #database: Database;
  readonly #signingKeys: SigningKeys;
  readonly #clock: Clock;

  constructor(database: Database, signingKeys: SigningKeys, clock: Clock) {
    this.#database = database;
    this.#signingKeys = signingKeys;
    this.#clock = clock;
  }

  /**
   * Creates a token and answers its value. TOKENS_DISCONTINUED where the account takes no new ones, LIMIT_REACHED where it has
   * as many as it may have.
   */
  async create(request: NewRegistryToken, actor: Actor): Promise<string> {
    const key = await this.#signingKeys.current('registry-token');
    const now = this.#clock.now();
    const { accountId, regionId, issuer, namespaceId, description, lifetime } = request;
    const token: RegistryToken = {
      id: version5Uuid(),
      accountId,
      regionId,
      issuer,
      signingKeyId: key.id,
      readonly: request.readonly,
      namespaceId,
      description,
      // the claim has seconds: row and claim must say the same
      expiresAt: lifetime === undefined ? undefined : Math.floor((now + lifetime) / 1000) * 1000,
      createdAt: now,
      createdBy: actor.principal,
      lastUsedAt: undefined,
      useCount: 0,
    };
    await this.#database.write(createRegistryToken, { row: rowOfRegistryToken(token), actor });
    return registryTokenValue(token, key.secret);
  }

  /** The value again: the same as ever while the token lives and its key is not retired. Every reading is audited. */
  async read(scope: TokenScope, id: string, actor: Actor): Promise<string> {
    const token = await this.find(scope, id);
    const key = await this.#signingKeys.find('registry-token', token.signingKeyId);
    if (!key) {
      throw new RegistryError('NOT_FOUND', {
        message: `the key that signed the token ${id} was retired; create a new token and remove this one`,
      });
    }
    await this.#database.write(readRegistryToken, {
      accountId: token.accountId,
      id,
      at: this.#clock.now(),
      actor,
    });
    return registryTokenValue(token, key.secret);
  }

  /** A live token of this account and region; NOT_FOUND for any other. */
  async find({ accountId, regionId }: TokenScope, id: string): Promise<RegistryToken> {
    const row = await findRegistryToken(this.#database.db, id);
    const token = row && registryTokenOfRow(row);
    const isTheirs = token?.accountId === accountId && token.regionId === regionId;
    const isAlive = token?.expiresAt === undefined || token.expiresAt > this.#clock.now();
    if (!token || !isTheirs || !isAlive) throw unknownToken(id);
    return token;
  }

  /** A page in order of ids after `after`, without values, and whether more follow. */
  async list(
    scope: TokenScope,
    after: string,
    limit: number,
  ): Promise<{ tokens: RegistryToken[]; more: boolean }> {
    const now = this.#clock.now();
    const rows = await rowsInTurns<RegistryTokenRow>(limit + 1, (last, most) =>
      listRegistryTokens(this.#database.db, { ...scope, now, after: last?.id ?? after, limit: most }),
    );
    return { tokens: rows.slice(0, limit).map(registryTokenOfRow), more: rows.length > limit };
  }

  /** Throws NOT_FOUND for what is not there, or was removed meanwhile. */
  async remove(scope: TokenScope, id: string, actor: Actor): Promise<void> {
    await this.find(scope, id);
    const removal = { ids: [id], at: this.#clock.now(), actor };
    if ((await this.#database.write(removeRegistryTokens, removal)) === 0) throw unknownToken(id);
  }

  /**
   * Removes every token with this description (IBM's clusters cleaned up so), a piece at a time so that other writes have
   * their turn, and answers when none of those that were there is left.
   */
  async removeDescribed(scope: TokenScope, description: string, actor: Actor): Promise<void> {
    const { db } = this.#database;
    const at = this.#clock.now();
    const read = (last: RegistryTokenRow | undefined) =>
      listRegistryTokens(db, { ...scope, now: at, after: last?.id ?? '', limit: REMOVED_AT_ONCE });
    for await (const rows of pages<RegistryTokenRow>(REMOVED_AT_ONCE, read)) {
      const ids = rows.filter((row) => row.description === description).map(({ id }) => id);
      if (ids.length > 0) await this.#database.write(removeRegistryTokens, { ids, at, actor });
    }
  }

  /** Removes expired tokens, a bounded number at a time; answers how many. */
  async expire(limit: number): Promise<number> {
    const expired = await expiredRegistryTokens(this.#database.db, this.#clock.now(), limit);
    if (expired.length > 0)
      await this.#database.write(removeExpiredTokens, { ids: expired.map(({ id }) => id) });
    return expired.length;
  }

  /**
   * The credential of a token's value, or why it is none, for the log. The value is made again from the row and compared
   * whole, in constant time: no claim, algorithm or key of the sender's choice is ever followed.
   */
  async verify(value: string): Promise<Credential | string> {
    const id = claimedTokenId(value);
    if (id === undefined) return 'this is not a registry token';
    const row = await findRegistryToken(this.#database.db, id);
    if (!row) return 'no registry token has the id this one claims: it was removed, or never was';
    const token = registryTokenOfRow(row);
    const key = await this.#signingKeys.find('registry-token', token.signingKeyId);
    if (!key) return `the key that signed the registry token ${id} was retired`;
    const expected = Buffer.from(registryTokenValue(token, key.secret));
    const given = Buffer.from(value);
    if (expected.length !== given.length || !timingSafeEqual(expected, given))
      return `this is not the value of the registry token ${id}`;
    const { accountId, regionId, expiresAt } = token;
    return {
      kind: 'registry-token',
      principal: { kind: 'registry-token', id, accountId },
      chain: [{ kind: 'registry-token', id }],
      expiresAt,
      regionId,
    };
  }

  async authOptions({ accountId, regionId }: TokenScope): Promise<AuthOptions> {
    return authOptionsOf(await findAuthOptions(this.#database.db, accountId, regionId));
  }

  async setAuthOptions(scope: TokenScope, change: AuthOptionsChange, actor: Actor): Promise<void> {
    await this.#database.write(setAuthOptions, { ...scope, change, at: this.#clock.now(), actor });
  }
}

/** Random, in the form of a version-5 UUID: what clients of 2017 saw. */
const version5Uuid = (): string => {
  const bytes = createHash('sha1').update(randomBytes(20)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

const unknownToken = (id: string): RegistryError =>
  new RegistryError('NOT_FOUND', {
    message: `there is no registry token ${id.slice(0, 100)} in this region; tidegate cr token-list shows them`,
  });

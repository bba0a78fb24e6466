import { randomInt } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId, randomText } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { chainOfLetIn, type LetIn, type LettingIn } from '../login/let-in.ts';
import { DEVICE_LOGIN } from '../login/lifetimes.ts';
import type { MasterKey } from '../master-key.ts';
import { type DeviceLogin, deviceLoginOfRow } from './device-login.ts';
import { endedDeviceLogins, findDeviceLogin, findDeviceLoginOfUserCode } from './rows.ts';
import {
  beginDeviceLogin,
  decideDeviceLogin,
  isSlowed,
  pollDeviceLogin,
  removeEndedDeviceLogins,
} from './writes.ts';

/** RFC 8628, 6.1: no vowels, so that no word comes of it, and nothing that looks alike. 20^8 codes. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const POLL_SECONDS = 5;
/** How long a login is kept after its end, so that its client is told that it has expired. */
const KEPT = 10 * 60_000;

/** A login that was begun. Its codes are kept nowhere. */
export interface BegunDeviceLogin {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly expiresAt: number;
  readonly pollSeconds: number;
}

/** Logins of machines without a browser (RFC 8628): begun there, allowed or denied by a person in a browser elsewhere. */
export class DeviceLogins {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(database: Database, masterKey: MasterKey, clock: Clock) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  async begin(of: Pick<DeviceLogin, 'clientId' | 'machine' | 'address'>): Promise<BegunDeviceLogin> {
    const deviceCode = `tdc_${randomText(32)}`;
    const userCode = newUserCode();
    const now = this.#clock.now();
    const expiresAt = now + DEVICE_LOGIN;
    const row = {
      id: prefixedId('Device'),
      device_hash: this.#hash('device-code', deviceCode),
      user_hash: this.#hash('user-code', userCode),
      client_id: of.clientId,
      machine: of.machine ?? null,
      address: of.address ?? null,
      state: 'waiting' as const,
      poll_seconds: POLL_SECONDS,
      polled_at: null,
      account_id: null,
      iam_id: null,
      chain: null,
      created_at: now,
      expires_at: expiresAt,
    };
    await this.#database.write(beginDeviceLogin, { row });
    return { deviceCode, userCode: printUserCode(userCode), expiresAt, pollSeconds: POLL_SECONDS };
  }

  /** A login that waits under the code a person typed. Throws USER_CODE_INVALID for any other text. */
  async waiting(userCode: string): Promise<DeviceLogin> {
    const code = parseUserCode(userCode);
    const row =
      code === undefined
        ? undefined
        : await findDeviceLoginOfUserCode(this.#database.db, this.#hash('user-code', code));
    if (row?.state !== 'waiting' || row.expires_at <= this.#clock.now())
      throw new RegistryError('USER_CODE_INVALID');
    return deviceLoginOfRow(row);
  }

  /** The person in the browser says yes or no. Throws USER_CODE_INVALID where no login waits for this code any more. */
  async decide(userCode: string, allowed: boolean, by: LettingIn, actor: Actor): Promise<void> {
    const code = parseUserCode(userCode);
    const isDecided =
      code !== undefined &&
      (await this.#database.write(decideDeviceLogin, {
        userHash: this.#hash('user-code', code),
        by: chainOfLetIn(by),
        allowed,
        at: this.#clock.now(),
        actor,
      }));
    if (!isDecided) throw new RegistryError('USER_CODE_INVALID');
  }

  /**
   * What the machine asks from time to time: the login of the person who allowed it, once. Throws LOGIN_PENDING,
   * LOGIN_POLLED_TOO_SOON, LOGIN_DENIED, LOGIN_EXPIRED, GRANT_INVALID.
   */
  async poll(deviceCode: string, clientId: string | undefined): Promise<LetIn> {
    const deviceHash = this.#hash('device-code', deviceCode);
    const now = this.#clock.now();
    // a code that is not known costs no write, nor does a client that does not wait
    const row = await findDeviceLogin(this.#database.db, deviceHash);
    if (!row || row.client_id !== clientId) throw new RegistryError('GRANT_INVALID');
    if (row.state === 'denied') throw new RegistryError('LOGIN_DENIED');
    if (row.expires_at <= now) throw new RegistryError('LOGIN_EXPIRED');
    if (isSlowed(row, now)) throw new RegistryError('LOGIN_POLLED_TOO_SOON');
    const found = await this.#database.write(pollDeviceLogin, { deviceHash, at: now });
    if (found === 'pending') throw new RegistryError('LOGIN_PENDING');
    if (found === 'slow') throw new RegistryError('LOGIN_POLLED_TOO_SOON');
    const { account_id: accountId, iam_id: iamId, chain, machine } = found ?? row;
    // it was used, or denied, in the same moment
    if (!found || accountId === null || iamId === null || chain === null)
      throw new RegistryError('GRANT_INVALID');
    return { kind: 'device-code', accountId, iamId, chain, machine: machine ?? undefined };
  }

  /** Removes what ended a while ago, `limit` at most; answers how many. */
  async expire(limit: number): Promise<number> {
    const ids = await endedDeviceLogins(this.#database.db, this.#clock.now() - KEPT, limit);
    if (ids.length > 0) await this.#database.write(removeEndedDeviceLogins, { ids });
    return ids.length;
  }

  #hash(kind: 'device-code' | 'user-code', code: string): string {
    return this.#masterKey.hashSecret(kind, code);
  }
}

const newUserCode = (): string =>
  Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** In two halves, as people read it. */
const printUserCode = (code: string): string => `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;

/** The code in what a person typed: case, dashes and spaces do not count. */
const parseUserCode = (typed: string): string | undefined => {
  if (typed.length > 50) return undefined;
  const code = typed.toUpperCase().replace(/[\s\p{Pd}]/gu, '');
  return code.length === LENGTH && [...code].every((letter) => LETTERS.includes(letter)) ? code : undefined;
};

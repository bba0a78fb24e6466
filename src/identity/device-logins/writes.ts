import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { DeviceLoginRow } from '../../database/login-schema.ts';
import type { Actor } from '../../principal.ts';
import * as logins from './rows.ts';

/** RFC 8628, 3.5: a client that asks too soon waits so much longer from then on. */
const LONGER = 5;
/** More than this it is never told to wait, in seconds. */
const LONGEST_POLL = 60;
/** Milliseconds by which a question may come early: clients count from the answer, the server from the question before. */
const EARLY = 1000;

// a power cut may lose one that was just begun: its client is told that its code is not known, and begins another
const RELAXED = { relaxed: true };

export const beginDeviceLogin = defineWrite(
  'identity.device-login.begin',
  (tx: Tx, { row }: { row: DeviceLoginRow }): Promise<void> => logins.insertDeviceLogin(tx, row),
  RELAXED,
);

/** Who let a login in, and by which login of their own. */
export interface LetInBy {
  readonly accountId: string;
  readonly iamId: string;
  readonly chain: string;
}

/** Allows a login that waits, or denies it. False where none waits for this code. */
export const decideDeviceLogin = defineWrite(
  'identity.device-login.decide',
  async (
    tx: Tx,
    given: { userHash: string; by: LetInBy; allowed: boolean; at: number; actor: Actor },
  ): Promise<boolean> => {
    const { userHash, by, allowed, at, actor } = given;
    const login = await logins.findDeviceLoginOfUserCode(tx.db, userHash);
    if (login?.state !== 'waiting' || login.expires_at <= at) return false;
    await logins.changeDeviceLogin(tx, login.id, {
      state: allowed ? 'allowed' : 'denied',
      account_id: by.accountId,
      iam_id: by.iamId,
      chain: by.chain,
    });
    await recordEvent(tx, actor, {
      accountId: by.accountId,
      at,
      action: allowed ? 'iam-identity.user-device.allow' : 'iam-identity.user-device.deny',
      target: login.id,
      targetType: 'device-login',
      targetName: login.machine ?? undefined,
    });
    return true;
  },
);

/**
 * What the client that waits is told. `allowed` gives the row and uses it up. A client that asks too soon is told to slow
 * down, and has to wait longer for good.
 */
export const pollDeviceLogin = defineWrite(
  'identity.device-login.poll',
  async (
    tx: Tx,
    { deviceHash, at }: { deviceHash: string; at: number },
  ): Promise<DeviceLoginRow | 'pending' | 'slow' | undefined> => {
    const login = await logins.findDeviceLogin(tx.db, deviceHash);
    if (!login || login.expires_at <= at || login.state === 'denied') return undefined;
    if (login.state === 'allowed') {
      await logins.deleteDeviceLogin(tx, login.id);
      return login;
    }
    if (!isTooSoon(login, at)) {
      await logins.changeDeviceLogin(tx, login.id, { polled_at: at });
      return 'pending';
    }
    const seconds = Math.min(login.poll_seconds + LONGER, LONGEST_POLL);
    await logins.changeDeviceLogin(tx, login.id, { polled_at: at, poll_seconds: seconds });
    return 'slow';
  },
  RELAXED,
);

export const removeEndedDeviceLogins = defineWrite(
  'identity.device-login.expire',
  async (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => {
    for (const id of ids) await logins.deleteDeviceLogin(tx, id);
  },
);

/** Whether a client asks again before it should. */
export const isTooSoon = (row: DeviceLoginRow, at: number): boolean =>
  row.polled_at !== null && at < row.polled_at + row.poll_seconds * 1000 - EARLY;

/** A client that is told to wait as long as it ever is: its questions that come too soon change nothing. */
export const isSlowed = (row: DeviceLoginRow, at: number): boolean =>
  row.state === 'waiting' && row.poll_seconds >= LONGEST_POLL && isTooSoon(row, at);

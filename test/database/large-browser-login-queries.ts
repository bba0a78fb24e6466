import type { Connection, Db, Tx } from '../../src/database/database.ts';
import { transaction } from '../../src/database/transaction.ts';
import * as deviceLogins from '../../src/identity/device-logins/rows.ts';
import * as loginGrants from '../../src/identity/login-grants/rows.ts';
import * as attempts from '../../src/identity/sign-in-attempts/rows.ts';

const inTx = (db: Db): Tx => transaction(db as Connection, []);

/** Queries of logins that wait for a browser, whose tables may be large. */
export const BROWSER_LOGIN_QUERIES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  'a device login': (db) => deviceLogins.findDeviceLogin(db, 'd1'),
  'a device login by what a person typed': (db) => deviceLogins.findDeviceLoginOfUserCode(db, 'u1'),
  'device logins that ended': (db) => deviceLogins.endedDeviceLogins(db, 1, 10),
  'device logins that a person let in': (db) => deviceLogins.deleteDeviceLoginsOf(inTx(db), 'a', 'i'),
  'login grants of a person': (db) => loginGrants.deleteLoginGrantsOf(inTx(db), 'a', 'i'),
  'a login grant': (db) => loginGrants.findLoginGrant(db, 'c1'),
  'login grants that ended': (db) => loginGrants.endedLoginGrants(db, 1, 10),
  'an attempt to sign in': (db) => attempts.findSignInAttempt(db, 's'),
  'attempts of a network': (db) => attempts.attemptsOfNetwork(db, 'n', 200),
  'whether there are many attempts': (db) => attempts.hasMoreAttempts(db, 10),
  'expired attempts': (db) => attempts.expiredSignInAttempts(db, 1, 10),
};

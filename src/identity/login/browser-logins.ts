import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { DeviceLogins } from '../device-logins/device-logins.ts';
import { LoginGrants } from '../login-grants/login-grants.ts';
import type { MasterKey } from '../master-key.ts';

export type { DeviceLogin } from '../device-logins/device-login.ts';
export type { DeviceLogins } from '../device-logins/device-logins.ts';
export type { LoginRequest } from '../login-grants/login-grant.ts';
export type { LoginGrants } from '../login-grants/login-grants.ts';
export type { LetIn, LettingIn } from './let-in.ts';

/** How a person in a browser lets a command line in. */
export const openBrowserLogins = (database: Database, masterKey: MasterKey, clock: Clock) => ({
  deviceLogins: new DeviceLogins(database, masterKey, clock),
  loginGrants: new LoginGrants(database, masterKey, clock),
});

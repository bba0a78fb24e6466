import { randomBytes } from 'node:crypto';
import { freePort } from './free-port.ts';

/** Settings for one registry on fresh engines. */
type FreshEngines = () => Promise<Record<string, string>>;

let fresh: FreshEngines | undefined;

/** From now on every TestRegistry of this process runs on engines these settings name. */
export const useEngines = (engines: FreshEngines): void => {
  fresh = engines;
};

/** What a registry under test gets beside its own settings; nothing for SQLite and files. */
export const freshEngines = async (): Promise<Record<string, string>> => {
  if (!fresh) return {};
  const listen = `127.0.0.1:${await freePort()}`;
  return {
    TIDEGATE_LISTEN: listen,
    TIDEGATE_EXTERNAL_URL: `http://${listen}`,
    ...(await fresh()),
    TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
  };
};

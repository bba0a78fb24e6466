import { randomBytes } from 'node:crypto';
import { freePort } from './free-port.ts';

/** Settings for one registry on fresh engines. */
type FreshEngines = () => Promise<Record<string, string>>;

let fresh: FreshEngines | undefined;

/** From now on every registry that this process starts for a test runs on engines these settings name. */
export const useEngines = (engines: FreshEngines): void => {
  fresh = engines;
};

/** Whether registries run on SQLite and files, in their data folder. */
export const isEmbedded = (): boolean => fresh === undefined;

/** What a registry under test gets beside its own settings; nothing for SQLite and files. */
export const freshEngines = async (scheme: 'http' | 'https' = 'http'): Promise<Record<string, string>> => {
  if (!fresh) return {};
  const listen = `127.0.0.1:${await freePort()}`;
  return {
    TIDEGATE_LISTEN: listen,
    TIDEGATE_EXTERNAL_URL: `${scheme}://${listen}`,
    ...(await fresh()),
    TIDEGATE_MASTER_KEY: randomBytes(32).toString('base64'),
  };
};

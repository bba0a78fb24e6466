import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { Streams } from './io.ts';
import { replacePrivately } from './private-file.ts';

/** What the client remembers between commands. Never an API key. */
export interface Remembered {
  /** The last server that was logged in to. A logout keeps it. */
  readonly endpoint?: string;
  /** The region chosen by region-set; absent for the endpoint's own region. */
  readonly target?: Target;
  /** ID of the resource group for new namespaces; absent for the account's default group. */
  readonly resourceGroup?: string;
  readonly session?: Session;
}

/** A region, and which of its host names is used for it. */
export interface Target {
  readonly region: string;
  readonly host: string;
}

export interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/**
 * The folder of config.json: TIDEGATE_HOME, else `tidegate` in the platform's folder for settings.
 * Source: XDG Base Directory Specification (it says to ignore a relative XDG_CONFIG_HOME).
 */
export const configFolder = (env: Streams['env'], platform: NodeJS.Platform = process.platform): string => {
  if (env.TIDEGATE_HOME) return env.TIDEGATE_HOME;
  const xdg = env.XDG_CONFIG_HOME;
  if (xdg && isAbsolute(xdg)) return join(xdg, 'tidegate');
  const home = env.HOME || homedir();
  if (platform === 'win32') return join(env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'tidegate');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'tidegate');
  return join(home, '.config', 'tidegate');
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value ? value : undefined;

const sessionOf = (value: unknown): Session | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { accessToken, refreshToken } = value as Record<string, unknown>;
  const [access, refresh] = [textOf(accessToken), textOf(refreshToken)];
  return access && refresh ? { accessToken: access, refreshToken: refresh } : undefined;
};

const HOST = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

const targetOf = (value: unknown): Target | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { region, host } = value as Record<string, unknown>;
  const [name, hostName] = [textOf(region), textOf(host)];
  return name && hostName && HOST.test(hostName) ? { region: name, host: hostName } : undefined;
};

const rememberedOf = (text: string): Remembered => {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new SyntaxError('not an object');
  const fields = value as Record<string, unknown>;
  const [endpoint, target] = [textOf(fields.endpoint), targetOf(fields.target)];
  const session = sessionOf(fields.session);
  const resourceGroup = textOf(fields.resourceGroup);
  return {
    ...(endpoint ? { endpoint } : {}),
    ...(target ? { target } : {}),
    ...(resourceGroup ? { resourceGroup } : {}),
    ...(session ? { session } : {}),
  };
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** config.json. It is replaced by a rename, so that a reader gets the old text or the new one, never a part. */
export class SessionFile {
  readonly folder: string;
  readonly path: string;

  constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, 'config.json');
  }

  /** Empty where there is no file. */
  read(): Remembered {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return {};
      throw new CliError(EXIT.FAILED, `Cannot read ${this.path}: ${reasonOf(error)}.`, { cause: error });
    }
    try {
      return rememberedOf(text);
    } catch (error) {
      throw new CliError(EXIT.FAILED, `${this.path} is damaged. Delete it and log in again.`, {
        cause: error,
      });
    }
  }

  /** Replaces the file; only its owner can read it. */
  write(remembered: Remembered): void {
    try {
      replacePrivately(this.path, `${JSON.stringify(remembered, null, 2)}\n`);
    } catch (error) {
      throw new CliError(EXIT.FAILED, `Cannot write ${this.path}: ${reasonOf(error)}.`, { cause: error });
    }
  }

  /** Remembers another target; undefined stands for the endpoint's own region. */
  aim(target: Target | undefined): void {
    const { target: _, ...rest } = this.read();
    this.write(target ? { ...rest, target } : rest);
  }

  /**
   * Replaces `old` by a renewed session. Where another command has logged in or out in the meantime, it changes
   * nothing: that command is newer.
   */
  renew(old: Session, renewed: Session): void {
    const latest = this.read();
    if (latest.session?.refreshToken === old.refreshToken) this.write({ ...latest, session: renewed });
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

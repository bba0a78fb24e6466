import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Io, Streams } from './io.ts';

/** The machine that the client runs on, as far as a login of a person needs it. */
export interface Machine {
  /** Stands in the list of sessions. */
  readonly name: string;
  /** Shows a page to the person who sits at it. False where it cannot. */
  openBrowser(url: string): Promise<boolean>;
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The program that opens an address; undefined where no person sees a browser of this machine. */
const openerOf = ({ env }: Pick<Streams, 'env'>): readonly string[] | undefined => {
  if (env.SSH_CONNECTION || env.SSH_TTY) return undefined;
  if (env.BROWSER) return [env.BROWSER];
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : undefined;
};

export const thisMachine = ({ env }: Pick<Streams, 'env'>): Machine => ({
  name: hostname(),
  async openBrowser(url) {
    const [command, ...words] = openerOf({ env }) ?? [];
    if (command === undefined) return false;
    const child = spawn(command, [...words, url], { env: { ...env }, stdio: 'ignore', detached: true });
    try {
      await once(child, 'spawn');
    } catch {
      return false;
    }
    child.unref();
    return true;
  },
  async pause(milliseconds, signal) {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  },
});

/** What a login of a person needs beside the server. */
export interface LoginPlace {
  readonly io: Io;
  readonly machine: Machine;
  readonly clock: Clock;
}

import { configFolder, SessionFile } from '../cli/session.ts';

/** What the command at a running server understands. Any other flag is a setting of the installation on this machine. */
const CLIENT_FLAGS = ['--output', '--force', '--help'];

/**
 * Whether `tidegate keys` works on this machine's installation, whose server is stopped: where a setting or `--offline`
 * is given, and where there is no login to a running server.
 */
export const isOffline = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): boolean => {
  const flags = args.filter((arg) => arg.startsWith('-'));
  if (flags.some((flag) => flag === '--help' || flag === '-h')) return false;
  const isSetting = (flag: string): boolean =>
    flag.startsWith('--') && !CLIENT_FLAGS.includes(flag.split('=', 1)[0] ?? '');
  if (flags.some(isSetting)) return true;
  return new SessionFile(configFolder(env)).read().session === undefined;
};

import { resolve } from 'node:path';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { ConfigError, type Loaded, loadConfig, SETTINGS_FILE } from '../config/load.ts';
import { RegistryError } from '../errors.ts';
import { backup } from './backup.ts';
import { backupArguments } from './backup-arguments.ts';
import { printConfig } from './config.ts';
import { init } from './init.ts';
import { signingKeys } from './keys.ts';
import { keysArguments, keysRequest } from './keys-arguments.ts';
import { migrateStorage } from './migrate-storage.ts';
import { resetOwnerKey } from './owner-key-reset.ts';
import { restore } from './restore.ts';
import { RESTORE_USAGE, restoreArguments } from './restore-arguments.ts';
import { serve } from './serve.ts';
import { UsageError } from './usage-error.ts';
import { verify } from './verify.ts';

/** Runs an operator command; answers the exit code. What is wrong goes to standard error, with what to do. */
export const runOperator = async (command: string, args: readonly string[]): Promise<number> => {
  // SQLite takes the mode of its files from here: in a folder that others may enter, they would read the database
  process.umask(0o077);
  try {
    if (command === 'backup') {
      const { own, settings } = backupArguments(args);
      return await backup(load(parse(settings).flags), own);
    }
    if (command === 'restore') return await runRestore(args);
    if (command === 'init') return await runInit(args);
    if (command === 'keys') return await runKeys(args);
    const { words, flags } = parse(args);
    if (command !== 'verify') return await run(command, load(flags), words);
    // these are the command's own; every other flag is a setting
    const { '--repair': repair, '--accept': accept, ...settings } = flags;
    return await verify(load(settings), words, { repair, accept });
  } catch (error) {
    if (process.env.NODE_DEBUG?.includes('tidegate')) console.error(error);
    const reason = error instanceof RegistryError && error.reason ? ` (${error.reason})` : '';
    console.error(`tidegate: ${(error as Error).message}${reason}`);
    return exitCodeOf(error);
  }
};

/** As docs/cli.md has them for both halves of the program. */
const exitCodeOf = (error: unknown): number => {
  if (error instanceof CliError) return error.exitCode;
  return error instanceof ConfigError && error.isOfCommandLine ? EXIT.USAGE : EXIT.FAILED;
};

/**
 * SQLite reads where its temporary files go once, when its first database is opened, and for all threads. Nothing but
 * the data folder need be writable, and no row gets into a folder that others can read.
 */
const load = (flags: Readonly<Record<string, string>>): Loaded => {
  const loaded = loadConfig(flags, process.env);
  process.env.SQLITE_TMPDIR ??= resolve(loaded.config.data);
  return loaded;
};

const run = (command: string, loaded: Loaded, words: readonly string[]): Promise<number> | number => {
  refuseWords(words);
  if (command === 'serve') return serve(loaded);
  if (command === 'config') return printConfig(loaded);
  if (command === 'migrate-storage') return migrateStorage(loaded);
  return resetOwnerKey(loaded);
};

const runKeys = async (args: readonly string[]): Promise<number> => {
  const { json, settings } = keysArguments(args);
  const { words, flags } = parse(settings);
  const asked = keysRequest(words);
  return await signingKeys(load(flags), asked, json);
};

const runRestore = async (args: readonly string[]): Promise<number> => {
  const { own, settings } = restoreArguments(args);
  const { words, flags } = parse(settings);
  if (words.length > 0) throw new UsageError(RESTORE_USAGE);
  return await restore(load(flags), own);
};

const runInit = (args: readonly string[]): Promise<number> => {
  const force = args.some((arg) => arg === '-f' || arg === '--force');
  const { words, flags } = parse(args.filter((arg) => arg !== '-f' && arg !== '--force'));
  refuseWords(words);
  const { '--output': output = SETTINGS_FILE, ...settings } = flags;
  return init(settings, { output, force });
};

const refuseWords = ([stray]: readonly string[]): void => {
  if (stray === undefined) return;
  throw new UsageError(
    `${stray} is not understood; settings are flags such as --data ./data (tidegate config lists them)`,
  );
};

/** Words, and flags: `--data ./x`, `--data=./x`, and a lone `--insecure-http` for true. */
const parse = (args: readonly string[]): { words: string[]; flags: Record<string, string> } => {
  const words: string[] = [];
  const flags: Record<string, string> = {};
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    const equals = arg.indexOf('=');
    const next = args[index + 1];
    if (!arg.startsWith('--')) words.push(arg);
    else if (equals > 0) flags[arg.slice(0, equals)] = arg.slice(equals + 1);
    else if (next === undefined || next.startsWith('--')) flags[arg] = 'true';
    else {
      flags[arg] = next;
      index++;
    }
  }
  return { words, flags };
};

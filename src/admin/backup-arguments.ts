import { UsageError } from './usage-error.ts';

/** What `tidegate backup --offline …` is asked for. */
export interface BackupArguments {
  readonly action: 'take' | 'status' | 'list' | 'verify' | 'prune' | 'confirm-key';
  /** --to or --from. */
  readonly place?: string;
  readonly snapshot?: string;
  readonly privateKey?: string;
  readonly keep?: string;
  readonly olderThan?: string;
  readonly keyFile?: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

const ACTIONS = ['status', 'list', 'verify', 'prune', 'confirm-key'] as const;

/** Flags of the command's own that take a value, and the action they belong to. */
const VALUES: Readonly<Record<string, keyof BackupArguments>> = {
  '--to': 'place',
  '--from': 'place',
  '--snapshot': 'snapshot',
  '--private-key': 'privateKey',
  '--keep': 'keep',
  '--older-than': 'olderThan',
  '--key-file': 'keyFile',
};

const USAGE =
  'usage: tidegate backup --offline [--to PLACE] | status | list | verify | prune | confirm-key [settings]; tidegate backup --help lists the flags';

/** The command's own words and flags; every other flag is a setting. */
export const backupArguments = (args: readonly string[]): { own: BackupArguments; settings: string[] } => {
  const own: Record<string, string> = {};
  const on = new Set<string>();
  const words: string[] = [];
  const settings: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const [flag = '', given] = (args[index] ?? '').split(/=(.*)/s, 2);
    const value = (): string => given ?? args[++index] ?? '';
    const name = VALUES[flag];
    if (name !== undefined) own[name] = needed(flag, value());
    else if (flag === '-o' || flag === '--output') onlyJson(value(), on);
    else if (['--offline', '--dry-run', '-f', '--force'].includes(flag)) on.add(flag);
    else if (flag.startsWith('--')) {
      const isAlone = given !== undefined || (args[index + 1] ?? '-').startsWith('-');
      settings.push(...(isAlone ? [args[index] ?? ''] : [flag, args[++index] ?? '']));
    } else words.push(flag);
  }
  const [word, ...others] = words;
  const action = word === undefined ? 'take' : ACTIONS.find((each) => each === word);
  if (action === undefined || others.length > 0) throw new UsageError(USAGE);
  const isForced = on.has('-f') || on.has('--force');
  return {
    own: { ...own, action, dryRun: on.has('--dry-run'), force: isForced, json: on.has('json') },
    settings,
  };
};

const needed = (flag: string, value: string): string => {
  if (value !== '') return value;
  throw new UsageError(`${flag} needs a value`);
};

const onlyJson = (value: string, on: Set<string>): void => {
  if (value.toLowerCase() !== 'json') throw new UsageError('the only other output is json');
  on.add('json');
};

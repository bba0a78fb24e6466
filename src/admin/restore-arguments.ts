import { UsageError } from './usage-error.ts';

/** What `tidegate restore` takes beside settings. */
export interface RestoreArguments {
  /** A folder, or s3://bucket/prefix?… */
  readonly from: string;
  /** The id of a snapshot; without it the newest one. */
  readonly snapshot: string | undefined;
  /** The file of the private key that opens a sealed target. */
  readonly privateKey: string | undefined;
  readonly revived: 'keep' | 'disable';
  readonly force: boolean;
  readonly json: boolean;
  readonly withoutDamaged: boolean;
  readonly drill: boolean;
  /** Of a drill: an image to pull, as namespace/name:tag; without it any. */
  readonly image: string | undefined;
}

export const RESTORE_USAGE =
  'usage: tidegate restore --from DIR|s3://… [--snapshot ID] [--private-key FILE] [--revived keep|disable] [--without-damaged] [-f] [-o json] [settings], or tidegate restore --drill --from … [--image NAME]';

const VALUES = ['--from', '--snapshot', '--private-key', '--revived', '--image', '-o', '--output'] as const;
const SWITCHES = ['-f', '--force', '--drill', '--without-damaged'] as const;

/** Takes the command's own arguments out; the rest are settings. */
export const restoreArguments = (
  args: readonly string[],
): { own: RestoreArguments; settings: readonly string[] } => {
  const values: Partial<Record<(typeof VALUES)[number], string>> = {};
  const switches = new Set<string>();
  const settings: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [name = '', given] = arg.startsWith('--') ? split(arg) : [arg, undefined];
    const value = VALUES.find((each) => each === name);
    if (value !== undefined) values[value] = given ?? args[++at] ?? '';
    else if (SWITCHES.some((each) => each === arg)) switches.add(arg);
    else settings.push(arg);
  }
  const output = values['-o'] ?? values['--output'];
  const revived = values['--revived'] ?? 'keep';
  const from = values['--from'] ?? '';
  if (from === '' || (output ?? 'json') !== 'json' || (revived !== 'keep' && revived !== 'disable'))
    throw new UsageError(RESTORE_USAGE);
  return {
    own: {
      from,
      snapshot: values['--snapshot'],
      privateKey: values['--private-key'],
      revived,
      force: switches.has('-f') || switches.has('--force'),
      json: output === 'json',
      withoutDamaged: switches.has('--without-damaged'),
      drill: switches.has('--drill'),
      image: values['--image'],
    },
    settings,
  };
};

const split = (arg: string): [string, string | undefined] => {
  const equals = arg.indexOf('=');
  return equals < 0 ? [arg, undefined] : [arg.slice(0, equals), arg.slice(equals + 1)];
};

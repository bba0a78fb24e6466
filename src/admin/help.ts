import { flagOf, SETTINGS, type SettingKey } from '../config/settings.ts';

/** The words a command takes beside settings, and what they mean. */
const WORDS: Readonly<Record<string, readonly [words: string, meaning: string]>> = {
  init: [
    '[--output FILE] [-f]',
    [
      'On a terminal it asks where everything is kept, how clients reach the registry, and whether records and images lie in the',
      'folder or in PostgreSQL and S3. What is given as a flag is not asked. Without a terminal the flags are all there is, and one must be given.',
      'It writes tidegate.yaml, which serve and the other commands read in the folder where they are started. -f does not ask',
      'before it writes over a file.',
    ].join('\n'),
  ],
  keys: [
    'list | rotate PURPOSE | retire KEY',
    'retire refuses everything the key has signed, and lists the registry tokens among it.',
  ],
  verify: [
    '[--repair] [--accept]',
    '--repair takes out blobs whose bytes are gone or damaged. --accept takes a database and bytes that are not of one time as they are.',
  ],
  restore: [
    '--from DIR|s3://… [--snapshot ID] [--private-key FILE] [--revived keep|disable] [--without-damaged] [-f] [-o json]',
    [
      'The settings name the place, which must be empty: an empty data folder, or an empty database and an empty bucket prefix.',
      '-f does not ask; nothing is ever overwritten. --snapshot: the newest one without it. --private-key opens a sealed target.',
      "--revived=disable disables users' own API keys, for where no journal tells which were deleted after the backup.",
      '--without-damaged goes on where the backup misses bytes of some blobs. --drill restores into a temporary place, starts a',
      'server there, verifies it, pulls an image (--image NAME) and removes all of it.',
    ].join('\n'),
  ],
};

/** What `tidegate COMMAND --help` prints for a command of the operator. */
export const operatorHelp = (command: string, summary: string): string => {
  const [words, meaning] = WORDS[command] ?? [];
  const keys = Object.keys(SETTINGS) as SettingKey[];
  return `${[
    `Usage: tidegate ${[command, words].filter(Boolean).join(' ')} [--config FILE] [settings]`,
    '',
    `${summary}.`,
    ...(meaning ? [meaning] : []),
    '',
    'Every setting is a flag, an environment variable and a line of the YAML file given by --config:',
    ...keys.flatMap((key) => [`  ${flagOf(key)}, ${SETTINGS[key].env}`, `      ${SETTINGS[key].doc}`]),
  ].join('\n')}\n`;
};

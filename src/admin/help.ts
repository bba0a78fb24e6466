import { flagOf, SETTINGS, type SettingKey } from '../config/settings.ts';

/** The words a command takes beside settings, and what they mean. */
const WORDS: Readonly<Record<string, readonly [words: string, meaning: string]>> = {
  keys: [
    'list | rotate PURPOSE | retire KEY',
    'retire refuses everything the key has signed, and lists the registry tokens among it.',
  ],
  verify: [
    '[--repair] [--accept]',
    '--repair takes out blobs whose bytes are gone or damaged. --accept takes a database and bytes that are not of one time as they are.',
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

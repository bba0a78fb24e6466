import { stringify } from 'yaml';

const HEAD = [
  '# Settings of Tidegate, written by `tidegate init`. `tidegate config` prints what is in force and where each value',
  '# comes from; the environment and flags win over this file.',
];

/** Settings, named by their flags, as the file that `loadConfig` reads. */
export const settingsText = (settings: Readonly<Record<string, string>>): string => {
  const lines = Object.entries(settings).map(([flag, text]) => [flag.slice(2).replaceAll('-', '_'), text]);
  return `${HEAD.join('\n')}\n${stringify(Object.fromEntries(lines), { lineWidth: 0 })}`;
};

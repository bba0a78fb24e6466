import type { Loaded } from '../config/load.ts';
import { flagOf, SETTINGS, type SettingKey } from '../config/settings.ts';

/** `tidegate config`: every setting, its value in force (secrets hidden), where it came from, and what it means. */
export const printConfig = ({ texts, sources }: Loaded): number => {
  for (const key of Object.keys(SETTINGS) as SettingKey[]) {
    const { env, doc } = SETTINGS[key];
    process.stdout.write(
      `${env} = ${texts[key] ?? '(not set)'}   [${sources[key]}; ${flagOf(key)}]\n    ${doc}\n`,
    );
  }
  return 0;
};

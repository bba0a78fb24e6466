import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { SettingError } from './values.ts';

/** Checks of the files that a setting names. Each throws a SettingError that says where the file is wrong. */

/** Characters of the longest file. */
const LONGEST_FILE = 1 << 20;

export const readYaml = (path: string): unknown => {
  try {
    const content = readFileSync(path, 'utf8');
    if (content.length > LONGEST_FILE) throw new Error('it is longer than 1 MiB');
    return parse(content);
  } catch (error) {
    throw new SettingError(`names a file that cannot be used: ${path} (${(error as Error).message})`);
  }
};

/** Keys and values; `what` says of what part of the file. */
export const recordOf = (value: unknown, what: string): Record<string, unknown> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new SettingError(`must have keys and values in ${what}`);
};

/** What is left of a part once the known keys are taken out of it must be nothing. */
export const refuseOthers = (others: object, where: string): void => {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new SettingError(`${where} has an unknown key ${unknown}`);
};

export const textOf = (value: unknown, at: string, key: string, longest: number): string => {
  if (typeof value === 'string' && value !== '' && value.length <= longest) return value;
  throw new SettingError(`${at} needs ${key}, a text of at most ${longest} characters`);
};

export const textsOf = (value: unknown, at: string, key: string, longest: number): string[] => {
  if (!Array.isArray(value) || value.length === 0 || value.length > 100)
    throw new SettingError(`${at} needs ${key}, a list of 1 to 100 texts`);
  return value.map((each) => textOf(each, at, key, longest));
};

import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { SettingError } from './values.ts';

/** Checks of the files that a setting names. Each throws a SettingError that says where the file is wrong. */

/** Characters of the longest file. */
const LONGEST_FILE = 1 << 20;

/**
 * What a YAML file holds. The error says the line and never what stands there: it may be a secret, and the error goes to a log.
 * Throws a plain Error; readYaml throws a SettingError.
 */
export const yamlIn = (path: string): unknown => {
  const content = readFileSync(path, 'utf8');
  if (content.length > LONGEST_FILE) throw new Error('it is longer than 1 MiB');
  try {
    return parse(content, { logLevel: 'error' });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw new Error('it is no YAML');
    const [at] = error.linePos ?? [];
    const place = at ? `line ${at.line}, column ${at.col}` : 'a line';
    throw new Error(`${place} is no YAML: ${error.code}; a text with a colon or a # needs quotes`);
  }
};

export const readYaml = (path: string): unknown => {
  try {
    return yamlIn(path);
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

import { readFile } from 'node:fs/promises';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { askSecret } from './prompt.ts';

/** The secret without the line end that editors add to a file. */
const lineIn = (text: string): string => text.replace(/\r?\n$/, '');

/** The secret that an option gives: the value itself, `@FILE`, or `-` for standard input. */
export const secretOf = async (io: Io, option: string, what: string): Promise<string> => {
  if (option === '-') return lineIn(await io.read());
  if (!option.startsWith('@')) return option;
  try {
    return lineIn(await readFile(option.slice(1), 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.USAGE, `Cannot read the ${what}: ${reason}.`, { cause: error });
  }
};

/** The API key in a text: the bare key, or the `apikey` of a key file in JSON. Empty where there is none. */
export const keyIn = (text: string): string => {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return trimmed;
  try {
    const { apikey }: { apikey?: unknown } = JSON.parse(trimmed);
    return typeof apikey === 'string' ? apikey : '';
  } catch {
    return '';
  }
};

/** The secret of an option; without the option, the answer on a terminal; undefined where there is neither. */
export const secretOrQuestion = async (
  io: Io,
  option: string | undefined,
  what: string,
  question: string,
): Promise<string | undefined> => {
  if (option !== undefined) return secretOf(io, option, what);
  return io.interactive ? askSecret(io, question) : undefined;
};

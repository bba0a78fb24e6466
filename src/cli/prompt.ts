import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

const prompts = () => import('@inquirer/prompts');

interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

const STOPPED: Readonly<Record<string, string>> = {
  ExitPromptError: 'Interrupted.',
  AbortPromptError: 'The input ended before the question was answered.',
};

/**
 * Asks one question. Ctrl-C ends it, and so does the end of the input: Ctrl-D, or a closed terminal. At the end of the
 * input the library stops reading and never answers; Node would then end the process with a warning.
 */
const asked = async <T>(io: Io, question: (terminal: Terminal) => Promise<T>): Promise<T> => {
  const { stdin: input, stderr: output } = io.streams;
  const ended = new AbortController();
  // an answer stops the reading too, but it arrives before this runs
  const onPause = () => void setImmediate(() => ended.abort());
  input.once('pause', onPause);
  try {
    return await question({ input, output, signal: ended.signal });
  } catch (error) {
    const message = error instanceof Error ? STOPPED[error.name] : undefined;
    throw message === undefined ? error : new CliError(EXIT.INTERRUPTED, message, { cause: error });
  } finally {
    input.off('pause', onPause);
  }
};

/** Asks for a secret, which does not appear on the terminal. */
export const askSecret = async (io: Io, message: string): Promise<string> => {
  const { password } = await prompts();
  return asked(io, (terminal) => password({ message, mask: '*', toggleMask: false }, terminal));
};

/** Asks for a line of text; it may be empty. */
export const askText = async (io: Io, message: string): Promise<string> => {
  const { input } = await prompts();
  return asked(io, (terminal) => input({ message }, terminal));
};

export interface Choice<T> {
  /** Its line in the list. */
  readonly name: string;
  readonly value: T;
}

/** Asks for one item of a list. The cursor starts at `current`. */
export const askChoice = async <T>(
  io: Io,
  message: string,
  choices: readonly Choice<T>[],
  current: T | undefined,
): Promise<T> => {
  const { select } = await prompts();
  const start = current === undefined ? {} : { default: current };
  return asked(io, (terminal) => select({ message, choices, loop: false, pageSize: 15, ...start }, terminal));
};

/** Whether the person says yes. `force` is a yes; without a terminal to ask on it throws. */
export const confirmed = async (io: Io, message: string, force: boolean): Promise<boolean> => {
  if (force) return true;
  if (!io.interactive) {
    throw new CliError(
      EXIT.USAGE,
      'This needs a confirmation and there is no terminal to ask on. Use -f to go ahead.',
    );
  }
  const { confirm } = await prompts();
  return asked(io, (terminal) => confirm({ message, default: false }, terminal));
};

/** Throws unless the person says yes. */
export const confirmOrStop = async (io: Io, message: string, force: boolean): Promise<void> => {
  if (await confirmed(io, message, force)) return;
  throw new CliError(EXIT.FAILED, 'Nothing was changed.');
};

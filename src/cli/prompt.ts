import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

const prompts = () => import('@inquirer/prompts');

const terminalOf = ({ streams }: Io) => ({ input: streams.stdin, output: streams.stderr });

/** Ctrl-C and a closed terminal both end a question without an answer. */
const answered = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
    throw new CliError(EXIT.INTERRUPTED, 'Interrupted.', { cause: error });
  }
};

/** Asks for a secret, which does not appear on the terminal. */
export const askSecret = async (io: Io, message: string): Promise<string> => {
  const { password } = await prompts();
  return answered(password({ message, mask: '*', toggleMask: false }, terminalOf(io)));
};

/** Asks for a line of text; it may be empty. */
export const askText = async (io: Io, message: string): Promise<string> => {
  const { input } = await prompts();
  return answered(input({ message }, terminalOf(io)));
};

export interface Choice<T> {
  /** The line in the list. */
  readonly name: string;
  readonly value: T;
}

/** Asks for one of a list; the cursor begins at `current`. */
export const askChoice = async <T>(
  io: Io,
  message: string,
  choices: readonly Choice<T>[],
  current: T | undefined,
): Promise<T> => {
  const { select } = await prompts();
  const start = current === undefined ? {} : { default: current };
  return answered(select({ message, choices, loop: false, pageSize: 15, ...start }, terminalOf(io)));
};

/** Whether somebody says yes, or `force` said so already; where nobody can be asked it refuses. */
export const confirmed = async (io: Io, message: string, force: boolean): Promise<boolean> => {
  if (force) return true;
  if (!io.interactive) {
    throw new CliError(
      EXIT.USAGE,
      'This needs a confirmation and there is no terminal to ask on. Use -f to go ahead.',
    );
  }
  const { confirm } = await prompts();
  return answered(confirm({ message, default: false }, terminalOf(io)));
};

/** Goes on only after a yes. */
export const confirmOrStop = async (io: Io, message: string, force: boolean): Promise<void> => {
  if (await confirmed(io, message, force)) return;
  throw new CliError(EXIT.FAILED, 'Nothing was changed.');
};

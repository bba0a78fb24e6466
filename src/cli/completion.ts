import type { Command as Commander } from 'commander';
import type { Command } from './command.ts';

/** The row that stands in the help; the library puts its own in this place when it is used. */
export const COMPLETION: Command = {
  name: 'completion',
  args: [{ name: 'shell', summary: 'Bash, zsh or fish' }],
  summary: 'Print the completion script of a shell',
  run: () => Promise.reject(new TypeError('the library answers this command')),
};

/** The words the shell's script sends to ask what could come next: `complete -- WORDS`. */
const REQUEST = 'complete';

export const isCompletion = (word: string | undefined): boolean =>
  word === COMPLETION.name || word === REQUEST;

/**
 * Adds both words to `program`. The library writes with console.log, to the standard output of the process: a
 * completion is asked for by a shell, never by a program that holds streams of its own.
 */
export const addCompletion = async (program: Commander): Promise<void> => {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  tab(program, { completionCommandName: COMPLETION.name });
};

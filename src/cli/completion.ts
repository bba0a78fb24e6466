import { CliError } from './cli-error.ts';
import type { Argument, Command, Context, Flag, Suggestion } from './command.ts';
import { formsOfFlag, isPath, type Rows, type Unfinished, unfinishedIn } from './command-line.ts';
import { EXIT } from './exit-codes.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

/** The script of a shell. The library prints it with console.log, to the standard output of the process. */
export const COMPLETION: Command = {
  name: 'completion',
  args: [{ name: 'shell', summary: 'Bash, zsh or fish' }],
  summary: 'Print the completion script of a shell',
  async run({ io, invokedAs }, input) {
    const shell = input.argument('shell');
    if (!SHELLS.includes(shell)) {
      throw new CliError(
        EXIT.USAGE,
        `There is no completion for '${shell}'. There is one for bash, zsh, fish.`,
      );
    }
    const { script } = await import('@bomb.sh/tab');
    script(shell, invokedAs, invokedAs);
    if (shell === 'bash') io.lines(colonsInBash(invokedAs));
  },
};

/** Bash ends a word at a colon, as in an image name: what stands before it must not be offered again. */
const colonsInBash = (name: string): string[] => [
  `__${name}_complete_words() {`,
  `    __${name}_complete`,
  '    local cur',
  '    _get_comp_words_by_ref -n "=:" cur',
  '    __ltrim_colon_completions "$cur"',
  '}',
  `complete -F __${name}_complete_words ${name}`,
];

/** Whether the script of a shell asks: `complete -- WORDS`. The last word is unfinished. */
export const isCompletion = (argv: readonly string[]): boolean => argv[0] === 'complete' && argv[1] === '--';

/** How long the server may take: the person who pressed Tab waits for it. */
const PATIENCE_MS = 1000;

/** The number of words that are offered at most. */
const MOST = 1000;

/**
 * Names that no shell expands. Bash expands every word it is offered: a name with `$(…)` in it, chosen by another user,
 * would run a program.
 */
const INERT = /^[A-Za-z0-9_][\w.@+:/-]*$/;

type Candidate = readonly [word: string, about: string];

/** Offers each by its name. Offers the ID where the name is not safe or not unique, or where an ID has been begun. */
const candidatesOf = (suggestions: readonly Suggestion[], current: string): Candidate[] => {
  const count = new Map<string, number>();
  for (const { word } of suggestions) count.set(word, (count.get(word) ?? 0) + 1);
  return suggestions.flatMap(({ word, id, about = '' }): Candidate[] => {
    const byName = INERT.test(word) && count.get(word) === 1;
    const byId =
      id !== undefined && INERT.test(id) && (!byName || (current !== '' && id.startsWith(current)));
    return [
      ...(byName ? [[word, about || (id ?? '')] as const] : []),
      ...(byId ? [[id, word] as const] : []),
    ];
  });
};

const within = async <T>(patience: number, work: Promise<T>): Promise<T | undefined> => {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), patience);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** What the server has. Nothing where it does not answer in time, where it refuses, and without a login. */
const suggested = async (
  context: Context,
  { of, typed }: Unfinished & { kind: 'value' },
  current: string,
) => {
  const { suggest } = of;
  if (!suggest) return [];
  const work = async () => suggest(await context.connect(), typed, current);
  // a shell that completes a line cannot show an error; the command itself reports it
  return (
    (await within(
      PATIENCE_MS,
      work().catch(() => []),
    )) ?? []
  );
};

const choicesOf = (of: Flag | Argument): readonly string[] => ('choices' in of && of.choices) || [];

const candidates = async (
  context: Context,
  unfinished: Unfinished,
  current: string,
): Promise<readonly Candidate[]> => {
  switch (unfinished.kind) {
    case 'command':
      return unfinished.among.flatMap((row) => [
        [row.name, row.summary] as const,
        // the alias of a command is offered where its name does not fit
        ...('alias' in row && row.alias && !row.name.startsWith(current)
          ? [[row.alias, row.summary] as const]
          : []),
      ]);
    case 'flag':
      return unfinished.among.flatMap((flag) =>
        formsOfFlag(flag).map((form) => [form, flag.summary] as const),
      );
    case 'value':
      return [
        ...choicesOf(unfinished.of).map((choice) => [choice, ''] as const),
        ...candidatesOf(await suggested(context, unfinished, current), current),
      ];
    case 'nothing':
      return [];
  }
};

/** Whether the shell may offer files. Source: the directives of cobra, which the scripts use. */
const FILES = ':0';
const NO_FILES = ':4';

/** Prints what the last word can become, one line each, with a description after a tab. The last line is the directive. */
export const complete = async (context: Context, rows: Rows, words: readonly string[]): Promise<void> => {
  const unfinished = unfinishedIn(rows, words);
  const typed = words.at(-1) ?? '';
  const current = unfinished.kind === 'value' ? typed.replace(/^--?[\w-]+=/, '') : typed;
  const found = (await candidates(context, unfinished, current))
    .filter(([word]) => word.startsWith(current))
    .slice(0, MOST)
    .map(([word, about]) => `${word}\t${about.replace(/\s+/g, ' ')}`);
  const isFile = unfinished.kind === 'value' && isPath(unfinished.of);
  context.io.lines([...found, isFile ? FILES : NO_FILES]);
};

import type { Argument, Command, CommandGroup, Flag } from './command.ts';
import { Input } from './input.ts';

/** The rows that the words of a command line are read by. */
export interface Rows {
  readonly commands: readonly Command[];
  readonly groups: readonly CommandGroup[];
}

/** What the unfinished word of a command line can be. */
export type Unfinished =
  | { readonly kind: 'command'; readonly among: readonly (Command | CommandGroup)[] }
  | { readonly kind: 'flag'; readonly among: readonly Flag[] }
  | { readonly kind: 'value'; readonly of: Flag | Argument; readonly typed: Input }
  | { readonly kind: 'nothing' };

/** The ways a flag is written (`-d`, `--description`), and whether a value follows. */
const formsOf = ({ flags }: Flag): { words: string[]; hasValue: boolean } => ({
  words: flags.split(/[ ,]+/).filter((word) => word.startsWith('-')),
  hasValue: /[<[]/.test(flags),
});

const flagWritten = (flags: readonly Flag[], word: string): Flag | undefined =>
  flags.find((flag) => formsOf(flag).words.includes(word));

/** The name under which Input knows a flag: its long form in camel case. */
const optionName = (flag: Flag): string =>
  (formsOf(flag).words.at(-1) ?? '')
    .replace(/^-+/, '')
    .replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());

interface Read {
  readonly positionals: string[];
  readonly given: Set<Flag>;
  readonly options: Record<string, unknown>;
  /** The flag whose value comes next. */
  readonly awaiting: Flag | undefined;
}

/** Reads finished words as the parser does. */
const readWords = (flags: readonly Flag[], words: readonly string[]): Read => {
  const positionals: string[] = [];
  const given = new Set<Flag>();
  const options: Record<string, unknown> = {};
  let awaiting: Flag | undefined;
  for (const word of words) {
    if (awaiting) {
      options[optionName(awaiting)] = word;
      awaiting = undefined;
    } else if (word.startsWith('-')) {
      const [form = '', value] = word.split(/=(.*)/s, 2);
      const flag = flagWritten(flags, form);
      if (!flag) continue;
      given.add(flag);
      if (!formsOf(flag).hasValue) options[optionName(flag)] = true;
      else if (value === undefined) awaiting = flag;
      else options[optionName(flag)] = value;
    } else positionals.push(word);
  }
  return { positionals, given, options, awaiting };
};

const inputOf = (args: readonly Argument[], { positionals, options }: Read): Input =>
  new Input(new Map(args.map(({ name }, index) => [name, positionals.slice(index, index + 1)])), options);

/** What can follow a command: the value of the flag before, a flag, or the next argument. */
const behind = (
  { flags = [], args = [] }: Command,
  words: readonly string[],
  current: string,
): Unfinished => {
  const read = readWords(flags, words);
  const typed = inputOf(args, read);
  if (read.awaiting) return { kind: 'value', of: read.awaiting, typed };
  if (current.startsWith('-')) {
    const written = flagWritten(flags, current.split('=', 1)[0] ?? '');
    if (current.includes('=')) return written ? { kind: 'value', of: written, typed } : { kind: 'nothing' };
    return { kind: 'flag', among: flags.filter((flag) => flag.many || !read.given.has(flag)) };
  }
  const last = args.at(-1);
  const next = args[read.positionals.length] ?? (last?.count === 'many' ? last : undefined);
  return next ? { kind: 'value', of: next, typed } : { kind: 'nothing' };
};

/** What the last of `words` can become. */
export const unfinishedIn = ({ commands, groups }: Rows, words: readonly string[]): Unfinished => {
  const finished = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const group = groups.find(({ name }) => name === finished[0]);
  const among = group ? group.commands.filter(({ name }) => name !== '') : [...commands, ...groups];
  const [name, ...rest] = group ? finished.slice(1) : finished;
  // of a group whose name alone is a command
  const alone = group?.commands.find((each) => each.name === '');
  if (alone && (name ?? current).startsWith('-')) return behind(alone, finished.slice(1), current);
  if (name === undefined) return { kind: 'command', among };
  const candidates = group ? group.commands : commands;
  const command = candidates.find((each) => each.name === name || each.alias === name);
  return command ? behind(command, rest, current) : { kind: 'nothing' };
};

/** The ways a flag is written. */
export const formsOfFlag = (flag: Flag): readonly string[] => formsOf(flag).words;

/** Whether the value of a flag is a file. */
export const isPath = (of: Flag | Argument): boolean => 'flags' in of && of.flags.includes('<path>');

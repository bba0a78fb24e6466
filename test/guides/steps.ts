import type { Fenced } from './fenced.ts';

/** One command a page types, and what the page shows below it. */
export interface Step {
  readonly command: string;
  /** Empty where the page shows nothing of what the command prints. */
  readonly shown: readonly string[];
  /** The line of the page the command stands in. */
  readonly line: number;
}

/**
 * The steps of a `console` block. A command stands behind `$ `, and goes on behind `> ` as in a shell; the lines up to
 * the next command are what it prints.
 */
export const stepsOf = ({ lines, line: first }: Fenced): Step[] => {
  const steps: { command: string; shown: string[]; line: number }[] = [];
  lines.forEach((text, index) => {
    const last = steps.at(-1);
    if (text.startsWith('$ ')) steps.push({ command: text.slice(2), shown: [], line: first + index });
    else if (!last) throw new Error(`line ${first + index}: a console block begins with a command`);
    else if (text.startsWith('> ') && last.shown.length === 0) last.command += `\n${text.slice(2)}`;
    else last.shown.push(text);
  });
  return steps;
};

const REFUSAL =
  /^(FAILED$|denied: |unauthorized: |Error response from daemon|error from registry: |push access denied)/;

/** Whether the page shows that the command is refused. */
export const showsRefusal = ({ shown }: Step): boolean => shown.some((line) => REFUSAL.test(line));

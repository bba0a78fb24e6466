import { visible } from '../visible-text.ts';

const LONGEST = 100;

/** What a client calls its machine: a name for people, which decides nothing. */
export const machineNameOf = (given: string | null | undefined): string | undefined =>
  [...visible(given ?? '').trim()].slice(0, LONGEST).join('') || undefined;

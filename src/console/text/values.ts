import { inBoth, locale } from './language.ts';

/** A count as people of the language write it. */
export const count = (value: number): string => new Intl.NumberFormat(locale()).format(value);

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in the largest unit of which there is one at least: `1.5 MiB`; one decimal below 100. */
export const bytes = (value: number): string => {
  let [amount, unit] = [value, 0];
  while (amount >= 1024 && unit < UNITS.length - 1) [amount, unit] = [amount / 1024, unit + 1];
  const digits = unit > 0 && amount < 100 ? 1 : 0;
  const written = new Intl.NumberFormat(locale(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${written.format(amount)} ${UNITS[unit]}`;
};

/** Bytes of something that has several sizes: `4.1 MiB – 5 MiB`. */
export const byteRange = (least: number, most: number): string =>
  least === most ? bytes(least) : `${bytes(least)} – ${bytes(most)}`;

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

const moments = inBoth({ now: 'just now' }, { now: '방금' });

/** How far a moment is from now: `3 days ago`, `in 2 hours`. */
export const relativeTime = (at: number, now: number): string => {
  const distance = at - now;
  const [unit, step] = STEPS.find(([, size]) => Math.abs(distance) >= size) ?? ['second', 1000];
  if (Math.abs(distance) < 5000) return moments().now;
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'always' }).format(
    Math.trunc(distance / step),
    unit,
  );
};

/** A moment to the second, with the offset of its zone. */
export const exactTime = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'long' }).format(at);

/** A moment as IAM writes it: its offset has no colon, which not every browser reads. */
export const iamTime = (at: string | undefined): number | undefined =>
  at === undefined ? undefined : Date.parse(at.replace(/\+0000$/, 'Z'));

/** The same, written: to the minute. */
export const iamDate = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}+0000`;

/** A word of a shell's line: quoted where it has to be. Control characters have no place in one: a terminal may act on them. */
export const shellWord = (text: string): string => {
  const word = text.replace(/\p{Cc}/gu, ' ');
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
};

/** Twelve characters of a digest, as people compare them. */
export const shortDigest = (digest: string): string => digest.slice(digest.indexOf(':') + 1).slice(0, 12);

/** Characters that show nothing, or turn the direction of what follows. An emoji may be made with some: it is seen, and is found first. */
const HIDDEN = /(\p{RGI_Emoji})|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u202f]/gv;

/** A text of another person, with hidden characters written out, so that no name can look like another. */
export const visible = (text: string): string =>
  text.replace(
    HIDDEN,
    (found, emoji?: string) => emoji ?? `\\u${(found.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );

/** Whether a reader typed what they see of a text: of blanks they see neither which nor how many. */
export const isTypedAs = (typed: string, shown: string): boolean => seenOf(typed) === seenOf(shown);

const seenOf = (text: string): string => visible(text.normalize()).replace(/\s+/gu, ' ').trim();

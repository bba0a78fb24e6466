const SIZES = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in the units of IBM's tables, in steps of 1024: `0 B`, `5.1 GB`, `120 MB`. */
export const size = (bytes: number): string => {
  let value = bytes;
  let step = 0;
  while (Math.round(value) >= 1024 && step < SIZES.length - 1) {
    value /= 1024;
    step++;
  }
  const rounded = value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return `${rounded} ${SIZES[step]}`;
};

/** A time of an answer as tables show it, `2026-11-27 22:40:00` in UTC; empty where there is none. */
export const dayAndTime = (time: string | undefined): string => (time ?? '').slice(0, 19).replace('T', ' ');

const AGES: readonly (readonly [unit: string, seconds: number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** The age of something, from two times in seconds since the epoch: `36 seconds ago`. */
export const ago = (then: number, now: number): string => {
  const seconds = Math.max(0, Math.floor(now - then));
  const [unit, length] = AGES.find(([, length]) => seconds >= length) ?? ['second', 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
};

/** A time in seconds since the epoch, as people read it: `2027-01-31T12:00:00Z`. */
export const time = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

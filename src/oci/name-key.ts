/**
 * A name as it is ordered where numbers compare as numbers: before each number stands how long it is. So v1.9 comes before
 * v1.10. Zeros before a number do not count. Stored with each tag: what this answers cannot change without a migration.
 */
export const nameKey = (name: string): string =>
  name.replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, '');
    return `${lengthOf(number)}${number}`;
  });

/** In the place of a digit, so that numbers stand among other characters where they stood: 0 for one digit, 9 for ten and more. */
const lengthOf = ({ length }: string): string =>
  length < 10 ? String(length - 1) : `9${String(length).padStart(3, '0')}`;

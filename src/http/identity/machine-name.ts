const LONGEST = 100;

/** Line ends, other control characters and those that turn the direction of writing could change what a person reads. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const DECEIVING = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/gu;

/** What a client calls its machine: a name for people, which decides nothing. */
export const machineNameOf = (given: string | null | undefined): string | undefined =>
  [...(given ?? '').replace(DECEIVING, '\ufffd').trim()].slice(0, LONGEST).join('') || undefined;

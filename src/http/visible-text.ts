/** Control characters, and those that cannot be seen or turn the direction of writing, could change what a person reads. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

export const visible = (text: string): string => text.replace(INVISIBLE, '\ufffd');

/**
 * Control characters, and those that cannot be seen or turn the direction of writing, could change what a person reads. An
 * emoji may be made with some: it is seen, and is found first.
 */
const INVISIBLE = /(\p{RGI_Emoji})|[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gv;

export const visible = (text: string): string =>
  text.replace(INVISIBLE, (_found, emoji?: string) => emoji ?? '\ufffd');

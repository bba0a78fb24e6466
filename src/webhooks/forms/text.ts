/** A name that others have chosen, cut so that a body stays within its bound: at worst six bytes a character. */
export const short = (text: string): string => text.slice(0, 300).toWellFormed();

/** `registry.example.com:5000` of `https://registry.example.com:5000`. */
export const hostOf = (address: string): string => new URL(address).host;

const PATTERN = /^[A-Za-z0-9_.*/-]{1,128}$/;

/** Whether a text is a pattern of names: their characters, and `*`. */
export const isPattern = (text: string): boolean => PATTERN.test(text);

/**
 * Whether a name has the form of a pattern, in which `*` stands for any characters. The text between two stars is taken
 * where it is found first: that leaves the most to what follows, so nothing is tried twice.
 */
export const matches = (pattern: string, name: string): boolean => {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
};

export const matchesAny = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => matches(pattern, name));

/** What a registry's 401 asks for (RFC 9110 section 11.6.1; distribution-spec's token flow). */
export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

/** The first challenge of the header, or undefined for a scheme other than Basic and Bearer. */
export const parseChallenge = (header: string): Challenge | undefined => {
  const scheme = /^\s*(\w+)/.exec(header)?.[1]?.toLowerCase();
  if (scheme !== 'basic' && scheme !== 'bearer') return undefined;
  const pairs = header.matchAll(/([a-z_]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/gi);
  const parameters = Object.fromEntries(
    Array.from(pairs, ([, name, quoted, bare]) => [name, quoted ?? bare]),
  );
  return { scheme, parameters };
};

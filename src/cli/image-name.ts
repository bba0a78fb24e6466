/** The parts of an image name as people type it. The server decides what is valid. */

/** The host and its port before a name, with the slash; empty where there is none. Docker's rule. */
export const hostIn = (name: string): string => {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  return /[.:]/.test(first) || first === 'localhost' ? name.slice(0, slash + 1) : '';
};

/** A name in two: before and behind the colon of its tag. The tag is empty where there is none. */
export const splitTag = (name: string): [repository: string, tag: string] => {
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return colon < 0 ? [name, ''] : [name.slice(0, colon), name.slice(colon + 1)];
};

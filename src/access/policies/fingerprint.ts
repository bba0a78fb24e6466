import { createHash } from 'node:crypto';
import type { Attribute } from '../decision/attributes.ts';
import type { PolicyTerms } from './policy-terms.ts';

/** The same for policies that state the same subject, resource and time, in any order and version. */
export const fingerprintOf = ({ subject, attributes, rule, pattern, tags }: PolicyTerms): string => {
  const sorted = sortedTexts(attributes);
  const tagged = tags.length === 0 ? [] : [sortedTexts(tags)];
  return createHash('sha256')
    .update(JSON.stringify([subject, sorted, rule ?? null, pattern ?? null, ...tagged]))
    .digest('hex');
};

const sortedTexts = (attributes: readonly Attribute[]): string[] =>
  attributes.map(({ key, operator, value }) => JSON.stringify([key, operator, value])).sort();

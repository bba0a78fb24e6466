import { createHash } from 'node:crypto';
import { isPattern } from './patterns.ts';

/** A rule decides about the tags that match it, in repositories that match it; or about untagged images there. */
export interface RetentionRule {
  /** Patterns of repository names without the namespace. */
  readonly repositories: readonly string[];
  /** Patterns of tags; none where the rule is about untagged images. */
  readonly tags: readonly string[];
  readonly untagged: boolean;
  /*
   * An image goes when all the conditions that the rule has hold. A rule without conditions keeps what it decides about.
   */
  /** So many images that the rule decides about are newer, by their creation dates. */
  readonly imagesPerRepo: number | undefined;
  /** It was pushed, and tagged last, longer ago. */
  readonly olderThanDays: number | undefined;
  /** It was pushed, tagged, and pulled last, longer ago. */
  readonly notPulledForDays: number | undefined;
}

/** What is kept of the images of a namespace. */
export interface RetentionPolicy {
  /** How many of the newest images of each repository are kept, by their creation dates; ALL: all of them. */
  readonly imagesPerRepo: number;
  readonly retainUntagged: boolean;
  /** What was created or pushed fewer days ago is kept; 0: nothing is kept for that. */
  readonly deletionThresholdDays: number;
  /** Beyond IBM's. Of a tag, the first rule that matches it decides; of a tag that no rule matches, `imagesPerRepo`. */
  readonly rules: readonly RetentionRule[];
}

export const ALL = -1;

/** What holds for a namespace without a policy. */
export const KEEP_EVERYTHING: RetentionPolicy = {
  imagesPerRepo: ALL,
  retainUntagged: true,
  deletionThresholdDays: 0,
  rules: [],
};

/** All patterns of a policy are compared with every tag. */
const MOST_PATTERNS = 50;

/** Whether it never deletes anything: then there is no need for a policy. */
export const keepsEverything = ({ imagesPerRepo, retainUntagged, rules }: RetentionPolicy): boolean =>
  imagesPerRepo === ALL && retainUntagged && rules.length === 0;

/** Whether it goes beyond IBM's policies: then its analysis must be seen before it deletes. */
export const isExtended = ({ rules }: RetentionPolicy): boolean => rules.length > 0;

/** Why this is no policy; undefined where it is one. */
export const faultOfPolicy = ({ imagesPerRepo, rules }: RetentionPolicy): string | undefined => {
  if (imagesPerRepo === 0)
    return 'images_per_repo is the number of images to keep in each repository, 1 or more, or -1 for all';
  if (rules.flatMap(({ repositories, tags }) => [...repositories, ...tags]).length > MOST_PATTERNS)
    return `a policy has at most ${MOST_PATTERNS} patterns`;
  for (const [at, rule] of rules.entries()) {
    const fault = faultOfRule(rule);
    if (fault !== undefined) return `rules[${at}]: ${fault}`;
  }
  return undefined;
};

const faultOfRule = ({ repositories, tags, untagged }: RetentionRule): string | undefined => {
  if (untagged && tags.length > 0)
    return 'a rule is about untagged images or about tags: leave out untagged or tags';
  const wrong = [...repositories, ...tags].find((pattern) => !isPattern(pattern));
  return wrong === undefined
    ? undefined
    : `${JSON.stringify(wrong)} is no pattern: write a name, with * for any characters`;
};

/** One text for one policy: two that say the same in another form are different ones, which is the safe side. */
export const fingerprintOf = (policy: RetentionPolicy): string =>
  createHash('sha256').update(printPolicy(policy)).digest('hex');

export const printPolicy = ({
  imagesPerRepo,
  retainUntagged,
  deletionThresholdDays,
  rules,
}: RetentionPolicy): string =>
  JSON.stringify({
    imagesPerRepo,
    retainUntagged,
    deletionThresholdDays,
    rules: rules.map((rule) => ({
      repositories: rule.repositories,
      tags: rule.tags,
      untagged: rule.untagged,
      imagesPerRepo: rule.imagesPerRepo,
      olderThanDays: rule.olderThanDays,
      notPulledForDays: rule.notPulledForDays,
    })),
  });

/** Reads what `printPolicy` wrote. */
export const parsePolicy = (text: string): RetentionPolicy => JSON.parse(text) as RetentionPolicy;

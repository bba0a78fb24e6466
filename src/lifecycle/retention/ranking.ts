import { BASE, type DecisionContext, groupsOf, type ImageFacts, isDated, limitOf } from './decision.ts';
import { ALL } from './retention-policy.ts';

interface Counted {
  count: number;
  /** The date of the image that was counted last, and how many have the same. */
  lastAt: number;
  atLast: number;
}

/**
 * Counts the images of a repository by the rules that decide about them. They come in the order of their creation dates, the
 * newest first, so a number for each rule is all there is to keep. One that was restored has the date of that. Images of one date are equally new: none of them pushes
 * another out, and images that all have one constant date are all kept.
 */
export class Ranking {
  readonly #groups = new Map<number, Counted>();

  /** Counts an image in; answers the rules of which as many images are newer as the rule keeps. */
  add(context: DecisionContext, image: ImageFacts): ReadonlySet<number> {
    const surplus = new Set<number>();
    const { rankedAt } = image;
    if (!isDated(image) || rankedAt === null) return surplus;
    for (const group of groupsOf(context, image)) {
      const limit = limitOf(context.policy, group);
      // untagged images are no part of the number that IBM's policy keeps
      if (limit === ALL || (group === BASE && image.tags.length === 0)) continue;
      const counted: Counted = this.#groups.get(group) ?? { count: 0, lastAt: rankedAt, atLast: 0 };
      if (counted.lastAt !== rankedAt) Object.assign(counted, { lastAt: rankedAt, atLast: 0 });
      if (counted.count - counted.atLast >= limit) surplus.add(group);
      counted.count++;
      counted.atLast++;
      this.#groups.set(group, counted);
    }
    return surplus;
  }
}

import type { Access, Action, NamePart, Resource, Steps } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Principal } from '../../principal.ts';
import type { Registry, RepositoryTarget } from '../../registry/room.ts';
import type { Region } from '../../tenancy/room.ts';
import { apart, namesIn } from '../name-parts.ts';
import { resourceOf } from '../resource.ts';
import type { Asked } from './asked.ts';

export interface TagRightsParts {
  readonly access: Access;
  readonly registry: Pick<Registry, 'reach' | 'tags'>;
}

/** Who wants to do what to which repository. */
export interface TagQuestion {
  readonly principal: Principal;
  readonly region: Region;
  readonly target: RepositoryTarget;
  readonly action: Action;
}

/** The tags of one repository that a caller holds a right on, who does not hold it on the repository. */
export interface TagRight {
  /** Whether this is among what the right covers. */
  covers(asked: Asked): Promise<boolean>;
  /** Whether the repository has a tag that the right covers. */
  coversOne(): Promise<boolean>;
  /** A page of the tags it covers, in byte order after `after`, and whether more may follow. */
  list(after: string, limit: number): Promise<{ tags: string[]; more: boolean }>;
}

/** Tags that are read at once to be decided on, and what reading them costs in steps of decisions. */
const READ = 200;
const STEPS_PER_READ = 1000;

/**
 * Rights that policies limit to tags. They are asked for only where the right on the repository is not there, so they cost
 * nothing where no policy names a tag. docs/decisions/0047-rights-on-tags.md says what a tag reaches.
 */
export class TagRights {
  readonly #parts: TagRightsParts;

  constructor(parts: TagRightsParts) {
    this.#parts = parts;
  }

  /** Undefined where no policy gives the caller this right on any tag of the repository. */
  async find(question: TagQuestion): Promise<TagRight | undefined> {
    const { principal, region, target, action } = question;
    const resource = resourceOf(region, target.namespace, target.name);
    const parts = await this.#parts.access.tagPartsOf(principal, action, resource);
    return parts.length === 0 ? undefined : new RightOnTags(this.#parts, question, resource, parts);
  }
}

class RightOnTags implements TagRight {
  readonly #rooms: TagRightsParts;
  readonly #question: TagQuestion;
  readonly #resource: Resource;
  readonly #parts: readonly NamePart[];
  /** All that one request may take. */
  readonly #steps: Steps;

  constructor(rooms: TagRightsParts, question: TagQuestion, resource: Resource, parts: readonly NamePart[]) {
    this.#rooms = rooms;
    this.#question = question;
    this.#resource = resource;
    this.#parts = parts;
    this.#steps = rooms.access.listSteps();
  }

  async covers(asked: Asked): Promise<boolean> {
    const { reach } = this.#rooms.registry;
    const { target } = this.#question;
    switch (asked.of) {
      case 'tags':
      case 'content':
        return true;
      case 'named':
        return this.#allowsAll(asked.tags);
      case 'digest':
      case 'look':
        return reach.isReached(target, asked.digest, this.#reaching());
      case 'image': {
        const tags = await reach.tagsOf(target, asked.digest);
        return tags !== undefined && this.#allowsAll(tags);
      }
      case 'whole':
        return false;
    }
  }

  coversOne(): Promise<boolean> {
    return this.#rooms.registry.reach.hasOne(this.#question.target, this.#reaching());
  }

  async list(after: string, limit: number): Promise<{ tags: string[]; more: boolean }> {
    const wanted = limit + 1;
    const tags: string[] = [];
    for (const part of apart(this.#parts)) {
      const read = async (from: string, most: number): Promise<string[]> =>
        (await this.#rooms.registry.tags.list(this.#question.target, from, most)).tags;
      for await (const names of namesIn(part, after, READ, read)) {
        tags.push(...(await this.#allowed(names, wanted - tags.length)));
        if (tags.length >= wanted) return { tags: tags.slice(0, limit), more: true };
        if (!this.#steps.take(STEPS_PER_READ))
          return tags.length > 0 ? { tags, more: true } : refuseTooMany();
      }
    }
    return { tags, more: false };
  }

  #reaching() {
    return { parts: this.#parts, choose: (tags: readonly string[]) => this.#allowed(tags, 1) };
  }

  async #allowsAll(tags: readonly string[]): Promise<boolean> {
    return (await this.#allowed(tags, tags.length)).length === tags.length;
  }

  async #allowed(tags: readonly string[], most: number): Promise<string[]> {
    const { principal, action } = this.#question;
    if (tags.length === 0) return [];
    return this.#rooms.access.allowedOf(principal, action, tags, {
      resourceOf: (tag) => ({ ...this.#resource, tag }),
      most,
      steps: this.#steps,
    });
  }
}

const refuseTooMany = (): never => {
  throw new RegistryError('TOOMANYREQUESTS', {
    message:
      'Your policies name tags by patterns that are too wide for this list; name tags exactly in them.',
  });
};

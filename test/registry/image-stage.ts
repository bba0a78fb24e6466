import assert from 'node:assert/strict';
import type { ImageInspection } from '../../src/wire/image-inspection.ts';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { onNamespace } from '../access/policy-documents.ts';
import type { Stage } from '../spec/repository.ts';

export const IMAGES = '/api/v1/images';

export interface Told {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the door answers, as a test looks at it
  readonly body: any;
}

/** What tests ask of images at the door of the registry of their stage. */
export class ImageDoor {
  readonly #on: Stage;

  constructor(on: Stage) {
    this.#on = on;
  }

  /** As the owner, or as another holder in its account. */
  async ask(method: string, path: string, body?: object, holder?: Holder): Promise<Told> {
    const { registry } = this.#on;
    const caller = await Caller.login(registry, holder?.apikey);
    return caller.send(method, path, body, { Account: holder?.accountId ?? registry.accountId });
  }

  copy(fromimage: string, toimage: string, holder?: Holder): Promise<Told> {
    const query = new URLSearchParams({ fromimage, toimage });
    return this.ask('POST', `${IMAGES}/tags?${query}`, undefined, holder);
  }

  async inspect(name: string, query = ''): Promise<ImageInspection> {
    const { status, body } = await this.ask('GET', `${IMAGES}/${encodeURIComponent(name)}/json${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  /** A new identity with a role, on one namespace or everywhere; `attributes` narrow it further. */
  holding(role: string, namespace?: string, attributes: Record<string, string> = {}): Promise<Holder> {
    const where = namespace === undefined ? { serviceName: 'container-registry' } : onNamespace(namespace);
    return new Identities(this.#on.registry).holding(role, { ...where, ...attributes });
  }
}

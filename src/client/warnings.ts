import { type Warning, WarningList, WarningLook } from '../wire/warnings.ts';
import type { Client } from './client.ts';

/** What is known of what needs attention, and when it was looked for. */
export interface KnownWarnings {
  readonly warnings: readonly Warning[];
  readonly lookedAt: string | undefined;
}

/** What ends, sleeps, fills or fails: /api/v1/warnings. */
export class WarningClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async list(account: string | undefined): Promise<KnownWarnings> {
    const warnings: Warning[] = [];
    let page = await this.page({ account });
    for (warnings.push(...page.warnings); page.next !== undefined; warnings.push(...page.warnings))
      page = await this.page({ account, start: page.next });
    return { warnings, lookedAt: page.looked_at };
  }

  async page(query: {
    account?: string | undefined;
    start?: string | undefined;
    limit?: string | undefined;
  }): Promise<WarningList> {
    const path = '/api/v1/warnings';
    return (await this.#client.send({ method: 'GET', path, query, answer: WarningList })).body;
  }

  /** Begins a look. */
  async look(): Promise<void> {
    await this.#client.send({ method: 'POST', path: '/api/v1/warnings/looks', answer: WarningLook });
  }
}

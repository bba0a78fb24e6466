import {
  RetentionAnalysis,
  type RetentionDocument,
  RetentionLine,
  RetentionPolicies,
  RetentionPolicy,
  RetentionRun,
  RetentionRuns,
  type RetentionTerms,
} from '../wire/retentions.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** Retention policies of one account in the region `client` calls, and their runs. */
export class RetentionClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  /** By the names of the namespaces. */
  async list(): Promise<RetentionPolicies> {
    const path = '/api/v1/retentions';
    const call = { method: 'GET', path, headers: this.#headers, answer: RetentionPolicies } as const;
    return (await this.#client.send(call)).body;
  }

  async policy(namespace: string): Promise<RetentionPolicy> {
    const path = `/api/v1/retentions/${segment(namespace)}`;
    const call = { method: 'GET', path, headers: this.#headers, answer: RetentionPolicy } as const;
    return (await this.#client.send(call)).body;
  }

  /** Sets a policy. Its first run goes on in the server. */
  async set(json: RetentionDocument): Promise<void> {
    await this.#client.send({ method: 'POST', path: '/api/v1/retentions', headers: this.#headers, json });
  }

  /** What a policy would delete, by repository. */
  async analyze(json: RetentionDocument): Promise<RetentionAnalysis> {
    const path = '/api/v1/retentions/analyze';
    const call = { method: 'POST', path, headers: this.#headers, json, answer: RetentionAnalysis } as const;
    return (await this.#client.send(call)).body;
  }

  /** The same with every image and the reason, as they are looked at; the last line has the kind `end`. */
  explain(json: RetentionDocument): AsyncIterable<RetentionLine> {
    const path = '/api/v1/retentions/explain';
    return this.#client.lines({ method: 'POST', path, headers: this.#headers, json, answer: RetentionLine });
  }

  /** Begins a run by itself. It goes on in the server when the client ends. */
  async begin(namespace: string, json: RetentionTerms): Promise<RetentionRun> {
    const path = `/api/v1/retentions/${segment(namespace)}/runs`;
    const call = { method: 'POST', path, headers: this.#headers, json, answer: RetentionRun } as const;
    return (await this.#client.send(call)).body;
  }

  async runs(namespace: string): Promise<RetentionRun[]> {
    const path = `/api/v1/retentions/${segment(namespace)}/runs`;
    const call = { method: 'GET', path, headers: this.#headers, answer: RetentionRuns } as const;
    return (await this.#client.send(call)).body.runs;
  }

  async run(namespace: string, id: string): Promise<RetentionRun> {
    const path = `/api/v1/retentions/${segment(namespace)}/runs/${segment(id)}`;
    const call = { method: 'GET', path, headers: this.#headers, answer: RetentionRun } as const;
    return (await this.#client.send(call)).body;
  }
}

import {
  type AskedQuestion,
  ExplainAnswers,
  type ExplainQuestion,
  Explanation,
  RemovalAnswer,
  type RemovalQuestion,
  type ShortAnswer,
} from '../wire/explain.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** Why something is allowed or refused. */
export class ExplainClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Why a request was refused, and how it would be decided now. */
  async request(id: string): Promise<Explanation> {
    const path = `/v1/explain/${segment(id)}`;
    return (await this.#client.send({ method: 'GET', path, answer: Explanation })).body;
  }

  /** Whether an identity may do something, and why. */
  async question(json: ExplainQuestion): Promise<Explanation> {
    return (await this.#client.send({ method: 'POST', path: '/v1/explain', json, answer: Explanation })).body;
  }

  /** Whether identities, or the caller, may do these things: at most 50, each with a short answer. */
  async questions(questions: AskedQuestion[]): Promise<ShortAnswer[]> {
    const call = { method: 'POST', path: '/v1/explain/questions', json: { questions } } as const;
    return (await this.#client.send({ ...call, answer: ExplainAnswers })).body.answers;
  }

  /** What would break if something were removed. */
  async removal(json: RemovalQuestion): Promise<RemovalAnswer> {
    const call = { method: 'POST', path: '/v1/explain/removal', json, answer: RemovalAnswer } as const;
    return (await this.#client.send(call)).body;
  }
}

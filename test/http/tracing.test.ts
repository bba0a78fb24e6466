import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  type Attributes,
  type Context,
  type ContextManager,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type TextMapPropagator,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { Tracing } from '../../src/http/tracing.ts';
import { TestRepository } from '../spec/repository.ts';
import { basic, TestRegistry } from '../support/registry.ts';

/** A span that is kept in memory. */
class KeptSpan {
  name: string;
  readonly kind: SpanKind | undefined;
  readonly attributes: Attributes;
  readonly parent: SpanContext | undefined;
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  hasEnded = false;

  constructor(name: string, { kind, attributes = {} }: SpanOptions, parent: SpanContext | undefined) {
    this.name = name;
    this.kind = kind;
    this.attributes = { ...attributes };
    this.parent = parent;
  }

  spanContext(): SpanContext {
    return { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.SAMPLED };
  }
  setAttribute(name: string, value: Attributes[string]): this {
    this.attributes[name] = value;
    return this;
  }
  setStatus(status: SpanStatus): this {
    this.status = status;
    return this;
  }
  updateName(name: string): this {
    this.name = name;
    return this;
  }
  end(): void {
    this.hasEnded = true;
  }
  isRecording(): boolean {
    return true;
  }
}

/** A small SDK: it keeps every span, and what was active when the database was read. */
class Memory implements Tracer {
  readonly spans: KeptSpan[] = [];
  active: Context = ROOT_CONTEXT;

  register(): void {
    trace.setGlobalTracerProvider({ getTracer: () => this });
    const manager = {
      active: () => this.active,
      with: (inside: Context, run: (...args: unknown[]) => unknown) => {
        const outside = this.active;
        this.active = inside;
        try {
          return run();
        } finally {
          this.active = outside;
        }
      },
      bind: (_context: Context, target: unknown) => target,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager as unknown as ContextManager);
    propagation.setGlobalPropagator({
      inject: () => {},
      fields: () => ['traceparent'],
      extract: (into: Context, carrier: Record<string, string>) => {
        const [, traceId = '', spanId = ''] = (carrier.traceparent ?? '').split('-');
        return traceId === '' ? into : trace.setSpanContext(into, { traceId, spanId, traceFlags: 1 });
      },
    } as TextMapPropagator);
  }

  startSpan(name: string, options: SpanOptions = {}, parent: Context = ROOT_CONTEXT): Span {
    const span = new KeptSpan(name, options, trace.getSpanContext(parent));
    this.spans.push(span);
    return span as unknown as Span;
  }

  startActiveSpan(): never {
    throw new Error('not used');
  }

  named(name: string): KeptSpan {
    const found = this.spans.findLast((span) => span.name === name);
    assert.ok(found, `${name} is not among ${this.spans.map((span) => span.name).join(', ')}`);
    assert.ok(found.hasEnded, `${name} has not ended`);
    return found;
  }
}

afterEach(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

test('without an SDK there is no tracing: a request makes no span and no object for one', () => {
  assert.equal(Tracing.open('1'), undefined);
});

test('each request is a server span of its method and route, with the attributes of the stable HTTP conventions', async () => {
  const memory = new Memory();
  memory.register();
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const repository = new TestRepository(registry, 'birds/app');
  await repository.pushImage('v1');
  const got = await registry.v2('GET', 'birds/app/manifests/v1?token=tdg_aaaaaaaaaaaaaaaaaaaaaaaa', {
    headers: { 'User-Agent': 'crane/1 tdg_aaaaaaaaaaaaaaaaaaaaaaaa' },
  });
  await got.arrayBuffer();
  const span = memory.named('GET /v2/:name/manifests/:reference');
  assert.equal(span.kind, SpanKind.SERVER);
  assert.deepEqual(span.attributes, {
    'http.request.method': 'GET',
    'url.path': '/v2/birds/app/manifests/v1',
    'url.scheme': 'http',
    'tidegate.request_id': got.headers.get('x-request-id'),
    'server.address': '127.0.0.1',
    'user_agent.original': 'crane/1 ***',
    'http.route': '/v2/:name/manifests/:reference',
    'client.address': '127.0.0.1',
    'http.response.status_code': 200,
  });
  assert.equal(span.status.code, SpanStatusCode.UNSET);
  assert.ok(memory.spans.some(({ name }) => name === 'PUT /api/v1/namespaces/:name'));
  const all = JSON.stringify(memory.spans.map(({ name, attributes }) => [name, attributes]));
  assert.ok(!all.includes(registry.apikey) && !all.includes('tdg_'), 'no secret and no query is in a span');
});

test('a status from 400 on is no error of the server, one from 500 on is; unknown methods and addresses have no name of their own', async () => {
  const memory = new Memory();
  memory.register();
  await using registry = await TestRegistry.start();
  const refused = await registry.fetch('/v2/');
  assert.equal(refused.status, 401);
  await refused.text();
  assert.equal(memory.named('GET /v2/').status.code, SpanStatusCode.UNSET);
  await (await registry.fetch('/wp-login.php')).text();
  const unknown = memory.named('GET');
  assert.deepEqual(
    [unknown.attributes['http.route'], unknown.attributes['http.response.status_code']],
    [undefined, 404],
  );
  await (await registry.fetch('/v2/', { method: 'PROPFIND' })).text();
  const strange = memory.spans.findLast(({ attributes }) => attributes['http.request.method'] === '_OTHER');
  assert.match(strange?.name ?? '', /^HTTP/);
  const traced = Tracing.open('1');
  const span = new KeptSpan('GET', {}, undefined);
  const request = { method: 'GET', route: '/x' } as never;
  traced?.end({ span: span as unknown as Span, context: ROOT_CONTEXT }, request, 503, true);
  assert.deepEqual([span.attributes['error.type'], span.status.code], ['503', SpanStatusCode.ERROR]);
});

test("a trusted proxy's trace goes on; a client's does not", async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  for (const [trusted, parent] of [
    ['127.0.0.1', 'a'.repeat(32)],
    ['10.0.0.1', undefined],
  ] as const) {
    const memory = new Memory();
    memory.register();
    {
      await using registry = await TestRegistry.start({
        env: { TIDEGATE_TRUSTED_PROXIES: trusted, TIDEGATE_EXTERNAL_URL: 'http://registry.test' },
      });
      const headers = { traceparent, Authorization: basic('iamapikey', registry.apikey) };
      await (await registry.fetch('/oauth/token', { headers })).text();
      assert.equal(memory.named('GET /oauth/token').parent?.traceId, parent, trusted);
    }
    trace.disable();
    context.disable();
    propagation.disable();
  }
});

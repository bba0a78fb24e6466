import {
  type Attributes,
  type Context,
  context,
  ProxyTracerProvider,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { maskSecrets } from '../observe/mask.ts';
import { agentOf, type Request } from './request.ts';

/** A request's span, and the context in which it is answered. */
export interface Traced {
  readonly span: Span;
  readonly context: Context;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);
const LONGEST_PATH = 1024;
const LONGEST_HOST = 255;

/**
 * Spans of requests by OpenTelemetry's stable conventions for HTTP servers. They are made where the operator has loaded an
 * SDK before this program; otherwise there is no Tracing, and a request costs nothing more.
 */
export class Tracing {
  readonly #tracer: Tracer;

  private constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Undefined where no SDK has registered a tracer. */
  static open(version: string): Tracing | undefined {
    const provider = trace.getTracerProvider();
    const none = new ProxyTracerProvider().getDelegate();
    const given = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
    return given === none ? undefined : new Tracing(provider.getTracer('tidegate', version));
  }

  /**
   * Begins the span of a request. The trace of a trusted proxy goes on; a client's does not: it could put its requests into
   * the traces of others, and have every one of them recorded.
   */
  begin(request: Request, fromProxy: boolean): Traced {
    const parent = fromProxy ? propagation.extract(ROOT_CONTEXT, request.headers) : ROOT_CONTEXT;
    const span = this.#tracer.startSpan(
      methodOf(request),
      { kind: SpanKind.SERVER, attributes: knownAtFirst(request) },
      parent,
    );
    return { span, context: trace.setSpan(parent, span) };
  }

  /** Answers the request inside its context, so that what is asked of others meanwhile belongs to its span. */
  answer(traced: Traced, answer: () => void): void {
    context.with(traced.context, answer);
  }

  /** Ends the span with what is known of the answer. */
  end({ span }: Traced, request: Request, status: number, isWhole: boolean): void {
    const { route, address } = request;
    if (route !== undefined) {
      span.updateName(`${methodOf(request)} ${route}`);
      span.setAttribute('http.route', route);
    }
    if (address !== undefined) span.setAttribute('client.address', address);
    span.setAttribute('http.response.status_code', status);
    const error = status >= 500 ? String(status) : isWhole ? undefined : 'aborted';
    if (error !== undefined) {
      span.setAttribute('error.type', error);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }
}

const methodOf = ({ method = '' }: Request): string => (METHODS.has(method) ? method : 'HTTP');

const knownAtFirst = (request: Request): Attributes => {
  const { method = '', headers, socket, id } = request;
  const agent = agentOf(headers['user-agent']);
  const host = headers.host?.replace(/:\d+$/, '').slice(0, LONGEST_HOST);
  return {
    'http.request.method': METHODS.has(method) ? method : '_OTHER',
    'url.path': pathOf(request.url ?? ''),
    'url.scheme': 'encrypted' in socket && socket.encrypted ? 'https' : 'http',
    'tidegate.request_id': id,
    ...(host ? { 'server.address': host } : {}),
    ...(agent === undefined ? {} : { 'user_agent.original': agent }),
  };
};

/** Without the query, in which clients put what is not to be recorded. */
const pathOf = (url: string): string => {
  const mark = url.indexOf('?');
  return maskSecrets(mark < 0 ? url : url.slice(0, mark)).slice(0, LONGEST_PATH);
};

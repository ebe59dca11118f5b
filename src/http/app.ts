/** The API of api.ts as a web application; who serves it, and where, is not its business. */
import { type Context, Hono } from 'hono';
import { clientRowLimit } from '../api/clients.ts';
import { type Control, Refusal } from '../api/control.ts';
import type { Clock, Log } from '../ports.ts';
import {
  BadRequest,
  type Body,
  holdTimeIn,
  lineIn,
  markIn,
  numberIn,
  oneOfIn,
  readBody,
  TooLarge,
  weightIn,
} from './body.ts';
import { statusEvents } from './events.ts';

export interface AppOptions {
  readonly control: Control;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the event streams. */
  readonly stop: AbortSignal;
}

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly answer: (context: Context) => Promise<Response> | Response;
}

export const historyLimit = { fallback: 100, max: 10_000 } as const;

const nameLimit = 100;
const whyLimit = 500;
const pathLimit = 1024;

export function createApp(options: AppOptions): Hono {
  const { log } = options;
  const routes = routesOf(options);
  const app = new Hono();
  for (const { method, path, answer } of routes) app.on(method, path, answer);
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method);
    const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    app.all(path, (context) =>
      context.json({ error: `expected ${allow}, got \`${context.req.method}\`` }, 405, { Allow: allow }),
    );
  }
  app.notFound((context) => context.json({ error: `not found: \`${context.req.path.slice(0, 200)}\`` }, 404));
  app.onError((fault, context) => {
    if (fault instanceof TooLarge) return context.json({ error: fault.message }, 413, { Connection: 'close' });
    if (fault instanceof BadRequest) return context.json({ error: fault.message }, 400);
    if (fault instanceof Refusal) return context.json({ error: fault.message }, fault.notFound ? 404 : 409);
    log.error({ fault, path: context.req.path }, 'request failed');
    return context.json({ error: `internal error: ${fault.message}` }, 500);
  });
  return app;
}

function routesOf({ control, clock, stop }: AppOptions): readonly Route[] {
  return [
    { method: 'GET', path: '/status', answer: (c) => c.json(control.status()) },
    { method: 'GET', path: '/table', answer: async (c) => c.json(await control.table()) },
    {
      method: 'GET',
      path: '/servers/:server/explanation',
      answer: async (c) => c.json(await control.explain(nameIn(c, 'server'))),
    },
    {
      method: 'GET',
      path: '/history',
      answer: async (c) => {
        const server = c.req.query('server');
        const sinceMs = numberIn(c.req.query('since'), 'since', [0, Number.MAX_SAFE_INTEGER]);
        const limit = numberIn(c.req.query('limit'), 'limit', [1, historyLimit.max]) ?? historyLimit.fallback;
        const only = { ...(server && { server }), ...(sinceMs !== undefined && { sinceMs }) };
        return c.json(await control.history({ ...only, limit }));
      },
    },
    {
      method: 'GET',
      path: '/events',
      answer: (c) => {
        const headers = {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          'transfer-encoding': 'chunked',
        };
        if (c.req.method === 'HEAD') return c.body(null, 200, headers);
        return c.body(statusEvents(control, clock, stop), 200, headers);
      },
    },
    {
      method: 'POST',
      path: '/servers/:server/hold',
      answer: async (c) => {
        const body = await bodyOf(c, ['kind', 'forMs', 'by', 'why']);
        const kind = oneOfIn(body, 'kind', ['drain', 'disable']);
        const request = { kind, forMs: holdTimeIn(body, 'forMs'), ...handIn(body) };
        return c.json(await control.hold(nameIn(c, 'server'), request));
      },
    },
    {
      method: 'POST',
      path: '/servers/:server/enable',
      answer: async (c) => {
        const { by, why } = handIn(await bodyOf(c, ['by', 'why']));
        return c.json(await control.enable(nameIn(c, 'server'), by, why));
      },
    },
    {
      method: 'POST',
      path: '/servers/:server/pin',
      answer: async (c) => {
        const body = await bodyOf(c, ['weight', 'service', 'forMs', 'by', 'why']);
        const [weight, forMs] = [weightIn(body, 'weight'), holdTimeIn(body, 'forMs')];
        return c.json(
          await control.pin(nameIn(c, 'server'), { weight, service: serviceIn(body), forMs, ...handIn(body) }),
        );
      },
    },
    {
      method: 'POST',
      path: '/servers/:server/unpin',
      answer: async (c) => {
        const body = await bodyOf(c, ['service', 'by', 'why']);
        const { by, why } = handIn(body);
        return c.json(await control.unpin(nameIn(c, 'server'), serviceIn(body), by, why));
      },
    },
    {
      method: 'POST',
      path: '/servers/:server/ack',
      answer: async (c) => {
        const { by, why } = handIn(await bodyOf(c, ['by', 'why']));
        return c.json(control.ack(nameIn(c, 'server'), by, why));
      },
    },
    {
      method: 'POST',
      path: '/servers/:server/probe',
      answer: async (c) => {
        const body = await bodyOf(c, ['monitor']);
        const monitor = body['monitor'] == null ? null : lineIn(body, 'monitor', nameLimit);
        return c.json(await control.probe(nameIn(c, 'server'), monitor));
      },
    },
    ...clientRoutes(control),
    {
      method: 'POST',
      path: '/alerts/:alert/test',
      answer: async (c) => {
        await bodyOf(c, []);
        return c.json(control.testAlert(nameIn(c, 'alert')));
      },
    },
    {
      method: 'POST',
      path: '/reload',
      answer: async (c) => {
        await bodyOf(c, []);
        return c.json(await control.reload());
      },
    },
    {
      method: 'POST',
      path: '/backup',
      answer: async (c) => {
        const file = lineIn(await bodyOf(c, ['file']), 'file', pathLimit);
        if (!file.startsWith('/')) throw new BadRequest(`file: expected an absolute path, got \`${file}\``);
        return c.json(await control.backup(file));
      },
    },
  ];
}

function clientRoutes(control: Control): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/clients',
      answer: (c) => {
        const from = numberIn(c.req.query('from'), 'from', [0, Number.MAX_SAFE_INTEGER]) ?? 0;
        const limit = numberIn(c.req.query('limit'), 'limit', [0, clientRowLimit.max]) ?? clientRowLimit.fallback;
        return c.json(control.clients(from, limit));
      },
    },
    { method: 'GET', path: '/clients/:network', answer: (c) => c.json(control.findClient(nameIn(c, 'network'))) },
    {
      method: 'POST',
      path: '/clients/:network',
      answer: async (c) => {
        const body = await bodyOf(c, ['mark', 'by', 'why']);
        return c.json(await control.setClient(nameIn(c, 'network'), markIn(body, 'mark'), handIn(body)));
      },
    },
    {
      method: 'DELETE',
      path: '/clients/:network',
      answer: async (c) => c.json(await control.unsetClient(nameIn(c, 'network'), handIn(c.req.query()))),
    },
  ];
}

function bodyOf(context: Context, keys: readonly string[]): Promise<Body> {
  return readBody(context.req.raw.body, keys);
}

function handIn(body: Body): { readonly by: string; readonly why: string } {
  return { by: lineIn(body, 'by', nameLimit), why: lineIn(body, 'why', whyLimit, '') };
}

/** null: all. */
function serviceIn(body: Body): string | null {
  return body['service'] == null ? null : lineIn(body, 'service', nameLimit);
}

function nameIn(context: Context, key: string): string {
  return lineIn({ [key]: context.req.param(key) }, key, nameLimit);
}

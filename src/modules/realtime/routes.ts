/** `GET /realtime`: opens the socket (DESIGN §10). Refusals before the upgrade are ordinary HTTP answers. */
import { Type } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { AppError } from '../../contracts/errors.ts';
import { type HttpBase, POLICY_KEY } from '../../platform/http/http-base.ts';
import { problemResponses } from '../../platform/http/responses.ts';
import { type AsyncApiInfo, asyncApiDocument } from './async-api.ts';
import type { Principal, SocketHandle, SocketPeer, SocketService } from './service.ts';

/** Largest message of a client in bytes; a larger one closes the socket with 1009. */
export const FRAME_MAX_BYTES = 64 * 1024;

/** For `new Elysia({ websocket })` of the root app, the only place where Bun takes them. */
export const SOCKET_SETTINGS = {
  maxPayloadLength: FRAME_MAX_BYTES,
  /** Bytes that may wait for a slow reader; the frame beyond closes the socket with 4008. */
  backpressureLimit: 1024 * 1024,
  closeOnBackpressureLimit: false,
  /** Seconds without a sign of life; Bun pings before. */
  idleTimeout: 120,
  sendPings: true,
  perMessageDeflate: false,
} as const;

/** What belongs to an upgrade until its socket opens, then to the socket. */
interface Upgrade {
  principal?: Principal;
  handle?: SocketHandle;
}

const MAX_TICKET = 4_096;

function ticketOf(url: string): string | undefined {
  const query = new URL(url).searchParams;
  // A token in a URL ends up in logs and histories; only a ticket, which works once, may be there.
  if (query.has('token'))
    throw new AppError('unauthenticated', 'Send the token in the auth frame, not in the URL');
  const ticket = query.get('ticket');
  if (ticket === null) return undefined;
  if (ticket.length > MAX_TICKET) throw new AppError('token_invalid');
  return ticket;
}

const detail = {
  tags: ['realtime'],
  summary: 'Open the socket',
  description:
    'Upgrades to a WebSocket. Its frames are described by the AsyncAPI document at `/docs/asyncapi.json`. The first frame is `auth { token }`, unless `?ticket=` from `POST /auth/ws-ticket` opened it.',
};

const socketDetail = { ...detail, security: [], [POLICY_KEY]: 'public' };

/**
 * The socket's route. Its guard is the first frame or the ticket, not a header, which a browser cannot set here. Pages of other origins
 * are refused where all their requests are (platform/http/cors.ts).
 */
export function realtimeRoutes(http: HttpBase, sockets: SocketService) {
  const upgrades = new WeakMap<Request, Upgrade>();
  const upgradeOf = (ws: { readonly data: object }): Upgrade | undefined => {
    const request: unknown = Reflect.get(ws.data, 'request');
    return request instanceof Request ? upgrades.get(request) : undefined;
  };

  // Reached without an upgrade only: a router looks for sockets first.
  const plain = new Elysia().use(http).get(
    '/realtime',
    () => {
      throw new AppError('bad_request', 'Open a WebSocket here');
    },
    {
      policy: 'public',
      response: {
        ...problemResponses('bad_request', 'token_invalid', 'token_expired', 'origin_not_allowed'),
      },
      detail,
    },
  );
  return plain.ws('/realtime', {
    detail: socketDetail,
    async upgrade({ request }) {
      const ticket = ticketOf(request.url);
      upgrades.set(request, ticket === undefined ? {} : { principal: await sockets.redeemTicket(ticket) });
    },
    open(ws) {
      const upgrade = upgradeOf(ws);
      if (upgrade === undefined) {
        ws.close(1011, 'the upgrade was lost');
        return;
      }
      const peer: SocketPeer = {
        send: (text) => ws.raw.sendText(text),
        close: (code, reason) => ws.raw.close(code, reason),
        terminate: () => ws.raw.terminate(),
      };
      upgrade.handle = sockets.open(peer, upgrade.principal);
    },
    async message(ws, message: unknown) {
      await upgradeOf(ws)?.handle?.receive(message);
    },
    drain(ws) {
      upgradeOf(ws)?.handle?.drained();
    },
    close(ws) {
      upgradeOf(ws)?.handle?.gone();
    },
  });
}

/** `GET /docs/asyncapi.json`, outside the API's prefix. */
export function asyncApiRoutes(http: HttpBase, info: AsyncApiInfo) {
  const document = asyncApiDocument(info);
  return new Elysia().use(http).get('/docs/asyncapi.json', () => document, {
    policy: 'public',
    response: {
      200: Type.Record(Type.String(), Type.Unknown(), {
        description: 'The AsyncAPI document',
        examples: [{ asyncapi: '3.0.0' }],
      }),
    },
    detail: {
      tags: ['realtime'],
      summary: 'AsyncAPI document',
      description: 'The protocol of the socket `GET /api/v1/realtime`.',
    },
  });
}

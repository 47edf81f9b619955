/** What the sockets stand on. */
import type { SessionId, UserId } from '../../contracts/ids.ts';
import type { Realtime } from '../../platform/realtime/realtime.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { ChatService } from '../chat/service.ts';
import type { JobService } from '../jobs/service.ts';

/** Who a socket belongs to. */
export interface Principal {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly role: 'user' | 'admin';
}

export interface SocketServiceDeps {
  readonly realtime: Pick<Realtime, 'subscribe' | 'listening' | 'position' | 'since'>;
  readonly chat: Pick<ChatService, 'send' | 'stop' | 'typing'>;
  readonly jobs: Pick<JobService, 'cancel'>;
  readonly auth: {
    /** @throws AppError when the token, or its session, does not stand */
    authenticate(token: string): Promise<Principal>;
    /** @throws AppError when the session has ended */
    confirm(principal: Principal): Promise<Principal>;
    /** @throws AppError when the ticket is unknown, old or used */
    redeemTicket(ticket: string): Promise<Principal>;
  };
  readonly log: Logger;
  /** Times for tests; production takes the defaults. */
  readonly tuning?: { readonly authTimeoutMs?: number; readonly recheckMs?: number };
}

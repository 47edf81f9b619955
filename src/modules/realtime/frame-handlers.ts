/** What each frame of a client does. A new frame is its schema in the contract and one handler here. */
import { AppError } from '../../contracts/errors.ts';
import type { UserId } from '../../contracts/ids.ts';
import type { ClientFrame, ClientFrameType } from '../../contracts/realtime.ts';
import type { Connection } from './connection.ts';
import type { SocketServiceDeps } from './deps.ts';

type FrameOf<T extends ClientFrameType> = Extract<ClientFrame, { type: T }>;

interface Received<T extends ClientFrameType> {
  readonly connection: Connection;
  readonly userId: UserId;
  readonly frame: FrameOf<T>;
  /** For logs and jobs: names the frame that caused them. */
  readonly requestId: string;
}

/** Gives what the `ack` tells, or nothing when the handler has answered itself. */
type Handler<T extends ClientFrameType> = (
  received: Received<T>,
) => Promise<Record<string, unknown> | undefined>;

type Handlers = { readonly [T in Exclude<ClientFrameType, 'auth'>]: Handler<T> };

export interface FrameHandlerDeps extends Pick<SocketServiceDeps, 'realtime' | 'chat' | 'jobs'> {
  readonly authenticate: (connection: Connection, token: string, id: string | undefined) => Promise<void>;
}

const idOf = ({ id }: ClientFrame) => (id === undefined ? {} : { id });

function createHandlers({ realtime, chat, jobs }: FrameHandlerDeps): Handlers {
  return {
    'chat.send': async ({ userId, frame, requestId }) => {
      const { id, conversationId, reply } = await chat.send({
        ...frame.data,
        userId,
        clientId: frame.id,
        requestId,
      });
      return { messageId: id, conversationId, replyId: reply.id };
    },
    'chat.stop': async ({ userId, frame, requestId }) => {
      const message = await chat.stop(userId, frame.data.messageId, requestId);
      return { messageId: message.id, status: message.status };
    },
    'chat.typing': async ({ connection, userId, frame }) => {
      await chat.typing({ ...frame.data, userId, origin: connection.id });
      return {};
    },
    'job.cancel': async ({ userId, frame, requestId }) => {
      const job = await jobs.cancel(userId, frame.data.jobId, requestId);
      return { jobId: job.id, state: job.state };
    },
    resume: async ({ connection, userId, frame }) => {
      await connection.resume(
        async () => realtime.since(userId, frame.data.after),
        ({ complete, seq }) => ({ type: 'resumed', ...idOf(frame), data: { complete, seq } }),
      );
      return undefined;
    },
    ping: async ({ connection, frame }) => {
      connection.answer({ type: 'pong', ...idOf(frame), data: {} });
      return Promise.resolve(undefined);
    },
  };
}

/**
 * Carries out a frame and acknowledges it.
 * @throws AppError when it is refused; anything else is a bug
 */
export function createFrameHandlers(deps: FrameHandlerDeps) {
  const handlers = createHandlers(deps);

  return async (connection: Connection, frame: ClientFrame): Promise<void> => {
    if (frame.type === 'auth') {
      await deps.authenticate(connection, frame.data.token, frame.id);
      return;
    }
    const { userId } = connection;
    if (userId === undefined) throw new AppError('unauthenticated', 'The first frame must be auth');
    // Whoever speaks of something else does not resume: live frames need not wait.
    if (frame.type !== 'resume') connection.release();
    // The frame's type names its handler, which takes that frame; TypeScript does not relate the two.
    const handler = handlers[frame.type] as Handler<ClientFrameType>;
    const requestId = `${connection.id}:${frame.id ?? Bun.randomUUIDv7()}`.slice(0, 128);
    const told = await handler({ connection, userId, frame, requestId });
    if (told !== undefined && frame.id !== undefined)
      connection.answer({ type: 'ack', id: frame.id, data: told });
  };
}

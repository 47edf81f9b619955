/** `/auth`: register, login, refresh, logout, me, and the ticket that opens a socket. */
import { Elysia, status } from 'elysia';
import type { HttpBase } from '../../platform/http/http-base.ts';
import { dataOf, ok, problemResponses } from '../../platform/http/responses.ts';
import {
  LoggedOutView,
  LoginBody,
  LogoutBody,
  MeView,
  RefreshBody,
  RegisterBody,
  SignedInView,
  TicketView,
} from './schema.ts';
import type { AuthService } from './service.ts';

const callerOf = (requestId: string, request: Request) => ({
  requestId,
  userAgent: request.headers.get('user-agent') ?? undefined,
});

/** Mount under `/api/v1`. */
export function authRoutes(http: HttpBase, auth: AuthService) {
  return new Elysia({ prefix: '/auth', tags: ['auth'] })
    .use(signInRoutes(http, auth))
    .use(sessionRoutes(http, auth));
}

function signInRoutes(http: HttpBase, auth: AuthService) {
  return new Elysia()
    .use(http)
    .post(
      '/register',
      async ({ body, requestId, request }) =>
        status(201, ok(await auth.register(body, callerOf(requestId, request)))),
      {
        policy: 'public',
        body: RegisterBody,
        response: { 201: dataOf(SignedInView), ...problemResponses('email_taken', 'username_taken') },
        detail: { summary: 'Make an account and sign in', operationId: 'register' },
      },
    )
    .post(
      '/login',
      async ({ body, requestId, request }) => ok(await auth.login(body, callerOf(requestId, request))),
      {
        policy: 'public',
        body: LoginBody,
        response: { 200: dataOf(SignedInView), ...problemResponses('invalid_credentials') },
        detail: { summary: 'Sign in with email or username', operationId: 'login' },
      },
    )
    .post(
      '/refresh',
      async ({ body, requestId, request }) =>
        ok(await auth.refresh(body.refreshToken, callerOf(requestId, request))),
      {
        policy: 'public',
        body: RefreshBody,
        response: {
          200: dataOf(SignedInView),
          ...problemResponses('token_invalid', 'token_expired', 'refresh_token_reused', 'conflict'),
        },
        detail: {
          summary: 'Exchange a refresh token for new tokens',
          description:
            'Each refresh token is good once. Using one again ends the session, unless it happens within ten seconds: then the same answer comes again.',
          operationId: 'refresh',
        },
      },
    );
}

function sessionRoutes(http: HttpBase, auth: AuthService) {
  return new Elysia()
    .use(http)
    .post(
      '/logout',
      async ({ body, principal, requestId, request }) => {
        await auth.logout(principal, body?.refreshToken, callerOf(requestId, request));
        return ok({ loggedOut: true as const });
      },
      {
        policy: 'user',
        body: LogoutBody,
        response: { 200: dataOf(LoggedOutView) },
        detail: { summary: 'End this session at once', operationId: 'logout' },
      },
    )
    .get('/me', async ({ principal }) => ok({ user: await auth.me(principal.userId) }), {
      policy: 'user',
      response: { 200: dataOf(MeView) },
      detail: { summary: 'The account that is signed in', operationId: 'me' },
    })
    .post('/ws-ticket', async ({ principal }) => status(201, ok(await auth.issueTicket(principal))), {
      policy: 'user',
      response: { 201: dataOf(TicketView) },
      detail: {
        summary: 'A one-time ticket to open the socket with',
        description: 'For clients that cannot send the auth frame first. Good once, for 30 seconds.',
        operationId: 'createSocketTicket',
      },
    });
}
